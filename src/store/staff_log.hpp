// The audit log of staff: who did, read or was refused what, when, from where. Append-only: no role of the
// database holds UPDATE or DELETE on it. What staff write is recorded in the transaction of the write, what
// they read before the answer leaves (api/api.cpp): nothing happens that is not on record.
#pragma once
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "domain/ids.hpp"
#include "pg/pool.hpp"

namespace bursar::store {

struct StaffAction {
  PrincipalId principal;              // nil: a tool on the machine itself
  std::string roles;                  // that it had then: "support,admin", ≤ 100
  std::string operation;              // operationId, ≤ 60
  std::optional<std::string> target;  // the id it was about, ≤ 128; UUIDs in lower case
  std::optional<std::string> detail;  // filters of a read, what a write changed; ≤ 500
  std::int16_t status = 200;          // of the answer
  std::string request_id;             // ≤ 128
  std::string address;                // ≤ 64
};

/// In the transaction that is open on `connection`, or else as one of its own. With the role api or
/// operations.
Task<> record(pg::Connection& connection, StaffAction action);
/// A write of one statement and its record, in one transaction.
Task<pg::Result> run_recorded(pg::Pool& pool, const pg::Statement& statement, const pg::Params& params,
                              StaffAction action);

/// The place of an action in the log; later ones are greater.
struct ActionKey {
  Instant recorded_at;
  std::int64_t number = 0;
};

struct RecordedAction {
  ActionKey key;
  StaffAction action;
};

/// At most one of these narrows a listing, each by an index.
struct ActionsOf {
  PrincipalId principal;
};
struct ActionsOn {
  std::string target;
};
struct ActionsBy {
  std::string operation;
};
struct Refusals {};
struct StaffFilter {
  std::variant<std::monostate, ActionsOf, ActionsOn, ActionsBy, Refusals> only;
  std::optional<Instant> from;    // included
  std::optional<Instant> before;  // not included
};

class StaffLog {
 public:
  explicit StaffLog(pg::Pool& pool) : pool_(&pool) {}

  /// On its own; with the role api or operations.
  Task<> record(StaffAction action);
  /// Newest first, at most `limit`, below `below`; with the role operations.
  Task<std::vector<RecordedAction>> list(StaffFilter filter, std::optional<ActionKey> below, int limit);

 private:
  pg::Pool* pool_;
};

}  // namespace bursar::store
