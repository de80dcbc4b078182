// Who is remembered as known, for how long, and who is forgotten first.
#include "auth/known_table.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "auth/rate_limit.hpp"
#include "base/text.hpp"
#include "testing/manual_clock.hpp"

namespace bursar::auth {
namespace {

using namespace std::chrono_literals;
using testing::ManualClock;

/// All in one set.
std::uint64_t key(std::uint64_t number) { return number << 32U; }

TEST(KnownTable, KnowsWhoWasRememberedAndNobodyElse) {
  ManualClock clock;
  KnownTable table(clock, 1);
  for (const std::uint64_t number : {0U, 1U, 2U}) EXPECT_FALSE(table.knows(key(number))) << number;
  table.remember(key(1));
  EXPECT_TRUE(table.knows(key(1)));
  for (const std::uint64_t number : {0U, 2U}) EXPECT_FALSE(table.knows(key(number))) << number;
  clock.advance(limits::known_for - 1s);
  EXPECT_TRUE(table.knows(key(1)));
  clock.advance(1s);
  EXPECT_FALSE(table.knows(key(1)));
}

TEST(KnownTable, EachTimeCountsAnew) {
  ManualClock clock;
  KnownTable table(clock, 1);
  for (int i = 0; i < 4 * 24 * 3; ++i) {
    table.remember(key(1));
    clock.advance(15min);
    ASSERT_TRUE(table.knows(key(1))) << i;
  }
  clock.advance(limits::known_for - 15min);
  EXPECT_FALSE(table.knows(key(1)));
}

TEST(KnownTable, WhenASetIsFullTheOldestIsForgotten) {
  ManualClock clock;
  KnownTable table(clock, 1);
  for (std::uint64_t number = 1; number <= 8; ++number) {
    table.remember(key(number));
    clock.advance(1min);
  }
  table.remember(key(1));  // no longer the oldest
  clock.advance(1min);
  table.remember(key(9));
  for (std::uint64_t number = 1; number <= 9; ++number)
    EXPECT_EQ(table.knows(key(number)), number != 2) << number;
}

TEST(KnownTable, TakesNoBudgetsSlot) {
  ManualClock clock;
  SeededRandom random(1);
  RateLimiter limiter(RatePolicy::defaults(), clock, random, 1);
  const auto take = [&](std::string_view who) {
    return limiter.take(limiter.budget(RateClass::create), bytes_of(who)).accepted;
  };
  for (int i = 0; i < 100; ++i) limiter.remember(bytes_of(fmt::format("{}", i)));
  EXPECT_TRUE(limiter.knows(bytes_of("99")));
  for (int i = 0; i < 8; ++i) EXPECT_TRUE(take(fmt::format("customer {}", i))) << i;
}

}  // namespace
}  // namespace bursar::auth
