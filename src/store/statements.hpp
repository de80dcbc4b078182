// Every statement of this folder, by name: for the tests that prepare, explain and run them, and for metric
// labels. The program itself names them one by one (generated sql.hpp).
#pragma once
#include <span>

#include "pg/statement.hpp"

namespace bursar::store {

std::span<const pg::Statement* const> all_statements();

/// nullptr when there is no such file.
const pg::Statement* find_statement(std::string_view name);

}  // namespace bursar::store
