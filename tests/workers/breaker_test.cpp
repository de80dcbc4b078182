// A peer that is down is left alone, then tried by one caller for all.
#include <gtest/gtest.h>

#include "base/limits.hpp"
#include "base/task_group.hpp"
#include "testing/manual_clock.hpp"
#include "testing/run.hpp"
#include "workers/breaker.hpp"

namespace bursar::workers {
namespace {

void fail_until_open(Breaker& breaker) {
  for (int i = 0; i < limits::breaker_failures; ++i) breaker.failed();
}

TEST(Breaker, OpensOnlyAfterFailuresInARow) {
  auto body = []() -> Task<> {
    testing::ManualClock clock;
    Breaker breaker(clock);
    for (int i = 1; i < limits::breaker_failures; ++i) breaker.failed();
    EXPECT_FALSE(breaker.is_open());
    breaker.succeeded();
    for (int i = 1; i < limits::breaker_failures; ++i) breaker.failed();
    EXPECT_FALSE(breaker.is_open());
    breaker.failed();
    EXPECT_TRUE(breaker.is_open());
    co_return;
  };
  testing::run(body());
}

TEST(Breaker, LetsOneTryAfterThePauseAndAllAfterItsSuccess) {
  auto body = []() -> Task<> {
    const auto executor = co_await asio::this_coro::executor;
    testing::ManualClock clock;
    Breaker breaker(clock);
    fail_until_open(breaker);
    clock.advance(limits::breaker_pause_min);
    EXPECT_TRUE(co_await breaker.enter());
    int entered = 0;
    auto caller = [](Breaker& gate, int& count) -> Task<> {
      if (co_await gate.enter()) ++count;
    };
    TaskGroup callers(executor);
    for (int i = 0; i < 3; ++i) callers.spawn("caller", caller(breaker, entered));
    Event turn(executor);
    EXPECT_FALSE(co_await turn.wait_for(milliseconds(1)));
    EXPECT_EQ(entered, 0);
    breaker.succeeded();
    co_await callers.join();
    EXPECT_EQ(entered, 3);
  };
  testing::run(body());
}

TEST(Breaker, TheNextPauseIsLongerAndNeverShorterThanRetryAfter) {
  auto body = []() -> Task<> {
    const auto executor = co_await asio::this_coro::executor;
    testing::ManualClock clock;
    Breaker breaker(clock);
    fail_until_open(breaker);
    clock.advance(limits::breaker_pause_min);
    EXPECT_TRUE(co_await breaker.enter());
    breaker.failed(seconds(7));
    clock.advance(seconds(7) - milliseconds(1));
    bool entered = false;
    auto caller = [](Breaker& gate, bool& done) -> Task<> { done = co_await gate.enter(); };
    TaskGroup callers(executor);
    callers.spawn("caller", caller(breaker, entered));
    Event turn(executor);
    EXPECT_FALSE(co_await turn.wait_for(milliseconds(1)));
    EXPECT_FALSE(entered);
    clock.advance(milliseconds(1));
    co_await callers.join();
    EXPECT_TRUE(entered);
  };
  testing::run(body());
}

TEST(Breaker, WhoWaitsIsTurnedAwayWhenTheProcessLeaves) {
  auto body = []() -> Task<> {
    const auto executor = co_await asio::this_coro::executor;
    testing::ManualClock clock;
    Breaker breaker(clock);
    fail_until_open(breaker);
    bool entered = true;
    auto caller = [](Breaker& gate, bool& done) -> Task<> { done = co_await gate.enter(); };
    TaskGroup callers(executor);
    callers.spawn("caller", caller(breaker, entered));
    Event turn(executor);
    EXPECT_FALSE(co_await turn.wait_for(milliseconds(1)));
    breaker.close();
    co_await callers.join();
    EXPECT_FALSE(entered);
  };
  testing::run(body());
}

}  // namespace
}  // namespace bursar::workers
