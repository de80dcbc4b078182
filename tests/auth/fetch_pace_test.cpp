// How often a foreign issuer's keys are fetched, whatever its server and tokens do.
#include "auth/fetch_pace.hpp"

#include <gtest/gtest.h>

#include "testing/manual_clock.hpp"

namespace bursar::testing {
namespace {

using namespace std::chrono_literals;

class FetchPaces : public ::testing::Test {
 protected:
  /// What is left until the next fetch.
  Monotonic::duration left() const { return pace_.due() - clock_.monotonic(); }
  void succeed(double fraction = 0) {
    pace_.begin(clock_.monotonic());
    pace_.succeed(clock_.monotonic(), fraction);
  }
  void fail(double fraction = 0) {
    pace_.begin(clock_.monotonic());
    pace_.fail(clock_.monotonic(), fraction);
  }

  ManualClock clock_;
  auth::FetchPace pace_{auth::FetchTimes(), clock_.monotonic()};
};

TEST_F(FetchPaces, BeginAtOnceAndGoOnRegularlyButNotInStep) {
  EXPECT_EQ(left(), 0s);
  succeed(0);
  EXPECT_EQ(left(), 300s);
  succeed(0.5);
  EXPECT_EQ(left(), 270s);
  succeed(1);
  EXPECT_EQ(left(), 240s);
}

TEST_F(FetchPaces, RetryEverLessOftenUntilOneSucceeds) {
  for (const auto expected : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
    fail();
    EXPECT_EQ(left(), expected);
  }
  succeed();
  fail();
  EXPECT_EQ(left(), 1s);
}

TEST_F(FetchPaces, AMissingKeyIsFetchedForAtOnceAndThenEveryFiveSecondsAtMost) {
  succeed();
  clock_.advance(60s);
  pace_.want();
  EXPECT_LE(left(), 0s);
  succeed();
  for (int token = 0; token < 1000; ++token) pace_.want();
  EXPECT_EQ(left(), 5s);
  clock_.advance(3s);
  pace_.want();
  EXPECT_EQ(left(), 2s) << "it counts from the beginning of the last fetch";
}

TEST_F(FetchPaces, MissingKeysNeverMakeAFetchLater) {
  fail();
  pace_.want();
  EXPECT_EQ(left(), 1s) << "the retry comes first";
  for (int n = 0; n < 10; ++n) fail();
  pace_.want();
  EXPECT_EQ(left(), 5s) << "earlier than the retry, as far apart as ever";
}

TEST_F(FetchPaces, TheLastGoodSetCountsForADay) {
  EXPECT_TRUE(pace_.is_out_of_date(clock_.monotonic())) << "there was none";
  succeed();
  clock_.advance(24h);
  fail();
  EXPECT_FALSE(pace_.is_out_of_date(clock_.monotonic()));
  clock_.advance(1us);
  EXPECT_TRUE(pace_.is_out_of_date(clock_.monotonic()));
  succeed();
  EXPECT_FALSE(pace_.is_out_of_date(clock_.monotonic()));
}

}  // namespace
}  // namespace bursar::testing
