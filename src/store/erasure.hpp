// Erasing a person: empties the free texts of a user's payments. Money, digest and fingerprint stay, so that
// a late retry is still a replay. With the eraser's role, which can do nothing else. Nobody calls it until
// there is a verb for it.
#pragma once
#include "domain/ids.hpp"
#include "pg/connection.hpp"

namespace bursar::store {

class Erasure {
 public:
  explicit Erasure(pg::Connection& connection) : connection_(&connection) {}
  /// A page of 240 payments is a commit of its own, so it may be stopped and started again. Ends, because
  /// each page lies above the last.
  Task<> erase_user(UserId user);

 private:
  pg::Connection* connection_;
};

}  // namespace bursar::store
