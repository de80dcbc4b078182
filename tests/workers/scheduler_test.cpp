// The scheduler's roll-ups on real PostgreSQL, one round at a time.
#include "workers/scheduler.hpp"

#include <gtest/gtest.h>

#include "base/limits.hpp"
#include "testing/manual_clock.hpp"
#include "testing/postgres.hpp"
#include "testing/run.hpp"

namespace bursar::workers {
namespace {

using std::chrono::sys_days;

constexpr sys_days first_day{std::chrono::year{2024} / 7 / 11};

// Ten payments at noon of each of so many days, all succeeded.
void pay_days(const testing::TestDatabase& database, int days) {
  database.query(
      "INSERT INTO payment_intents (payment_id, key_digest, created_by, user_id, created_at, gateway, amount,"
      " currency, fingerprint, idempotency_key)"
      " SELECT overlay(first_id(at)::text PLACING lpad(to_hex(i), 12, '0') FROM 25)::uuid, gen_random_uuid(),"
      " gen_random_uuid(), gen_random_uuid(), at, 1, 100, 'EUR', 'x', 'k'"
      " FROM generate_series(0, " +
      std::to_string(days * 10 - 1) +
      ") i, LATERAL (SELECT '2024-07-11 12:00+00'::timestamptz + i / 10 * interval '1 day') t (at)");
  database.query(
      "INSERT INTO events (payment_id, sequence, type, created_by)"
      " SELECT payment_id, 1, 'succeeded', created_by FROM payment_intents");
}

// Every row written for that day is refused, and counted.
void break_day(const testing::TestDatabase& database, const std::string& day) {
  database.query("CREATE SEQUENCE attempts");
  database.query(
      "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN"
      " PERFORM nextval('attempts'); RAISE EXCEPTION 'this day is broken'; END $$");
  database.query("CREATE TRIGGER refuse BEFORE INSERT ON analytics_daily FOR EACH ROW WHEN (NEW.day = '" +
                 day + "') EXECUTE FUNCTION refuse()");
}

std::string attempts(const testing::TestDatabase& database) {
  return database.value("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM attempts");
}

constexpr auto counted_days = "SELECT string_agg(day::text, ' ' ORDER BY day) FROM analytics_daily";

using Story = Task<> (*)(Scheduler&, testing::ManualClock&, const testing::TestDatabase&);

void check(const testing::TestDatabase& database, Story story) {
  auto body = [](const testing::TestDatabase& db, Story told) -> Task<> {
    testing::ManualClock clock;
    SchedulerOptions options;
    options.database = db.options();
    Scheduler scheduler(co_await asio::this_coro::executor, options, clock);
    co_await told(scheduler, clock, db);
  };
  testing::run(body(database, story));
}

TEST(Scheduler, ADayThatFailsKeepsNoOtherFromBeingCounted) {
  testing::TestDatabase database;
  pay_days(database, 4);
  break_day(database, "2024-07-13");
  check(database, [](Scheduler& scheduler, testing::ManualClock&, const testing::TestDatabase& db) -> Task<> {
    const auto round = co_await scheduler.roll_up_open_days();
    EXPECT_EQ(round.rows, 3u);
    EXPECT_EQ(round.failed, (std::vector<sys_days>{first_day + std::chrono::days(2)}));
    EXPECT_EQ(db.value(counted_days), "2024-07-11 2024-07-12 2024-07-14");
  });
}

TEST(Scheduler, ADayThatFailsIsTriedAgainLaterEachTimeUntilItIsCounted) {
  testing::TestDatabase database;
  pay_days(database, 2);
  break_day(database, "2024-07-11");
  check(database,
        [](Scheduler& scheduler, testing::ManualClock& clock, const testing::TestDatabase& db) -> Task<> {
          co_await scheduler.roll_up_open_days();
          EXPECT_EQ(attempts(db), "1");
          co_await scheduler.roll_up_open_days();
          EXPECT_EQ(attempts(db), "1") << "not at once";
          clock.advance(limits::roll_up_every);
          co_await scheduler.roll_up_open_days();
          EXPECT_EQ(attempts(db), "2");
          clock.advance(limits::roll_up_every);
          co_await scheduler.roll_up_open_days();
          EXPECT_EQ(attempts(db), "2") << "the second time later than the first";
          clock.advance(limits::roll_up_every);
          co_await scheduler.roll_up_open_days();
          EXPECT_EQ(attempts(db), "3");
          db.query("DROP TRIGGER refuse ON analytics_daily");
          clock.advance(limits::roll_up_retry_max);
          const auto round = co_await scheduler.roll_up_open_days();
          EXPECT_EQ(round.rows, 1u);
          EXPECT_EQ(db.value(counted_days), "2024-07-11 2024-07-12");
        });
}

TEST(Scheduler, WaitsLongerForTheRollUpThanForOtherStatements) {
  testing::TestDatabase database;
  pay_days(database, 1);
  database.query("CREATE TABLE seen (patience interval)");
  database.query(
      "CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN"
      " INSERT INTO seen VALUES (current_setting('statement_timeout')::interval); RETURN NEW; END $$");
  database.query("CREATE TRIGGER look BEFORE INSERT ON analytics_daily FOR EACH ROW EXECUTE FUNCTION look()");
  check(database, [](Scheduler& scheduler, testing::ManualClock&, const testing::TestDatabase& db) -> Task<> {
    co_await scheduler.roll_up_open_days();
    EXPECT_EQ(db.value("SELECT extract(epoch FROM patience)::integer FROM seen"),
              std::to_string(std::chrono::seconds(limits::roll_up_timeout).count()));
  });
}

TEST(Scheduler, WritesNothingWhenNothingChanged) {
  testing::TestDatabase database;
  pay_days(database, 3);
  check(database, [](Scheduler& scheduler, testing::ManualClock&, const testing::TestDatabase& db) -> Task<> {
    const auto first = co_await scheduler.roll_up_open_days();
    EXPECT_EQ(first.rows, 3u);
    const std::string written = "SELECT string_agg(xmin::text, ' ' ORDER BY day) FROM analytics_daily";
    const auto before = db.value(written);
    const auto second = co_await scheduler.roll_up_open_days();
    EXPECT_EQ(second.rows, 0u);
    EXPECT_EQ(db.value(written), before);
  });
}

}  // namespace
}  // namespace bursar::workers
