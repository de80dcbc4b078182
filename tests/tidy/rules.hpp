// The rules of style that a machine can hold. Each is a pure function from the repository to violations, so
// that a planted one proves that the rule can fail (planted_test.cpp); repository_test.cpp runs them on the
// real files.
#pragma once
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "source.hpp"

namespace bursar::tidy {

struct Violation {
  std::string path;
  int line = 0;
  std::string what;  // the rule that is broken, and the fix
};
using Violations = std::vector<Violation>;
using Repository = std::vector<Source>;
using Rule = Violations (*)(const Repository&);

/// folder → the folders it may include, from the text of cmake/layers.cmake.
using Layers = std::map<std::string, std::set<std::string>>;
Layers parse_layers(std::string_view cmake);

// layers.cpp
Violations includes_only_lower_layers(const Repository& repository);
Violations has_only_known_folders(const Repository& repository);

// words.cpp: libraries, calls and names that only some files may use
Violations includes_libpq_in_pg_only(const Repository& repository);
Violations includes_beast_in_the_client_only(const Repository& repository);
Violations includes_spdlog_in_the_log_only(const Repository& repository);
Violations includes_the_json_parser_once(const Repository& repository);
Violations reads_the_environment_in_config_only(const Repository& repository);
Violations spawns_through_task_groups_only(const Repository& repository);
Violations never_sleeps(const Repository& repository);
Violations has_no_mutex(const Repository& repository);
Violations has_no_vague_names(const Repository& repository);
Violations keeps_domain_types_unserialisable(const Repository& repository);
Violations uses_every_limit(const Repository& repository);
Violations asserts_something(const Repository& repository);

// coroutines.cpp
Violations captures_nothing_in_coroutine_lambdas(const Repository& repository);
Violations awaits_names(const Repository& repository);

// sizes.cpp
Violations has_short_files(const Repository& repository);
Violations has_short_functions(const Repository& repository);
Violations has_short_handlers(const Repository& repository);
Violations has_narrow_lines(const Repository& repository);
Violations opens_headers_with_their_role(const Repository& repository);

// sql.cpp
Violations keeps_money_insert_only(const Repository& repository);
Violations uses_every_sql_file(const Repository& repository);
Violations has_one_statement_a_file(const Repository& repository);
Violations has_sql_in_the_store_only(const Repository& repository);

// documents.cpp
Violations names_files_that_exist(const Repository& repository);
Violations names_tests_that_exist(const Repository& repository);
Violations names_targets_that_exist(const Repository& repository);
Violations is_fit_to_publish(const Repository& repository);
Violations has_no_unfinished_marks(const Repository& repository);
Violations has_workflows_of_own_scripts(const Repository& repository);

}  // namespace bursar::tidy
