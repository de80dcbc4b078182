// What PostgreSQL or the way to it answered instead of rows. SQLSTATE decides, never the message text.
#pragma once
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace bursar::pg {

/// The connection is gone, or the server cannot serve now: refused, closed, deadline on our side, shutting
/// down (57P01–57P03), too many connections (53300), read-only (25006). The statement may or may not have
/// happened.
class ConnectionLost : public Unavailable {
 public:
  using Unavailable::Unavailable;
};

/// The server refused one statement; the connection is fine and nothing of the statement happened.
class StatementFailed : public std::runtime_error {
 public:
  StatementFailed(std::string sqlstate, std::string_view statement, const std::string& message,
                  std::string constraint);
  const std::string& sqlstate() const { return sqlstate_; }
  /// The name of the violated constraint or index, empty if there is none.
  const std::string& constraint() const { return constraint_; }

  /// Classes 22 and 23, 54000: a row of the batch is to blame, whenever it is sent again.
  bool is_about_rows() const;
  /// 55P03: somebody else holds the lock of a row; later it may go.
  bool is_about_a_lock() const { return sqlstate_ == "55P03"; }
  /// 57014 (it took too long), 40P01, 40001 (it got into another's way): the whole batch may go later.
  bool is_about_the_moment() const;
  bool is_unique_violation() const { return sqlstate_ == "23505"; }

 private:
  std::string sqlstate_;
  std::string constraint_;
};

}  // namespace bursar::pg
