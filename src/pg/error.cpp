#include "pg/error.hpp"

#include <fmt/format.h>

namespace bursar::pg {

StatementFailed::StatementFailed(std::string sqlstate, std::string_view statement, const std::string& message,
                                 std::string constraint)
    : std::runtime_error(fmt::format("statement {}: {} ({})", statement, message, sqlstate)),
      sqlstate_(std::move(sqlstate)),
      constraint_(std::move(constraint)) {}

bool StatementFailed::is_about_rows() const {
  return sqlstate_.starts_with("22") || sqlstate_.starts_with("23") || sqlstate_ == "54000";
}

bool StatementFailed::is_about_the_moment() const {
  return sqlstate_ == "57014" || sqlstate_ == "40P01" || sqlstate_ == "40001";
}

}  // namespace bursar::pg
