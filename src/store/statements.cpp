#include "store/statements.hpp"

#include "sql.hpp"

namespace bursar::store {

std::span<const pg::Statement* const> all_statements() { return sql::all; }

const pg::Statement* find_statement(std::string_view name) {
  for (const auto* statement : sql::all)
    if (statement->name == name) return statement;
  return nullptr;
}

}  // namespace bursar::store
