// How the rest of the program names the database: one URL, one role per purpose. The store is the only folder
// with SQL.
#pragma once
#include <string>

#include "pg/connection.hpp"

namespace bursar::store {

/// The NOLOGIN roles of the schema. "Notifications never affect payments" is a GRANT.
enum class Role { api, executor, notifier, analytics, operations, eraser };

struct DatabaseOptions {
  std::string url;
  /// Roles are cluster-wide: `<prefix>_api` and so on. Lower-case letters, digits and '_'.
  std::string role_prefix = "bursar";
};

/// The options of a connection that acts as `role`, with that role's planner switches.
pg::ConnectOptions connect_as(const DatabaseOptions& database, Role role);
/// As the login itself: migrations and audit.
pg::ConnectOptions connect_as_owner(const DatabaseOptions& database);

}  // namespace bursar::store
