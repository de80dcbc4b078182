// The day's numbers: exact, the same when run twice, and never set back by an older run.
#include "store/daily.hpp"
#include "stage.hpp"

namespace bursar::store::test {
namespace {

using std::chrono::days;
using std::chrono::sys_days;

constexpr sys_days the_day{std::chrono::year{2024} / 7 / 11};

// 10 payments of each of two currencies: 6 succeed, 3 fail, 1 stays pending.
Task<> a_day_of_payments(Stage& stage, sys_days day, int first) {
  int number = first;
  for (const char* currency : {"EUR", "JPY"}) {
    Order order;
    order.first = number;
    order.last = number + 9;
    order.currency = currency;
    order.amount = 100;
    order.at = day + std::chrono::hours(12);
    co_await stage.accept(order);
    ExecuteHand hand;
    hand.queue = queues::simulator;
    hand.worker = co_await stage.worker("cashier");
    co_await stage.claim(hand);
    co_await stage.finish(hand, ExecuteResult::succeeded, 6);
    co_await stage.finish(hand, ExecuteResult::failed, 3);
    co_await stage.finish(hand, ExecuteResult::unknown, 1, "time-out");
    number += 10;
  }
}

std::vector<std::string> dates(const std::vector<sys_days>& all) {
  std::vector<std::string> texts;
  for (const auto day : all) texts.push_back(to_rfc3339(Instant(day)).substr(0, 10));
  return texts;
}

TEST(RollUp, CountsADayByCurrency) {
  on_stage([](Stage& stage) -> Task<> {
    co_await a_day_of_payments(stage, the_day, 1);
    co_await stage.run("UPDATE events SET recorded_at = '2024-07-11 12:00:00.04+00'");
    auto* connection = co_await stage.as(Role::analytics);
    Daily daily(*connection);
    co_await daily.roll_up(the_day, "UTC");
    const auto shown = co_await daily.show(the_day, the_day);
    EXPECT_EQ(shown.size(), 2u);
    const auto& euro = shown.front();
    EXPECT_EQ(euro.day, the_day);
    EXPECT_EQ(euro.currency, "EUR");
    EXPECT_EQ(euro.accepted, 10);
    EXPECT_EQ(euro.succeeded, 6);
    EXPECT_EQ(euro.failed, 3);
    EXPECT_EQ(euro.still_pending, 1);
    EXPECT_EQ(euro.amount_accepted, "1000");
    EXPECT_EQ(euro.amount_succeeded, "600");
    EXPECT_EQ(euro.amount_failed, "300");
    EXPECT_DOUBLE_EQ(euro.failure_rate.value_or(0), 3.0 / 9);
    EXPECT_DOUBLE_EQ(euro.mean_milliseconds.value_or(0), 40);
    EXPECT_EQ(euro.p95_milliseconds, 50);
    EXPECT_EQ(shown.back().currency, "JPY");
  });
}

TEST(RollUp, IsRestatedUntilNothingIsPending) {
  on_stage([](Stage& stage) -> Task<> {
    co_await a_day_of_payments(stage, the_day, 1);
    auto* connection = co_await stage.as(Role::analytics);
    Daily daily(*connection);
    const auto before = co_await daily.roll_up(the_day, "UTC");
    const auto same = co_await daily.roll_up(the_day, "UTC");
    ExecuteHand hand;
    hand.queue = queues::simulator;
    hand.worker = co_await stage.worker("cashier");
    co_await stage.everything_is_due();
    co_await stage.claim_messages(hand);
    co_await stage.finish(hand, ExecuteResult::succeeded, 2, "looked up");
    const auto after = co_await daily.roll_up(the_day, "UTC");
    EXPECT_EQ(same.front().succeeded, before.front().succeeded);
    EXPECT_EQ(same.front().amount_succeeded, before.front().amount_succeeded);
    EXPECT_EQ(after.front().succeeded, before.front().succeeded + 1);
    EXPECT_EQ(after.front().still_pending, 0);
    EXPECT_EQ(after.front().accepted, before.front().accepted);
  });
}

TEST(RollUp, AnOlderRunChangesNothing) {
  on_stage([](Stage& stage) -> Task<> {
    auto* connection = co_await stage.as(Role::analytics);
    Daily daily(*connection);
    const auto older = co_await daily.draw_run();
    co_await a_day_of_payments(stage, the_day, 1);
    const auto newer = co_await daily.roll_up(the_day, "UTC");
    const auto refused = co_await daily.roll_up(the_day, "UTC", older);
    EXPECT_EQ(newer.size(), 2u);
    EXPECT_EQ(refused.size(), 0u);
    const auto shown = co_await daily.show(the_day, the_day);
    EXPECT_EQ(shown.front().restated_at, newer.front().restated_at);
  });
}

TEST(RollUp, TheEdgesOfADayAreExact) {
  on_stage([](Stage& stage) -> Task<> {
    int number = 1;
    const std::vector<Instant> instants = {
        Instant(the_day) - std::chrono::microseconds(1000), Instant(the_day),
        Instant(the_day + days(1)) - std::chrono::microseconds(1), Instant(the_day + days(1))};
    for (const auto at : instants) {
      Order order;
      order.first = order.last = number++;
      order.at = at;
      co_await stage.accept(order);
    }
    auto* connection = co_await stage.as(Role::analytics);
    Daily daily(*connection);
    for (const auto& [day, accepted] :
         std::map<sys_days, int>{{the_day - days(1), 1}, {the_day, 2}, {the_day + days(1), 1}}) {
      const auto rows = co_await daily.roll_up(day, "UTC");
      EXPECT_EQ(rows.front().accepted, accepted);
    }
    const auto nothing = co_await daily.roll_up(the_day + days(2), "UTC");
    EXPECT_EQ(nothing.size(), 0u);
  });
}

struct ZoneDay {
  const char* zone;
  sys_days day;
  int hours;
};

TEST(RollUp, DaysOfAZoneMayHave23Or25Hours) {
  on_stage([](Stage& stage) -> Task<> {
    const std::vector<ZoneDay> table = {{"Europe/Berlin", sys_days(std::chrono::year{2024} / 3 / 31), 23},
                                        {"Europe/Berlin", sys_days(std::chrono::year{2024} / 10 / 27), 25},
                                        {"UTC", sys_days(std::chrono::year{2024} / 10 / 27), 24}};
    int number = 1;
    for (const auto& day : {table[0].day, table[1].day})
      for (int hour = -24; hour < 48; ++hour) {
        Order order;
        order.first = order.last = number++;
        order.at = day + std::chrono::hours(hour) + std::chrono::minutes(30);
        co_await stage.accept(order);
      }
    auto* connection = co_await stage.as(Role::analytics);
    Daily daily(*connection);
    for (const auto& row : table) {
      const auto rows = co_await daily.roll_up(row.day, row.zone);
      EXPECT_EQ(rows.front().accepted, row.hours) << row.zone;
    }
  });
}

TEST(RollUp, SumsBeyond64BitsAreExact) {
  on_stage([](Stage& stage) -> Task<> {
    for (int batch = 0; batch < 10; ++batch) {
      Order order;
      order.first = 1 + batch * 240;
      order.last = order.first + 239;
      order.amount = 9'007'199'254'740'991;
      co_await stage.accept(order);
    }
    auto* connection = co_await stage.as(Role::analytics);
    Daily daily(*connection);
    const auto rows = co_await daily.roll_up(the_day, "UTC");
    EXPECT_EQ(rows.front().amount_accepted, "21617278211378378400");  // 2,400 × (2^53 − 1)
    EXPECT_EQ(rows.front().failure_rate, std::nullopt);
    EXPECT_EQ(rows.front().p95_milliseconds, std::nullopt);
  });
}

Task<std::vector<std::string>> open_days(Stage& stage, int skipped = 0, int newest = every_day) {
  auto* connection = co_await stage.as(Role::analytics);
  Daily daily(*connection);
  co_return dates(co_await daily.open_days("UTC", skipped, newest));
}

Task<> roll_up(Stage& stage, sys_days day) {
  auto* connection = co_await stage.as(Role::analytics);
  Daily daily(*connection);
  co_await daily.roll_up(day, "UTC");
}

using Dates = std::vector<std::string>;

TEST(OpenDays, AreThoseWithPaymentsThatNobodyCountedNewestFirst) {
  on_stage([](Stage& stage) -> Task<> {
    EXPECT_EQ(co_await open_days(stage), Dates());
    int number = 1;
    for (const int day : {0, 5, 400}) {
      Order order;
      order.first = order.last = number++;
      order.at = the_day + days(day) + std::chrono::hours(1);
      co_await stage.accept(order);
    }
    co_await stage.pay(101, 110);
    EXPECT_EQ(co_await open_days(stage), (Dates{"2025-08-15", "2024-07-16", "2024-07-11"}));
    EXPECT_EQ(co_await open_days(stage, 0, 2), (Dates{"2025-08-15", "2024-07-16"}));
    EXPECT_EQ(co_await open_days(stage, 2), (Dates{"2024-07-11"}));
    // One in the middle: who comes later finds it, whatever was counted behind it.
    co_await roll_up(stage, the_day + days(400));
    co_await stage.run("UPDATE analytics_daily SET still_pending = 0");
    EXPECT_EQ(co_await open_days(stage), (Dates{"2024-07-16", "2024-07-11"}));
  });
}

TEST(OpenDays, ADayIsOpenUntilWhatIsPendingWaitsInMessages) {
  on_stage([](Stage& stage) -> Task<> {
    co_await a_day_of_payments(stage, the_day, 1);
    co_await roll_up(stage, the_day);
    // Two are pending, in messages, and nothing changes without them.
    EXPECT_EQ(co_await open_days(stage), Dates());
    ExecuteHand hand;
    hand.queue = queues::simulator;
    hand.worker = co_await stage.worker("cashier");
    co_await stage.everything_is_due();
    co_await stage.claim_messages(hand);
    co_await stage.finish(hand, ExecuteResult::succeeded, 1, "looked up");
    EXPECT_EQ(co_await open_days(stage), (Dates{"2024-07-11"}));
    co_await roll_up(stage, the_day);
    EXPECT_EQ(co_await open_days(stage), Dates());
    // One that waits in a chunk may have its outcome any moment.
    Order order;
    order.first = order.last = 100;
    order.at = the_day + std::chrono::hours(13);
    co_await stage.accept(order);
    co_await roll_up(stage, the_day);
    EXPECT_EQ(co_await open_days(stage), (Dates{"2024-07-11"}));
  });
}

TEST(OpenDays, ADayIsOpenWhileAnAcceptOfItMayStillCommit) {
  on_stage([](Stage& stage) -> Task<> {
    co_await a_day_of_payments(stage, the_day, 1);
    co_await stage.run("DELETE FROM messages");
    co_await roll_up(stage, the_day);
    co_await stage.run("UPDATE analytics_daily SET still_pending = 0");
    EXPECT_EQ(co_await open_days(stage), Dates());
    // Counted as the last payment came, and a little later.
    const std::string last = to_rfc3339(the_day + std::chrono::hours(12));
    co_await stage.run("UPDATE analytics_daily SET restated_at = '" + last + "'");
    EXPECT_EQ(co_await open_days(stage), (Dates{"2024-07-11"}));
    co_await stage.run("UPDATE analytics_daily SET restated_at = restated_at + interval '59 s'");
    EXPECT_EQ(co_await open_days(stage), (Dates{"2024-07-11"}));
    co_await stage.run("UPDATE analytics_daily SET restated_at = restated_at + interval '2 s'");
    EXPECT_EQ(co_await open_days(stage), Dates());
  });
}

TEST(Percentile, IsTheUpperBoundOfItsBucket) {
  on_stage([](Stage& stage) -> Task<> {
    const std::vector<std::pair<const char*, const char*>> table = {
        {"percentile('{0,94,6,0,0,0,0,0,0,0,0,0,0,0,0,0}', 0.95)", "50"},
        {"percentile('{0,95,5,0,0,0,0,0,0,0,0,0,0,0,0,0}', 0.95)", "25"},
        {"percentile('{0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1}', 0.5)", "Infinity"},
        {"percentile('{0}', 0.5)", ""},
        {"cardinality(latency_bounds())", "15"}};
    for (const auto& [expression, value] : table)
      EXPECT_EQ(co_await stage.text(expression), value) << expression;
  });
}

}  // namespace
}  // namespace bursar::store::test
