// libpq under Asio: values there and back, and whose fault an error is.
#include <gtest/gtest.h>

#include "pg/connection.hpp"
#include "testing/postgres.hpp"
#include "testing/run.hpp"

namespace bursar::pg {
namespace {

using testing::run;
using testing::TestDatabase;

ConnectOptions owner_of(const TestDatabase& database) { return store::connect_as_owner(database.options()); }

Task<std::unique_ptr<Connection>> open(const ConnectOptions& options) {
  co_return co_await Connection::open(co_await asio::this_coro::executor, options);
}

using Story = Task<> (*)(Connection&);
Task<> tell(const ConnectOptions& options, Story story) {
  const auto connection = co_await open(options);
  co_await story(*connection);
}
void with_connection(Story story) {
  const TestDatabase database;
  run(tell(owner_of(database), story));
}

// ── Values
// ───────────────────────────────────────────────────────────────────────────────────────────────────────

constexpr Statement echo{
    "echo",
    "SELECT $1::smallint, $2::integer, $3::bigint, $4::boolean, $5::float8, $6::text, $7::uuid, "
    "$8::timestamptz, $9::jsonb, $10::bytea, $11::interval = interval '1500 ms', "
    "$12::timestamptz, $13::timestamptz, $14::text IS NULL, $15::uuid IS NULL"};

TEST(PgValues, GoThereAndBack) {
  with_connection([](Connection& connection) -> Task<> {
    SeededRandom random(7);
    const Uuid id = random_uuid(random);
    const Instant at{std::chrono::microseconds(1'720'700'000'123'456)};
    const std::vector<std::uint8_t> raw = {0, 1, 255};
    Params params;
    params.add(std::int16_t{-7})
        .add(std::int32_t{-70'000})
        .add(std::int64_t{-7'000'000'000})
        .add(true)
        .add(0.1);
    params.add("ż€").add(id).add(at).add(Jsonb{R"({"a":1})"}).add(std::span<const std::uint8_t>(raw));
    params.add(std::chrono::microseconds(1'500'000)).add(Instant::max()).add(Instant::min());
    params.add(std::optional<std::string>()).add(std::optional<Uuid>());
    const auto result = co_await connection.run(echo, params);
    const auto row = result.only_row();
    EXPECT_EQ(row.get<std::int16_t>(0), -7);
    EXPECT_EQ(row.get<std::int32_t>(1), -70'000);
    EXPECT_EQ(row.get<std::int64_t>(2), -7'000'000'000);
    EXPECT_TRUE(row.get<bool>(3));
    EXPECT_EQ(row.get<double>(4), 0.1);
    EXPECT_EQ(row.get<std::string>(5), "ż€");
    EXPECT_EQ(row.get<Uuid>(6), id);
    EXPECT_EQ(row.get<Instant>(7), at);
    EXPECT_EQ(row.get<std::string>(8), R"({"a": 1})");
    EXPECT_EQ(row.get<std::vector<std::uint8_t>>(9), raw);
    for (const int same : {10, 13, 14}) EXPECT_TRUE(row.get<bool>(same)) << same;
    EXPECT_EQ(row.get<Instant>(11), Instant::max());
    EXPECT_EQ(row.get<Instant>(12), Instant::min());
  });
}

constexpr Statement unnested{
    "unnested",
    "SELECT a, b, c, d, e, f, g, h FROM unnest($1::bigint[], $2::text[], $3::uuid[], "
    "$4::timestamptz[], $5::jsonb[], $6::bytea[], $7::smallint[], $8::boolean[]) "
    "AS t (a, b, c, d, e, f, g, h)"};

TEST(PgValues, ArraysMayHoldNulls) {
  with_connection([](Connection& connection) -> Task<> {
    const std::vector<int> items = {1, 2, 3};
    const Uuid id{};
    const auto but_two = [](auto value) {
      return [value](int i) { return i == 2 ? std::nullopt : std::optional(value); };
    };
    Params params;
    params.array<std::int64_t>(items, but_two(std::int64_t{5}))
        .array<std::string>(items, but_two(std::string("x")));
    params.array<Uuid>(items, but_two(id)).array<Instant>(items, but_two(Instant{}));
    params.array<Jsonb>(items, but_two(Jsonb{"[]"}));
    params.array<std::vector<std::uint8_t>>(items, but_two(std::vector<std::uint8_t>{9}));
    params.array<std::int16_t>(items, but_two(std::int16_t{4})).array<bool>(items, but_two(true));
    const auto result = co_await connection.run(unnested, params);
    EXPECT_EQ(result.rows(), 3);
    for (int column = 0; column < 8; ++column) {
      EXPECT_FALSE(result.row(0).is_null(column)) << column;
      EXPECT_TRUE(result.row(1).is_null(column)) << column;
      EXPECT_FALSE(result.row(2).is_null(column)) << column;
    }
    EXPECT_EQ(result.row(2).get<std::string>("b"), "x");
    EXPECT_EQ(result.row(2).get<std::int16_t>("g"), 4);
  });
}

TEST(PgValues, EmptyArraysAndTextsAreNotNull) {
  with_connection([](Connection& connection) -> Task<> {
    constexpr Statement statement{"empties", "SELECT cardinality($1::text[]), $2::text, $3::bigint[]"};
    const std::vector<std::string> nothing;
    Params params;
    params.array<std::string>(nothing, [](const std::string& text) { return std::string_view(text); });
    params.add("");
    params.array<std::int64_t>(std::vector<std::int64_t>{1, -2}, [](std::int64_t n) { return n; });
    const auto result = co_await connection.run(statement, params);
    EXPECT_EQ(result.only_row().get<std::int32_t>(0), 0);
    EXPECT_EQ(result.only_row().get<std::string>(1), "");
    EXPECT_EQ(result.only_row().get<std::vector<std::int64_t>>(2), (std::vector<std::int64_t>{1, -2}));
  });
}

// ── Errors
// ───────────────────────────────────────────────────────────────────────────────────────────────────────

// Whose fault it is, "failed" where nobody knows, and whether the connection still works.
Task<std::string> fault_of(Connection& connection, std::string script) {
  std::string kind = "none";
  try {
    co_await connection.run_script(script, seconds(5));
  } catch (const ConnectionLost&) {
    kind = "lost";
  } catch (const StatementFailed& failed) {
    kind = failed.is_about_rows()         ? "rows"
           : failed.is_about_a_lock()     ? "lock"
           : failed.is_about_the_moment() ? "moment"
                                          : "failed";
  }
  co_return kind + (connection.is_open() ? "" : ", closed");
}

TEST(PgErrors, TheSqlstateSaysWhoseFaultItIs) {
  const struct {
    const char* sqlstate;
    const char* kind;
  } table[] = {{"08006", "lost, closed"}, {"53300", "lost, closed"}, {"53100", "lost, closed"},
               {"57P01", "lost, closed"}, {"57P02", "lost, closed"}, {"57P03", "lost, closed"},
               {"25006", "lost, closed"}, {"58030", "lost, closed"}, {"22001", "rows"},
               {"23505", "rows"},         {"23514", "rows"},         {"54000", "rows"},
               {"55P03", "lock"},         {"57014", "moment"},       {"40P01", "moment"},
               {"40001", "moment"},       {"42501", "failed"},       {"42601", "failed"},
               {"XX000", "failed"},       {"P0001", "failed"}};
  const TestDatabase database;
  for (const auto& [sqlstate, kind] : table) {
    auto story = [](ConnectOptions options, std::string state, std::string expected) -> Task<> {
      const auto connection = co_await open(options);
      const auto found = co_await fault_of(
          *connection, "DO $$ BEGIN RAISE EXCEPTION 'told to' USING ERRCODE = '" + state + "'; END $$");
      EXPECT_EQ(found, expected) << state;
    };
    run(story(owner_of(database), sqlstate, kind));
  }
}

TEST(PgErrors, AViolatedConstraintIsNamed) {
  with_connection([](Connection& connection) -> Task<> {
    co_await connection.run_script("CREATE TEMPORARY TABLE t (n integer CONSTRAINT small CHECK (n < 10))",
                                   seconds(5));
    constexpr Statement statement{"insert", "INSERT INTO t VALUES ($1::integer)"};
    Params params;
    params.add(std::int32_t{10});
    std::string constraint, message;
    try {
      co_await connection.run(statement, params);
    } catch (const StatementFailed& failed) {
      constraint = failed.constraint();
      message = failed.what();
    }
    EXPECT_EQ(constraint, "small");
    EXPECT_NE(message.find("insert"), std::string::npos) << message;
    EXPECT_NE(message.find("23514"), std::string::npos) << message;
  });
}

TEST(PgErrors, CommitOfAnAbortedTransactionIsNoSuccess) {
  with_connection([](Connection& connection) -> Task<> {
    auto transaction = co_await Transaction::begin(connection);
    EXPECT_EQ(co_await fault_of(connection, "SELECT 1 / 0"), "rows");
    std::string sqlstate;
    try {
      co_await transaction.commit();
    } catch (const StatementFailed& failed) {
      sqlstate = failed.sqlstate();
    }
    EXPECT_EQ(sqlstate, "25P02");
    EXPECT_TRUE(connection.is_idle());
  });
}

TEST(PgErrors, CopyIsRefusedAndEndsTheConnection) {
  with_connection([](Connection& connection) -> Task<> {
    EXPECT_EQ(co_await fault_of(connection, "CREATE TEMPORARY TABLE t (n integer); COPY t FROM STDIN"),
              "lost, closed");
  });
}

TEST(PgErrors, AStalePlanOrALostStatementIsPreparedAgain) {
  with_connection([](Connection& connection) -> Task<> {
    constexpr Statement statement{"all_of_t", "SELECT * FROM t"};
    const Params none;
    const char* const upsets[] = {"ALTER TABLE t ADD COLUMN more integer", "DEALLOCATE ALL", "DISCARD PLANS",
                                  "ALTER TABLE t ALTER COLUMN n TYPE bigint"};
    co_await connection.run_script("CREATE TEMPORARY TABLE t (n integer); INSERT INTO t VALUES (1)",
                                   seconds(5));
    co_await connection.run(statement, none);
    for (const char* upset : upsets) {
      co_await connection.run_script(upset, seconds(5));
      const auto result = co_await connection.run(statement, none);
      EXPECT_EQ(result.rows(), 1) << upset;
    }
  });
}

}  // namespace
}  // namespace bursar::pg
