#include "base/fault.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include "base/error.hpp"

namespace bursar {
namespace {

class FaultPoint : public ::testing::Test {
 protected:
  ~FaultPoint() override { fault::disarm(); }
};

TEST_F(FaultPoint, DoesNothingUntilItIsArmed) { EXPECT_NO_THROW(fault::point("executor.charged")); }

TEST_F(FaultPoint, ThrowsEachTimeWithoutANumber) {
  fault::arm("a.b=throw");
  EXPECT_THROW(fault::point("a.b"), Unavailable);
  EXPECT_THROW(fault::point("a.b"), Unavailable);
  EXPECT_NO_THROW(fault::point("a.c"));
}

TEST_F(FaultPoint, ThrowsOnceAtTheNamedPass) {
  fault::arm("x=throw@2,y=throw@1");
  EXPECT_NO_THROW(fault::point("x"));
  EXPECT_THROW(fault::point("x"), Unavailable);
  EXPECT_NO_THROW(fault::point("x"));
  EXPECT_THROW(fault::point("y"), Unavailable);
}

TEST_F(FaultPoint, CrashesByTheSignalNothingCanCatch) {
  fault::arm("x=crash");
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        fault::arm("x=crash");
        fault::point("x");
      },
      ::testing::KilledBySignal(SIGKILL), "fault_point");
}

TEST_F(FaultPoint, MalformedSpecificationsAreRefused) {
  for (const auto* bad :
       {"x", "x=", "x=explode", "x=throw@", "x=throw@0", "x=throw@-1", "x=throw@two", "x=throw@2b", "=x"})
    EXPECT_THROW(fault::arm(bad), UsageError) << bad;
}

}  // namespace
}  // namespace bursar
