// One libpq connection on one loop: non-blocking, binary, one statement at a time, a deadline on every one.
// Every connection parameter is set by us, so that no PG* variable of the environment leaks in. Used by
// store/ only.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "base/async.hpp"
#include "pg/error.hpp"
#include "pg/params.hpp"
#include "pg/result.hpp"
#include "pg/statement.hpp"

namespace bursar::pg {

/// Where the server is and as whom to speak to it.
struct ConnectOptions {
  /// postgresql:// URL or key=value string. It may say host(addr), port, user, password, dbname, sslmode,
  /// sslrootcert, sslcrl, sslcert, sslkey, channel_binding; a user that is not named is the one who runs the
  /// process. Nothing is read from ~/.pgpass or ~/.postgresql.
  std::string url;
  /// The NOLOGIN role of this pool, "bursar_api"; empty = the login itself (migrations).
  std::string role;
  /// "force_generic_plan" for hot roles, "force_custom_plan" for analytics.
  std::string plan_cache_mode = "force_generic_plan";
  /// Seen in pg_stat_activity.
  std::string application_name = "bursar";
  /// Adds the planner switches of the hot roles (pipeline: enable_seqscan=off …).
  bool hot_plans = true;
  milliseconds statement_timeout{5000};
  milliseconds lock_timeout{2000};
};

class Connection {
 public:
  /// Throws ConnectionLost with the server's own words (away, wrong password, no such database), or
  /// UsageError when the URL cannot be read. The first call clears every PG* variable of the process's
  /// environment.
  static Task<std::unique_ptr<Connection>> open(Executor executor, ConnectOptions options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Prepares the statement at its first use on this connection, then executes it. 0A000 and 26000 (a plan or
  /// a prepared statement that went stale) re-prepare once. When the deadline passes, or the waiting task is
  /// cancelled, the connection is dropped and every later call throws ConnectionLost.
  Task<Result> run(const Statement& statement, const Params& params, milliseconds deadline);
  Task<Result> run(const Statement& statement, const Params& params);  // limits::statement_deadline

  /// Nothing but the preparation, for who measures how long run() takes.
  Task<> prepare(const Statement& statement, const Params& params);

  /// Text without parameters, several statements allowed; for migrations and tests. Values come as text.
  Task<Result> run_script(std::string_view sql, milliseconds deadline);

  bool is_open() const;
  /// False inside a transaction block.
  bool is_idle() const;
  /// Reads what the server said meanwhile, without waiting: false when it closed the connection. Between
  /// statements.
  bool is_alive();

 private:
  class Core;
  explicit Connection(std::shared_ptr<Core> core);
  std::shared_ptr<Core> core_;  // shared with its own timer only
};

/// BEGIN … COMMIT for the few functions that need two statements. The command tag of COMMIT is checked: an
/// aborted transaction answers ROLLBACK without an error.
class Transaction {
 public:
  static Task<Transaction> begin(Connection& connection);
  /// Throws StatementFailed when the server rolled back.
  Task<> commit();
  Task<> rollback();

 private:
  explicit Transaction(Connection& connection) : connection_(&connection) {}
  Connection* connection_;
};

}  // namespace bursar::pg
