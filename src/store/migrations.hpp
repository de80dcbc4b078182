// Numbered SQL migrations, embedded, forward only. Concurrent runs wait for an advisory lock; every statement
// has lock_timeout ≤ 2 s and is retried, naming the blocker.
#pragma once
#include <string>
#include <vector>

#include "store/database.hpp"

namespace bursar::store {

struct MigrationReport {
  int from = 0;
  int to = 0;
  std::vector<std::string> applied;
  /// Who held the locks each time a migration gave way.
  std::vector<std::string> waited_for;
};

/// Brings the schema to this binary's version; does nothing when it is there. Throws UsageError when the
/// database is newer than the binary or not usable (encoding, version < 15, a standby).
Task<MigrationReport> migrate(const DatabaseOptions& database);

/// The schema version of the database and of this binary; -1 when there is no schema.
struct SchemaVersion {
  int database = -1;
  int binary = 0;
};
Task<SchemaVersion> schema_version(const DatabaseOptions& database);

}  // namespace bursar::store
