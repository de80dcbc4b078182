#include <algorithm>
#include <regex>

#include "rules.hpp"

namespace bursar::tidy {
namespace {

bool is_one_of(const Source& file, std::initializer_list<std::string_view> starts) {
  for (const auto start : starts)
    if (file.path.starts_with(start)) return true;
  return false;
}

/// Every match of `what` in the code of a C++ file whose path starts with none of `allowed`.
Violations only_in(const Repository& repository, std::initializer_list<std::string_view> allowed,
                   const char* what, const std::string& why) {
  Violations found;
  const std::regex pattern(what);
  for (const auto& file : repository) {
    if (!file.is_cpp() || is_one_of(file, allowed)) continue;
    for (auto it = std::cregex_iterator(file.code.data(), file.code.data() + file.code.size(), pattern);
         it != std::cregex_iterator(); ++it)
      found.push_back({file.path, file.line_at(static_cast<std::size_t>(it->position())), why});
  }
  return found;
}

}  // namespace

Violations includes_libpq_in_pg_only(const Repository& repository) {
  return only_in(repository, {"src/pg/", "testing/postgres", "tests/pg/"}, "#include <(postgresql/)?libpq",
                 "libpq is included by src/pg only: ask pg::Connection for what is missing");
}

Violations includes_beast_in_the_client_only(const Repository& repository) {
  return only_in(
      repository, {"src/http/client", "src/http/beast.cpp", "fuzz/", "tests/fuzz/", "tests/http/oracle"},
      "#include <boost/beast",
      "Beast costs half a minute a unit: the outbound client and the fuzz oracle include it, nobody else");
}

Violations includes_spdlog_in_the_log_only(const Repository& repository) {
  return only_in(repository, {"src/base/log.cpp"}, "#include <spdlog",
                 "spdlog is included by src/base/log.cpp only: call log::info and its like");
}

Violations includes_the_json_parser_once(const Repository& repository) {
  return only_in(repository, {"src/base/json.cpp"},
                 "#include <boost/json/(src|basic_parser_impl|basic_parser)\\.hpp",
                 "the strict JSON reader is src/base/json.cpp: call json::parse");
}

Violations reads_the_environment_in_config_only(const Repository& repository) {
  return only_in(repository, {"src/config.cpp", "src/config_sources.cpp", "tests/", "testing/"},
                 "\\b(getenv|secure_getenv|environ)\\b",
                 "only the config reads the environment: add a setting to src/config.cpp and pass its value");
}

Violations spawns_through_task_groups_only(const Repository& repository) {
  return only_in(repository, {"src/base/task_group.cpp"}, "\\b(co_spawn\\s*\\(|detached\\b)",
                 "start coroutines through a TaskGroup, which cancels and joins them");
}

Violations never_sleeps(const Repository& repository) {
  // For another process these look again until a deadline: nothing tells when its port or its words are
  // there.
  return only_in(repository,
                 {"src/child_process.cpp", "src/private_cluster.cpp", "src/up.cpp", "testing/postgres.cpp",
                  "testing/binary.cpp"},
                 "\\b(sleep_for|sleep_until|usleep|nanosleep)\\b|(::|[\\s(])sleep\\(",
                 "wait for an event, a descriptor or a timer of the loop, never for time to pass");
}

Violations has_no_mutex(const Repository& repository) {
  // A fault point is armed from other threads than it fires on; the loops of a process bind one address in
  // turn.
  return only_in(repository, {"src/base/fault.cpp", "src/http/listener.cpp", "tests/", "testing/", "bench/"},
                 "\\bstd::(mutex|recursive_mutex|timed_mutex|shared_mutex|condition_variable)\\b",
                 "loops share nothing that needs a mutex: pass a message or an immutable snapshot");
}

Violations has_no_vague_names(const Repository& repository) {
  return only_in(
      repository, {},
      "\\b(class|struct) ([A-Za-z]*(Manager|Helper|Helpers|Impl|Utils|Util)\\b|I[A-Z][a-z]\\w*)(?=[\\s:{;])",
      "name the type by what it is in the flow, not Manager, Helper, Impl, Utils or I…");
}

Violations keeps_domain_types_unserialisable(const Repository& repository) {
  Violations found;
  const std::regex pattern("\\b(BOOST_DESCRIBE\\w*|append_json|tag_invoke)\\b");
  for (const auto& file : repository) {
    if (!file.is_cpp() || !file.is_in("src/domain/")) continue;
    for (auto it = std::sregex_iterator(file.code.begin(), file.code.end(), pattern);
         it != std::sregex_iterator(); ++it)
      found.push_back(
          {file.path, file.line_at(static_cast<std::size_t>(it->position())),
           "a domain type has no outside form: bodies of the API are types of their own in src/api"});
  }
  return found;
}

Violations uses_every_limit(const Repository& repository) {
  Violations found;
  const std::regex limit("\\bconstexpr [\\w:]+ (\\w+) =");
  for (const auto& list : repository) {
    if (list.path != "src/base/limits.hpp") continue;
    for (auto it = std::sregex_iterator(list.code.begin(), list.code.end(), limit);
         it != std::sregex_iterator(); ++it) {
      const std::string name = (*it)[1].str();
      const std::regex use("\\blimits::" + name + "\\b");
      // Where the database holds the number, a static_assert here says how it relates to ours.
      const std::regex relation("static_assert\\([^;]*\\b" + name + "\\b");
      const bool relates = std::regex_search(list.code, relation);
      const bool used = relates || std::ranges::any_of(repository, [&](const Source& file) {
                          return file.is_cpp() && !file.is_in("tests/tidy/") &&
                                 file.code.find("limits::" + name) != std::string::npos &&
                                 std::regex_search(file.code, use);
                        });
      if (!used)
        found.push_back({list.path, list.line_at(static_cast<std::size_t>(it->position())),
                         name + " bounds nothing: use it or delete it"});
    }
  }
  return found;
}

Violations asserts_something(const Repository& repository) {
  Violations found;
  const std::regex head("\\bTEST(_F|_P)?\\(\\w+,\\s*\\w+\\)\\s*(?=\\{)");
  const std::regex vacuous("\\b(EXPECT|ASSERT)_(TRUE\\(true|FALSE\\(false)\\)|\\bSUCCEED\\(");
  for (const auto& file : repository) {
    if (!file.is_cpp() || !file.is_in("tests/")) continue;
    for (auto it = std::sregex_iterator(file.code.begin(), file.code.end(), head);
         it != std::sregex_iterator(); ++it) {
      const auto open = static_cast<std::size_t>(it->position() + it->length());
      const auto end = behind_bracket(file.code, open);
      const std::string body = file.code.substr(open, end - open);
      // A body without any call asserts nothing; whether a function it calls asserts is for a reader to see.
      const bool calls = body.find('(') != std::string::npos;
      if (!calls || std::regex_search(body, vacuous))
        found.push_back(
            {file.path, file.line_at(open), "a test that cannot fail: assert what the sentence says"});
    }
  }
  return found;
}

}  // namespace bursar::tidy
