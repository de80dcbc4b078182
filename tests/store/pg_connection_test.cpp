// Connections of libpq under Asio: deadlines, cancellation, pools, and what of the environment counts.
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/limits.hpp"
#include "pg/connection.hpp"
#include "pg/parameters.hpp"
#include "pg/pool.hpp"
#include "testing/held_name.hpp"
#include "testing/postgres.hpp"
#include "testing/postgres_proxy.hpp"
#include "testing/run.hpp"

namespace bursar::pg {
namespace {

using testing::PostgresProxy;
using testing::run;
using testing::TestDatabase;

ConnectOptions owner_of(const TestDatabase& database) { return store::connect_as_owner(database.options()); }

Task<std::unique_ptr<Connection>> open(const ConnectOptions& options) {
  co_return co_await Connection::open(co_await asio::this_coro::executor, options);
}

Task<bool> is_lost(Connection& connection, milliseconds deadline) {
  bool lost = false;
  try {
    co_await connection.run_script("SELECT 1", deadline);
  } catch (const ConnectionLost&) {
    lost = true;
  }
  co_return lost;
}

// ── Deadlines, cancellation, the end of a connection
// ─────────────────────────────────────────────────────────────

TEST(PgDeadline, ASilentServerCostsTheDeadlineAndTheConnection) {
  const TestDatabase database;
  auto story = [](const TestDatabase& real) -> Task<> {
    PostgresProxy proxy(co_await asio::this_coro::executor, real.options());
    const auto connection = co_await open(store::connect_as_owner(proxy.options()));
    proxy.set(PostgresProxy::Mode::silent);
    const auto before = std::chrono::steady_clock::now();
    const bool lost = co_await is_lost(*connection, milliseconds(100));
    const auto took = std::chrono::steady_clock::now() - before;
    EXPECT_TRUE(lost);
    EXPECT_GE(took, milliseconds(100));
    EXPECT_LT(took, seconds(2));
    EXPECT_FALSE(connection->is_open());
    EXPECT_TRUE(co_await is_lost(*connection, seconds(5))) << "it stays closed";
    co_await proxy.stop();
  };
  run(story(database));
}

TEST(PgDeadline, ASilentServerCannotHoldAConnectionAttempt) {
  const TestDatabase database;
  auto story = [](const TestDatabase& real) -> Task<> {
    PostgresProxy proxy(co_await asio::this_coro::executor, real.options());
    proxy.set(PostgresProxy::Mode::silent);
    const auto before = std::chrono::steady_clock::now();
    bool lost = false;
    try {
      co_await open(store::connect_as_owner(proxy.options()));
    } catch (const ConnectionLost&) {
      lost = true;
    }
    EXPECT_TRUE(lost);
    EXPECT_LT(std::chrono::steady_clock::now() - before, limits::connect_deadline + seconds(2));
    co_await proxy.stop();
  };
  run(story(database));
}

TEST(PgDeadline, ASilentResolverCannotHoldAConnectionAttempt) {
  auto story = []() -> Task<> {
    const testing::HeldName held("held.test");
    const ConnectOptions options{.url = "postgresql://held.test/bursar"};
    bool lost = false;
    try {
      co_await open(options);
    } catch (const ConnectionLost&) {
      lost = true;
    }
    // Only because its time was over: the resolver has not answered yet.
    EXPECT_TRUE(lost);
  };
  run(story());
}

Task<> sleep_long(Connection& connection) {
  co_await connection.run_script("SELECT pg_sleep(60)", seconds(60));
}

TEST(PgDeadline, ACancelledStatementEndsItsConnection) {
  const TestDatabase database;
  auto story = [](const TestDatabase& real) -> Task<> {
    const auto connection = co_await open(owner_of(real));
    TaskGroup group(co_await asio::this_coro::executor);
    group.spawn("sleeper", sleep_long(*connection));
    co_await pause(milliseconds(1));
    group.cancel();
    co_await group.join();
    EXPECT_FALSE(connection->is_open());
  };
  run(story(database));
}

TEST(PgDeadline, AConnectionThatTheServerEndedIsNoticed) {
  const TestDatabase database;
  auto story = [](const TestDatabase& real) -> Task<> {
    const auto connection = co_await open(owner_of(real));
    EXPECT_TRUE(connection->is_alive());
    real.query(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()");
    while (connection->is_alive()) co_await pause(milliseconds(1));
    EXPECT_FALSE(connection->is_open());
  };
  run(story(database));
}

// ── Pools
// ────────────────────────────────────────────────────────────────────────────────────────────────────────

constexpr Statement backend{"backend", "SELECT pg_backend_pid()"};

Task<> note_backend(Pool& pool, std::vector<std::int32_t>& pids) {
  const Params none;
  const auto result = co_await pool.run(backend, none);
  pids.push_back(result.only_row().get<std::int32_t>(0));
}

TEST(PgPool, NeverOpensMoreThanItsSizeAndServesEverybody) {
  const TestDatabase database;
  auto story = [](const TestDatabase& real) -> Task<> {
    const auto executor = co_await asio::this_coro::executor;
    Pool pool(executor, owner_of(real), 3);
    std::vector<std::int32_t> pids;
    TaskGroup group(executor);
    for (int i = 0; i < 50; ++i) group.spawn("reader", note_backend(pool, pids));
    co_await group.join();
    EXPECT_EQ(pids.size(), 50U);
    std::ranges::sort(pids);
    pids.erase(std::ranges::unique(pids).begin(), pids.end());
    EXPECT_LE(pids.size(), 3U);
  };
  run(story(database));
}

TEST(PgPool, ReplacesWhatTheServerEnded) {
  const TestDatabase database;
  auto story = [](const TestDatabase& real) -> Task<> {
    Pool pool(co_await asio::this_coro::executor, owner_of(real), 2);
    std::vector<std::int32_t> pids;
    co_await note_backend(pool, pids);
    real.query(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()");
    co_await note_backend(pool, pids);
    EXPECT_NE(pids[0], pids[1]);
  };
  run(story(database));
}

TEST(PgPool, WaitsNoLongerThanAskedAndForgetsWhoLeft) {
  const TestDatabase database;
  auto story = [](const TestDatabase& real) -> Task<> {
    const auto executor = co_await asio::this_coro::executor;
    Pool pool(executor, owner_of(real), 1);
    std::vector<std::int32_t> pids;
    {
      const auto held = co_await pool.lease(seconds(5));
      bool busy = false;
      try {
        co_await pool.lease(milliseconds(20));
      } catch (const ConnectionLost&) {
        busy = true;
      }
      EXPECT_TRUE(busy);
      TaskGroup leaving(executor);
      leaving.spawn("leaver", note_backend(pool, pids));
      co_await pause(milliseconds(1));
      leaving.cancel();
      co_await leaving.join();
    }
    co_await note_backend(pool, pids);
    EXPECT_EQ(pids.size(), 1U);
  };
  run(story(database));
}

// ── Parameters
// ───────────────────────────────────────────────────────────────────────────────────────────────────

std::string value_of(const Parameters& parameters, std::string_view keyword) {
  const auto found = std::ranges::find(parameters, keyword, &Parameters::value_type::first);
  return found == parameters.end() ? "" : found->second;
}

TEST(PgParameters, AUrlSaysWhereAndAsWhomAndNothingElse) {
  const char* const good[] = {"postgresql://u:p@h:5433/d?sslmode=verify-full&sslrootcert=/ca.pem",
                              "host=/run/x port=5432 user=u dbname=d", "postgres://u@h1,h2/d", ""};
  for (const char* url : good) EXPECT_NO_THROW(connection_parameters({.url = url})) << url;
  const char* const bad[] = {"postgresql://u@h/d?options=-csynchronous_commit%3Doff",
                             "host=h service=x",
                             "host=h application_name=x",
                             "postgresql://u@h/d?target_session_attrs=any",
                             "mysql://u@h/d",
                             "host=h passfile=/x",
                             "postgresql://h/d?nonsense=1"};
  for (const char* url : bad) EXPECT_THROW(connection_parameters({.url = url}), UsageError) << url;
}

TEST(PgParameters, ARolesConnectionsSayAllThatItsStatementsRelyOn) {
  const store::DatabaseOptions database{.url = "host=h user=u dbname=d"};
  const auto hot = value_of(connection_parameters(connect_as(database, store::Role::executor)), "options");
  for (const char* setting :
       {"role=bursar_executor", "plan_cache_mode=force_generic_plan", "enable_seqscan=off",
        "synchronous_commit=on", "statement_timeout=5000", "lock_timeout=2000"})
    EXPECT_NE(hot.find(setting), std::string::npos) << setting << " in " << hot;
  const auto analytics =
      value_of(connection_parameters(connect_as(database, store::Role::analytics)), "options");
  EXPECT_NE(analytics.find("force_custom_plan"), std::string::npos) << analytics;
  EXPECT_EQ(analytics.find("enable_seqscan"), std::string::npos) << analytics;
}

TEST(PgParameters, TheServerHasWhatWeAskedFor) {
  const TestDatabase database;
  database.query(
      "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_isolation = serializable', "
      "current_database()); EXECUTE format('ALTER DATABASE %I SET search_path = pg_catalog', "
      "current_database()); END $$");
  auto story = [](ConnectOptions options) -> Task<> {
    const auto connection = co_await open(options);
    constexpr Statement settings{
        "settings",
        "SELECT current_setting('default_transaction_isolation') || ',' || "
        "current_setting('search_path') || ',' || current_setting('synchronous_commit') || "
        "',' || current_setting('plan_cache_mode') || ',' || current_user || ',' || "
        "current_setting('client_encoding') || ',' || "
        "current_setting('idle_in_transaction_session_timeout')"};
    const Params none;
    const auto result = co_await connection->run(settings, none);
    EXPECT_EQ(result.only_row().get<std::string>(0),
              "read committed,public,on,force_generic_plan,bursar_api,UTF8,10s");
  };
  run(story(connect_as(database.options(), store::Role::api)));
}

TEST(PgParameters, NamesAreLookedUpAside) {
  Parameters known = {{"host", "localhost"}, {"port", "5432"}};
  run(resolve_host(known, limits::connect_deadline));
  EXPECT_NE(value_of(known, "hostaddr").find("127.0.0.1"), std::string::npos);
  Parameters path = {{"host", "/run/postgresql"}}, address = {{"host", "127.0.0.1"}};
  run(resolve_host(path, limits::connect_deadline));
  run(resolve_host(address, limits::connect_deadline));
  EXPECT_EQ(value_of(path, "hostaddr") + value_of(address, "hostaddr"), "");
  Parameters unknown = {{"host", "no-such-host.invalid"}};
  EXPECT_THROW(run(resolve_host(unknown, limits::connect_deadline)), ConnectionLost);
}

void leave_if_environment_counts(const std::string& url) {
  for (const char* name :
       {"PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGOPTIONS", "PGSERVICE", "PGSSLMODE", "PGCLIENTENCODING",
        "PGTARGETSESSIONATTRS", "PGPASSFILE", "PGAPPNAME", "PGGSSENCMODE"})
    ::setenv(name, "nonsense", 1);
  auto story = [](ConnectOptions options) -> Task<> {
    const auto connection = co_await open(options);
    co_await connection->run_script("SELECT 1", seconds(5));
  };
  const store::DatabaseOptions database{.url = url};
  run(story(store::connect_as_owner(database)));
  std::exit(::getenv("PGOPTIONS") == nullptr ? 0 : 1);
}

TEST(PgParametersDeathTest, NoVariableOfTheEnvironmentCounts) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  static const TestDatabase* database = nullptr;
  const TestDatabase own;
  database = &own;
  EXPECT_EXIT(leave_if_environment_counts(database->options().url), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace bursar::pg
