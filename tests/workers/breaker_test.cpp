// A peer that is down is left alone, then tried by one caller for all.
#include <gtest/gtest.h>

#include "base/limits.hpp"
#include "base/task_group.hpp"
#include "testing/manual_clock.hpp"
#include "testing/run.hpp"
#include "workers/breaker.hpp"

namespace bursar::workers {
namespace {

using events::Appetite;

Task<> fail(Breaker& breaker, int times, milliseconds at_least = milliseconds(0)) {
  for (int i = 0; i < times; ++i) {
    auto pass = co_await breaker.enter();
    EXPECT_TRUE(pass.is_given());
    if (pass.is_given()) pass.failed(at_least);
  }
}

Task<> succeed(Breaker& breaker) {
  auto pass = co_await breaker.enter();
  EXPECT_TRUE(pass.is_given());
  if (pass.is_given()) pass.succeeded();
}

/// How long nothing is claimed from now on, to the millisecond; moves the clock there.
milliseconds pause_of(Breaker& breaker, testing::ManualClock& clock) {
  milliseconds waited{0};
  for (; breaker.appetite() == Appetite::none && waited < seconds(120); waited += milliseconds(1))
    clock.advance(milliseconds(1));
  return waited;
}

TEST(Breaker, OpensOnlyAfterFailuresInARow) {
  auto body = []() -> Task<> {
    testing::ManualClock clock;
    Breaker breaker("peer", clock);
    co_await fail(breaker, limits::breaker_failures - 1);
    EXPECT_EQ(breaker.appetite(), Appetite::full);
    co_await succeed(breaker);
    co_await fail(breaker, limits::breaker_failures - 1);
    EXPECT_FALSE(breaker.is_open());
    co_await fail(breaker, 1);
    EXPECT_TRUE(breaker.is_open());
    EXPECT_EQ(breaker.appetite(), Appetite::none);
    const auto turned_away = co_await breaker.enter();
    EXPECT_FALSE(turned_away.is_given());
  };
  testing::run(body());
}

TEST(Breaker, IsTriedAgainAfterThePauseAlsoWhenNobodyWaits) {
  auto body = []() -> Task<> {
    testing::ManualClock clock;
    Breaker breaker("peer", clock);
    co_await fail(breaker, limits::breaker_failures);
    EXPECT_EQ(pause_of(breaker, clock), limits::breaker_pause_min);
    EXPECT_EQ(breaker.appetite(), Appetite::trial);
    co_await succeed(breaker);
    EXPECT_EQ(breaker.appetite(), Appetite::full);
  };
  testing::run(body());
}

TEST(Breaker, LetsOneTryAndAllAfterItsSuccess) {
  auto body = []() -> Task<> {
    const auto executor = co_await asio::this_coro::executor;
    testing::ManualClock clock;
    Breaker breaker("peer", clock);
    co_await fail(breaker, limits::breaker_failures);
    pause_of(breaker, clock);
    auto trial = co_await breaker.enter();
    EXPECT_TRUE(trial.is_given());
    EXPECT_EQ(breaker.appetite(), Appetite::none);
    int entered = 0;
    auto caller = [](Breaker& gate, int& count) -> Task<> {
      const auto pass = co_await gate.enter();
      if (pass.is_given()) ++count;
    };
    TaskGroup callers(executor);
    for (int i = 0; i < 3; ++i) callers.spawn("caller", caller(breaker, entered));
    Event turn(executor);
    EXPECT_FALSE(co_await turn.wait_for(milliseconds(1)));
    EXPECT_EQ(entered, 0);
    trial.succeeded();
    co_await callers.join();
    EXPECT_EQ(entered, 3);
  };
  testing::run(body());
}

TEST(Breaker, TurnsAwayWhoWaitedForATrialThatFailed) {
  auto body = []() -> Task<> {
    const auto executor = co_await asio::this_coro::executor;
    testing::ManualClock clock;
    Breaker breaker("peer", clock);
    co_await fail(breaker, limits::breaker_failures);
    pause_of(breaker, clock);
    auto trial = co_await breaker.enter();
    bool entered = true;
    auto caller = [](Breaker& gate, bool& done) -> Task<> {
      const auto pass = co_await gate.enter();
      done = pass.is_given();
    };
    TaskGroup callers(executor);
    callers.spawn("caller", caller(breaker, entered));
    Event turn(executor);
    EXPECT_FALSE(co_await turn.wait_for(milliseconds(1)));
    trial.failed();
    co_await callers.join();
    EXPECT_FALSE(entered) << "a dead peer holds nobody's work";
  };
  testing::run(body());
}

TEST(Breaker, ATrialThatCalledNobodyLeavesTheNextItsTurn) {
  auto body = []() -> Task<> {
    testing::ManualClock clock;
    Breaker breaker("peer", clock);
    co_await fail(breaker, limits::breaker_failures);
    pause_of(breaker, clock);
    {
      const auto trial = co_await breaker.enter();
      EXPECT_TRUE(trial.is_given());
    }
    EXPECT_EQ(breaker.appetite(), Appetite::trial);
  };
  testing::run(body());
}

TEST(Breaker, EachFailedTrialDoublesThePauseUpToItsMost) {
  auto body = []() -> Task<> {
    testing::ManualClock clock;
    Breaker breaker("peer", clock);
    co_await fail(breaker, limits::breaker_failures);
    milliseconds expected = limits::breaker_pause_min;
    for (int trial = 0; trial < 10; ++trial) {
      EXPECT_EQ(pause_of(breaker, clock), expected);
      co_await fail(breaker, 1);
      expected = std::min(expected * 2, milliseconds(limits::breaker_pause_max));
    }
    EXPECT_EQ(expected, limits::breaker_pause_max);
  };
  testing::run(body());
}

TEST(Breaker, CallsUnderWayWhenThePeerWentDownMakeThePauseNoLonger) {
  auto body = []() -> Task<> {
    testing::ManualClock clock;
    Breaker breaker("peer", clock);
    std::vector<Breaker::Pass> under_way;
    for (int i = 0; i < 256; ++i) under_way.push_back(co_await breaker.enter());
    for (auto& pass : under_way) pass.failed();
    EXPECT_EQ(pause_of(breaker, clock), limits::breaker_pause_min);
  };
  testing::run(body());
}

TEST(Breaker, ThePauseIsNeverShorterThanRetryAfter) {
  auto body = []() -> Task<> {
    testing::ManualClock clock;
    Breaker breaker("peer", clock);
    co_await fail(breaker, limits::breaker_failures);
    pause_of(breaker, clock);
    co_await fail(breaker, 1, seconds(7));
    EXPECT_EQ(pause_of(breaker, clock), seconds(7));
  };
  testing::run(body());
}

TEST(Breaker, WhoWaitsIsTurnedAwayWhenTheProcessLeaves) {
  auto body = []() -> Task<> {
    const auto executor = co_await asio::this_coro::executor;
    testing::ManualClock clock;
    Breaker breaker("peer", clock);
    co_await fail(breaker, limits::breaker_failures);
    pause_of(breaker, clock);
    const auto trial = co_await breaker.enter();
    bool entered = true;
    auto caller = [](Breaker& gate, bool& done) -> Task<> {
      const auto pass = co_await gate.enter();
      done = pass.is_given();
    };
    TaskGroup callers(executor);
    callers.spawn("caller", caller(breaker, entered));
    Event turn(executor);
    EXPECT_FALSE(co_await turn.wait_for(milliseconds(1)));
    breaker.leave();
    co_await callers.join();
    EXPECT_FALSE(entered);
    EXPECT_EQ(breaker.appetite(), Appetite::none);
  };
  testing::run(body());
}

}  // namespace
}  // namespace bursar::workers
