#include "planted.hpp"

namespace bursar::tidy {
namespace {

std::string times(std::size_t count, const std::string& line) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += line;
  return text;
}

std::vector<Planted> layers_and_words() {
  return {
      {includes_only_lower_layers, "src/pg/a.cpp", "#include \"store/x.hpp\"\n", 1},
      {includes_only_lower_layers, "src/pg/a.cpp", "#include \"testing/x.hpp\"\n", 1},
      {includes_only_lower_layers, "src/pg/a.cpp", "#include \"config.hpp\"\n", 1},
      {includes_only_lower_layers, "src/pg/a.cpp", "#include \"../store/x.hpp\"\n", 1},
      {includes_only_lower_layers, "src/app.cpp", "#include \"testing/x.hpp\"\n", 1},
      {includes_only_lower_layers, "src/store/a.cpp", "#include \"pg/x.hpp\"\n#include \"sql.hpp\"\n", 0},
      {includes_only_lower_layers, "src/app.cpp", "#include \"config.hpp\"\n#include \"store/x.hpp\"\n", 0},
      {includes_only_lower_layers, "tests/pg/a.cpp", "#include \"store/x.hpp\"\n", 0},
      {has_only_known_folders, "src/utils/a.cpp", "", 1},
      {has_only_known_folders, "src/store/a.cpp", "", 0},
      {includes_libpq_in_pg_only, "src/store/a.cpp", "#include <libpq-fe.h>", 1},
      {includes_libpq_in_pg_only, "src/pg/a.cpp", "#include <libpq-fe.h>", 0},
      {includes_beast_in_the_client_only, "src/api/a.cpp", "#include <boost/beast/http.hpp>", 1},
      {includes_beast_in_the_client_only, "src/http/client.cpp", "#include <boost/beast/http.hpp>", 0},
      {includes_spdlog_in_the_log_only, "src/api/a.cpp", "#include <spdlog/spdlog.h>", 1},
      {includes_spdlog_in_the_log_only, "src/base/log.cpp", "#include <spdlog/spdlog.h>", 0},
      {includes_the_json_parser_once, "src/api/a.cpp", "#include <boost/json/basic_parser_impl.hpp>", 1},
      {includes_the_json_parser_once, "src/base/json.cpp", "#include <boost/json/basic_parser_impl.hpp>", 0},
      {reads_the_environment_in_config_only, "src/api/a.cpp", "auto x = std::getenv(\"HOME\");", 1},
      {reads_the_environment_in_config_only, "src/api/a.cpp", "char** x = environ;", 1},
      {reads_the_environment_in_config_only, "src/api/a.cpp", "// getenv\nauto x = \"getenv\";", 0},
      {reads_the_environment_in_config_only, "src/config.cpp", "auto x = std::getenv(\"HOME\");", 0},
      {spawns_through_task_groups_only, "src/api/a.cpp", "asio::co_spawn(loop, f(), token);", 1},
      {spawns_through_task_groups_only, "src/base/task_group.cpp", "asio::co_spawn(loop, f(), token);", 0},
      {never_sleeps, "tests/api/a.cpp", "std::this_thread::sleep_for(1s);", 1},
      {never_sleeps, "tests/api/a.cpp", "f();\nusleep(1000);\n::sleep(1);", 2},
      {never_sleeps, "tests/api/a.cpp", "log::info(\"sleep_for(1s)\"); co_await sleep_until_due(1'000);", 0},
      {has_no_mutex, "src/api/a.cpp", "std::mutex guard;", 1},
      {has_no_mutex, "src/base/fault.cpp", "std::mutex guard;", 0},
      {has_no_vague_names, "src/api/a.hpp", "class RetryManager {};\nstruct IClock : B {};", 2},
      {has_no_vague_names, "src/api/a.hpp", "class Incarnation {};\nstruct IdempotencyKey {};", 0},
      {keeps_domain_types_unserialisable, "src/domain/a.hpp", "BOOST_DESCRIBE_STRUCT(A, (), (b))", 1},
      {keeps_domain_types_unserialisable, "src/api/a.hpp", "BOOST_DESCRIBE_STRUCT(A, (), (b))", 0},
      {uses_every_limit, "src/base/limits.hpp", "inline constexpr auto idle_poll = 25ms;\n", 1},
      {uses_every_limit, "src/base/limits.hpp", "inline constexpr int rows = 240;\n", 0},
      {asserts_something, "tests/api/a.cpp", "TEST(A, Holds) {\n  EXPECT_TRUE(true);\n}\nTEST(A, Too) {}\n",
       2},
      {asserts_something, "tests/api/a.cpp", "TEST(A, Holds) {\n  EXPECT_TRUE(f({true}));\n}\n", 0},
  };
}

std::vector<Planted> coroutines() {
  return {
      {captures_nothing_in_coroutine_lambdas, "src/a.cpp", "auto f = [this]() -> Task<> { co_await g(); };",
       1},
      {captures_nothing_in_coroutine_lambdas, "src/a.cpp",
       "h([&](int x) mutable -> Task<int> {\n  co_return x;\n});", 1},
      {captures_nothing_in_coroutine_lambdas, "src/a.cpp", "return [=] { co_await g(); };", 1},
      {captures_nothing_in_coroutine_lambdas, "src/a.cpp",
       "auto f = [](int& x) -> Task<> { co_await g(x); };", 0},
      {captures_nothing_in_coroutine_lambdas, "src/a.cpp", "auto f = [this](int x) { return g(x); };", 0},
      {captures_nothing_in_coroutine_lambdas, "src/a.cpp",
       "auto f = [&] {\n  auto g = [](int x) -> Task<> { co_return; };\n  return g(a[1]);\n};", 0},
      {captures_nothing_in_coroutine_lambdas, "src/a.cpp", "for (auto& [k, v] : all) { co_await f(k, v); }",
       0},
      {awaits_names, "src/a.cpp", "co_await send(Request{1, 2});", 1},
      {awaits_names, "src/a.cpp", "auto x = co_await send({\"a\", 2});", 1},
      {awaits_names, "src/a.cpp", "co_await send(first,\n              Request{});", 1},
      {awaits_names, "src/a.cpp", "co_await send(ready ? first() : second());", 1},
      {awaits_names, "src/a.cpp", "co_await send([&x](int y) { return x + y; });", 1},
      {awaits_names, "src/a.cpp", "co_await send(request);", 0},
      {awaits_names, "src/a.cpp", "if (co_await ready()) {\n  x = {1};\n}", 0},
      {awaits_names, "src/a.cpp", "x = co_await ready() ? T{1} : T{2};", 0},
      {awaits_names, "src/a.cpp", "run([]() -> Task<> { T x{1}; co_await f(x); }());", 0},
      {awaits_names, "src/a.cpp", "// co_await send({1});\nconst T answer{co_await f()};", 0},
  };
}

std::vector<Planted> sizes() {
  const std::string seventy_one = "void f(int x)\n    const {\n" + times(68, "  g({x});\n");
  return {
      {has_short_files, "src/a.hpp", times(121, "\n"), 1},
      {has_short_files, "src/a.cpp", times(401, "\n"), 1},
      {has_short_files, "src/a.cpp", times(400, "\n"), 0},
      {has_short_functions, "src/a.cpp", seventy_one + "}\n", 1},
      {has_short_functions, "src/a.hpp",
       "class A {\n  A() : x_{1}, y_(2) {\n" + times(69, "  g();\n") + "  }\n};\n", 1},
      {has_short_functions, "src/a.cpp", "namespace a {\nTEST(A, B) {\n" + times(69, "g();\n") + "}\n}\n", 1},
      {has_short_functions, "src/a.cpp", "namespace a {\n" + times(40, "void f() {\n}\n") + "}\n", 0},
      {has_short_functions, "src/a.cpp", "const T table[] = {\n" + times(80, "  {1, f(2)},\n") + "};\n", 0},
      {has_short_functions, "src/a.hpp", "struct A {\n" + times(80, "  int x{0};\n") + "};\n", 0},
      {has_short_handlers, "src/api/a.cpp", "http::Response f(int x) {\n" + times(39, "g();\n") + "}\n", 1},
      {has_short_handlers, "src/api/a.cpp", "Schema f(int x) {\n" + times(39, "g();\n") + "}\n", 0},
      {has_narrow_lines, "src/a.cpp", std::string(111, 'x') + "\n", 1},
      {has_narrow_lines, "src/store/sql/a.sql", std::string(111, 'x') + "\n", 1},
      {has_narrow_lines, "src/a.cpp", times(110, "→") + "\n", 0},
      {opens_headers_with_their_role, "src/a.hpp", "#pragma once\n", 1},
      {opens_headers_with_their_role, "src/a.hpp", "// What it is.\nint x;\n", 1},
      {opens_headers_with_their_role, "src/a.hpp", "// What it is.\n#pragma once\n", 0},
  };
}

std::vector<Planted> sql() {
  const std::string path = "src/store/sql/x.sql";
  return {
      {keeps_money_insert_only, path, "UPDATE payment_intents SET amount = 1", 1},
      {keeps_money_insert_only, path, "WITH x AS (\n  delete from only events WHERE true) SELECT 1", 1},
      {keeps_money_insert_only, path, "INSERT INTO events VALUES (1)\nON CONFLICT (id) DO UPDATE SET a = 1",
       1},
      {keeps_money_insert_only, "src/store/migrations/0002_x.sql",
       "GRANT INSERT, UPDATE ON a, events TO api;", 1},
      {keeps_money_insert_only, "src/store/migrations/0002_x.sql",
       "GRANT SELECT, INSERT ON events TO executor;\nGRANT UPDATE (description) ON payment_intents TO "
       "eraser;",
       0},
      {keeps_money_insert_only, path, "-- UPDATE events\nUPDATE messages SET tries = 1 -- of events", 0},
      {keeps_money_insert_only, "src/store/sql/erase.sql", "UPDATE payment_intents SET description = NULL",
       0},
      {uses_every_sql_file, path, "SELECT 1", 1},
      {uses_every_sql_file, "src/store/sql/shared/columns.sql", "id", 1},
      {uses_every_sql_file, "src/store/sql/used.sql", "SELECT 1", 0},
      {has_one_statement_a_file, path, "-- Why.\nSELECT 1;\nSELECT 2;\n", 1},
      {has_one_statement_a_file, path, "SELECT 1\n", 1},
      {has_one_statement_a_file, path, "-- Why; how.\nSELECT ';' || 1;\n", 0},
      {has_sql_in_the_store_only, "src/api/x.cpp", "run(\"SELECT id FROM payments\");", 1},
      {has_sql_in_the_store_only, "src/store/x.cpp", "run(\"SELECT id FROM payments\");", 0},
      {has_sql_in_the_store_only, "src/api/x.cpp", "log::warning(\"select an account\");", 0},
  };
}

std::vector<Planted> documents() {
  const std::string folder =
      "/wo"
      "rk/";  // in two pieces: this file is published too
  const std::string host =
      "registry.npm"
      "js.org";
  return {
      {names_files_that_exist, "docs/a.md", "See `src/pg/pool.cpp` and [the guide](guide.md).\n", 2},
      {names_files_that_exist, "docs/a.md", "`store/names.{hpp,cpp}`\n", 1},
      {names_files_that_exist, "src/api/a.cpp", "// docs/decisions/0099-gone.md says why\n", 1},
      {names_files_that_exist, "docs/a.md",
       "`store/names.cpp`, src/store/, `src/store/n*.cpp`, [m](../Makefile), [x](https://x.org)\n", 0},
      {names_tests_that_exist, "README.md", "| once | `AcceptPayment.WasNeverWritten` |\n", 1},
      {names_tests_that_exist, "README.md", "| once | `Store.AcceptsOnce` |\n", 0},
      {names_targets_that_exist, "README.md", "Run `make gold`.\n", 1},
      {names_targets_that_exist, "README.md", "Run `make test`, which will make sure of it.\n", 0},
      {is_fit_to_publish, "README.md", "see " + folder + "main/README\n", 1},
      {is_fit_to_publish, "ui/lock.json", "\"resolved\": \"https://" + host + "/x\"\n", 1},
      {is_fit_to_publish, "src/a.cpp", "// net" + folder + "flow and https://example.org" + folder + "x\n",
       0},
      {has_no_unfinished_marks, "src/a.cpp",
       "// TO"
       "DO: later\n",
       1},
      {has_no_unfinished_marks, "src/a.cpp", "// all done, todos are issues\n", 0},
      {has_workflows_of_own_scripts, ".github/workflows/a.yml",
       "on: push\npermissions: {}\n  - uses: x/y@v1\n", 1},
      {has_workflows_of_own_scripts, ".github/workflows/a.yml",
       "permissions: write-all\n  - run: curl x | sh\n", 2},
      {has_workflows_of_own_scripts, ".github/workflows/a.yml",
       "on: push\npermissions: {}\n  - run: make test\n", 0},
  };
}

}  // namespace

const std::vector<Planted>& planted() {
  static const std::vector<Planted> all = [] {
    std::vector<Planted> together;
    for (const auto& part : {layers_and_words(), coroutines(), sizes(), sql(), documents()})
      together.insert(together.end(), part.begin(), part.end());
    return together;
  }();
  return all;
}

Repository around(const Planted& planted) {
  Repository repository;
  repository.emplace_back("cmake/layers.cmake",
                          "set(L \"base:\" \"pg:base\" \"api:base store\" \"store:base pg\")");
  repository.emplace_back("Makefile", "test:\n\t@scripts/test.sh\n");
  repository.emplace_back("src/store/names.cpp", "run(sql::used, limits::rows);\n");
  repository.emplace_back("tests/store/store_test.cpp",
                          "TEST(Store, AcceptsOnce) {\n  EXPECT_EQ(f(), 1);\n}\n");
  repository.emplace_back(planted.path, planted.text);
  return repository;
}

}  // namespace bursar::tidy
