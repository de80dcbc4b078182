// A schema is put on a database once, by one, without standing in anybody's way.
#include "store/migrations.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "testing/postgres.hpp"
#include "testing/run.hpp"

namespace bursar::store {
namespace {

using testing::run;
using testing::TestDatabase;

std::string refusal_of(const DatabaseOptions& database) {
  try {
    run(migrate(database));
  } catch (const UsageError& refused) {
    return refused.what();
  }
  return "";
}

TEST(Migrate, PutsTheSchemaOnAnEmptyDatabaseOnce) {
  const auto database = TestDatabase::empty();
  EXPECT_EQ(run(schema_version(database.options())).database, -1);
  const auto first = run(migrate(database.options()));
  EXPECT_EQ(first.from, 0);
  EXPECT_GE(first.to, 1);
  ASSERT_EQ(first.applied.size(), static_cast<std::size_t>(first.to));
  EXPECT_EQ(first.applied[0], "0001_schema");
  const auto version = run(schema_version(database.options()));
  EXPECT_EQ(version.database, first.to);
  EXPECT_EQ(version.binary, first.to);
  const auto second = run(migrate(database.options()));
  EXPECT_EQ(second.from, first.to);
  EXPECT_EQ(second.to, first.to);
  EXPECT_TRUE(second.applied.empty());
}

TEST(Migrate, ManyAtOnceAreOneAfterTheOther) {
  const auto database = TestDatabase::empty();
  std::vector<MigrationReport> reports(6);
  std::vector<std::thread> threads;
  for (auto& report : reports)
    threads.emplace_back([&database, &report] { report = run(migrate(database.options())); });
  for (auto& thread : threads) thread.join();
  std::size_t applied = 0;
  for (const auto& report : reports) {
    applied += report.applied.size();
    EXPECT_EQ(report.to, reports[0].to);
  }
  EXPECT_EQ(applied, static_cast<std::size_t>(reports[0].to));
  EXPECT_EQ(database.value("SELECT count(*) FROM schema_migrations"), std::to_string(reports[0].to));
}

TEST(Migrate, ASchemaNewerThanTheBinaryIsRefused) {
  const TestDatabase database;
  database.query("INSERT INTO schema_migrations (number, name) VALUES (999, '0999_from_the_future')");
  const auto why = refusal_of(database.options());
  EXPECT_NE(why.find("version 999"), std::string::npos) << why;
  EXPECT_NE(why.find("run a newer bursar"), std::string::npos) << why;
}

TEST(Migrate, AnotherEncodingIsRefused) {
  const auto database = TestDatabase::empty("ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
  const auto why = refusal_of(database.options());
  EXPECT_NE(why.find("LATIN1"), std::string::npos) << why;
  EXPECT_NE(why.find("ENCODING 'UTF8'"), std::string::npos) << why;
  EXPECT_EQ(database.value("SELECT count(*) FROM pg_class WHERE relname = 'schema_migrations'"), "0");
}

TEST(Migrate, AnImpossibleRolePrefixIsRefused) {
  const auto database = TestDatabase::empty();
  auto options = database.options();
  for (const char* prefix : {"", "Bursar", "7bursar", "bursar; DROP TABLE x", "bür", "a b"}) {
    options.role_prefix = prefix;
    EXPECT_NE(refusal_of(options).find("BURSAR_ROLE_PREFIX"), std::string::npos) << prefix;
  }
}

TEST(Migrate, AServerThatIsAwayIsUnavailable) {
  const DatabaseOptions away{.url = "host=/nonexistent port=5432 user=nobody dbname=nothing"};
  EXPECT_THROW(run(migrate(away)), Unavailable);
}

// The migrations that wait for a lock, each by the moment at which it began to.
std::string waiting_since(const TestDatabase& database) {
  const auto rows = database.query(
      "SELECT query_start FROM pg_stat_activity WHERE application_name = 'bursar migrate' "
      "AND datname = current_database() AND wait_event_type = 'Lock'");
  return rows.empty() ? "" : rows[0][0];
}

Task<std::string> wait_for_another_attempt(const TestDatabase& database, std::string than) {
  while (true) {
    const auto since = waiting_since(database);
    if (!since.empty() && since != than) co_return since;
    co_await pause(milliseconds(10));
  }
}

// Holds a lock that the migration needs until it has given way.
Task<> hold_until_it_gives_way(const TestDatabase& database) {
  auto options = connect_as_owner(database.options());
  options.application_name = "a long report";
  const auto executor = co_await asio::this_coro::executor;
  const auto holder = co_await pg::Connection::open(executor, options);
  const std::string lock = "BEGIN; LOCK TABLE schema_migrations IN SHARE MODE";
  co_await holder->run_script(lock, seconds(5));
  MigrationReport report;
  std::thread migrating([&] { report = run(migrate(database.options())); });
  const auto first = co_await wait_for_another_attempt(database, "");
  co_await wait_for_another_attempt(database, first);
  const std::string release = "ROLLBACK";
  co_await holder->run_script(release, seconds(5));
  migrating.join();
  EXPECT_GE(report.waited_for.size(), 1U);
  for (const auto& holder_name : report.waited_for)
    EXPECT_NE(holder_name.find("a long report"), std::string::npos) << holder_name;
  EXPECT_EQ(report.applied.size(), static_cast<std::size_t>(report.to));
}

TEST(Migrate, GivesWayToALockAndNamesItsHolder) {
  const auto database = TestDatabase::empty();
  database.query(
      "CREATE TABLE schema_migrations (number integer PRIMARY KEY, name text NOT NULL, "
      "applied_at timestamptz NOT NULL DEFAULT clock_timestamp())");
  run(hold_until_it_gives_way(database));
}

}  // namespace
}  // namespace bursar::store
