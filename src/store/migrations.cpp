#include "store/migrations.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/limits.hpp"
#include "base/log.hpp"
#include "sql.hpp"

namespace bursar::store {
namespace {

constexpr int oldest_server = 150'000;

struct ServerFacts {
  int version = 0;
  std::string encoding;
  bool read_only = false;
  bool has_schema = false;
};

Task<ServerFacts> ask_server(pg::Connection& connection) {
  const pg::Params none;
  const auto result = co_await connection.run(sql::server_facts, none);
  const auto row = result.only_row();
  ServerFacts facts;
  facts.version = row.get<std::int32_t>("version");
  facts.encoding = row.get<std::string>("encoding");
  facts.read_only = row.get<bool>("read_only");
  facts.has_schema = row.get<bool>("has_schema");
  co_return facts;
}

void require_usable(const ServerFacts& facts) {
  if (facts.version < oldest_server)
    throw UsageError(
        fmt::format("the database is PostgreSQL {}; Bursar needs 15 or newer", facts.version / 10'000));
  if (facts.encoding != "UTF8")
    throw UsageError(
        fmt::format("the database's encoding is {}; create it with ENCODING 'UTF8'", facts.encoding));
  if (facts.read_only)
    throw UsageError("the database is a standby and cannot be written; migrate its primary");
}

void require_role_prefix(const std::string& prefix) {
  const bool good = !prefix.empty() && prefix.size() <= 40 && prefix[0] >= 'a' && prefix[0] <= 'z' &&
                    std::ranges::all_of(prefix, [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
                    });
  if (!good)
    throw UsageError(fmt::format(
        "BURSAR_ROLE_PREFIX is '{}'; expected lower-case letters, digits and '_', a letter first, at most 40",
        prefix));
}

int newest_of_binary() {
  int newest = 0;
  for (const auto& migration : sql::migrations) newest = std::max(newest, migration.number);
  return newest;
}

Task<int> number_of_database(pg::Connection& connection) {
  const pg::Params none;
  const auto result = co_await connection.run(sql::schema_number, none);
  co_return result.only_row().get<std::int32_t>(0);
}

Task<> lock_migrations(pg::Connection& connection) {
  for (int attempt = 0; attempt < limits::migration_deadline / limits::migration_retry_pause; ++attempt) {
    const pg::Params none;
    const auto result = co_await connection.run(sql::migration_lock, none);
    if (result.only_row().get<bool>(0)) co_return;
    if (attempt == 0) log::info("migration_waits", {{"reason", "another migration is running"}});
    co_await pause(limits::migration_retry_pause);
  }
  throw Unavailable(
      "another migration has been running for long; look for 'bursar migrate' in pg_stat_activity");
}

std::string script_of(const sql::Migration& migration, const std::string& role_prefix) {
  std::string text(migration.text);
  constexpr std::string_view placeholder = "{{role_prefix}}";
  for (auto at = text.find(placeholder); at != std::string::npos; at = text.find(placeholder, at))
    text.replace(at, placeholder.size(), role_prefix);
  return fmt::format("BEGIN;\n{}\nINSERT INTO schema_migrations (number, name) VALUES ({}, '{}');\nCOMMIT;",
                     text, migration.number, migration.name);
}

Task<std::string> blockers(pg::Connection& connection) {
  const pg::Params none;
  const auto result = co_await connection.run(sql::migration_blockers, none);
  std::string names;
  for (const auto row : result) names += (names.empty() ? "" : ", ") + row.get<std::string>(0);
  co_return names.empty() ? "nobody any more" : names;
}

// A lock that is not had within lock_timeout would queue everybody behind it: give way, say who holds it, try
// again.
Task<> apply(pg::Connection& connection, const sql::Migration& migration, const std::string& role_prefix,
             std::vector<std::string>& waited_for) {
  const std::string script = script_of(migration, role_prefix);
  for (int attempt = 1;; ++attempt) {
    bool locked_out = false;
    try {
      co_await connection.run_script(script, limits::migration_deadline);
      co_return;
    } catch (const pg::StatementFailed& failed) {
      locked_out = failed.sqlstate() == "55P03" && attempt < limits::migration_attempts;
      if (!locked_out) throw;
    }
    co_await connection.run_script("ROLLBACK", limits::statement_deadline);
    const std::string who = co_await blockers(connection);
    waited_for.push_back(who);
    log::warning("migration_waits",
                 {{"migration", migration.name}, {"blocked_by", who}, {"attempt", attempt}});
    co_await pause(limits::migration_retry_pause);
  }
}

pg::ConnectOptions connect_to_migrate(const DatabaseOptions& database) {
  auto options = connect_as_owner(database);
  options.application_name = "bursar migrate";
  options.statement_timeout = limits::migration_deadline;
  return options;
}

constexpr std::string_view migrations_table =
    "CREATE TABLE IF NOT EXISTS schema_migrations (number integer PRIMARY KEY, name text NOT NULL, "
    "applied_at timestamptz NOT NULL DEFAULT clock_timestamp())";

}  // namespace

Task<MigrationReport> migrate(const DatabaseOptions& database) {
  require_role_prefix(database.role_prefix);
  auto options = connect_to_migrate(database);
  const auto executor = co_await asio::this_coro::executor;
  const auto connection = co_await pg::Connection::open(executor, std::move(options));
  require_usable(co_await ask_server(*connection));
  co_await lock_migrations(*connection);
  co_await connection->run_script(migrations_table, limits::statement_deadline);
  MigrationReport report;
  report.from = report.to = co_await number_of_database(*connection);
  if (report.from > newest_of_binary())
    throw UsageError(
        fmt::format("the database's schema is version {}, this bursar knows {}; run a newer bursar",
                    report.from, newest_of_binary()));
  for (const auto& migration : sql::migrations) {
    if (migration.number <= report.from) continue;
    co_await apply(*connection, migration, database.role_prefix, report.waited_for);
    report.to = migration.number;
    report.applied.emplace_back(migration.name);
  }
  co_return report;
}

Task<SchemaVersion> schema_version(const DatabaseOptions& database) {
  auto options = connect_as_owner(database);
  const auto executor = co_await asio::this_coro::executor;
  const auto connection = co_await pg::Connection::open(executor, std::move(options));
  const auto facts = co_await ask_server(*connection);
  SchemaVersion version;
  version.binary = newest_of_binary();
  if (facts.has_schema) version.database = co_await number_of_database(*connection);
  co_return version;
}

}  // namespace bursar::store
