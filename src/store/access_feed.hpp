// The feed of what changed about access: revoked and restored principals, changed roles and limits, keys that
// came or went. Numbers are in the order of commits and without gaps (migration 0002), so whoever polls by
// them misses nothing that is committed. With the role api.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "domain/ids.hpp"
#include "pg/connection.hpp"

namespace bursar::store {

struct AccessNews {
  /// The number of the latest change; 0 before the first.
  std::int64_t epoch = 0;
  /// When the server started: another one means a fail-over or a restore, and nothing known before counts.
  Instant server_since;
  /// False when some of the changes behind `after` are not here any more: forget everything.
  bool is_whole = true;
  std::vector<PrincipalId> principals;
  std::vector<std::string> keys;
};

class AccessFeed {
 public:
  explicit AccessFeed(pg::Connection& connection) : connection_(&connection) {}
  /// What changed behind number `after`. One statement; it takes no lock.
  Task<AccessNews> poll(std::int64_t after);

 private:
  pg::Connection* connection_;
};

}  // namespace bursar::store
