#include "base/clock.hpp"

#include <gtest/gtest.h>

namespace bursar {
namespace {

TEST(Rfc3339, WritesMicrosecondsInUtc) {
  EXPECT_EQ(to_rfc3339(Instant()), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(to_rfc3339(Instant(std::chrono::microseconds(1'796'000'000'000'123))),
            "2026-11-30T00:53:20.000123Z");
  EXPECT_EQ(to_rfc3339(Instant(std::chrono::microseconds(-1))), "1969-12-31T23:59:59.999999Z");
}

TEST(Rfc3339, ReadsTheSameInstantInEveryOffset) {
  const auto utc = from_rfc3339("2026-11-26T12:00:00Z");
  ASSERT_TRUE(utc.has_value());
  for (const auto* same : {"2026-11-26t12:00:00z", "2026-11-26 12:00:00Z", "2026-11-26T13:00:00+01:00",
                           "2026-11-26T06:30:00-05:30", "2026-11-27T11:59:00+23:59",
                           "2026-11-26T12:00:00.0000000Z", "2026-11-26T12:00:00-00:00"})
    EXPECT_EQ(from_rfc3339(same), utc) << same;
}

TEST(Rfc3339, KeepsMicrosecondsAndCutsWhatIsFiner) {
  EXPECT_EQ(to_rfc3339(*from_rfc3339("2026-11-26T12:00:00.1Z")), "2026-11-26T12:00:00.100000Z");
  EXPECT_EQ(to_rfc3339(*from_rfc3339("2026-11-26T12:00:00.123456999Z")), "2026-11-26T12:00:00.123456Z");
}

TEST(Rfc3339, RefusesWhatNamesNoInstant) {
  for (const auto* bad : {"",
                          "2026-11-26",
                          "2026-11-26T12:00:00",
                          "2026-11-26T12:00Z",
                          "2026-02-29T00:00:00Z",
                          "2026-13-01T00:00:00Z",
                          "2026-00-01T00:00:00Z",
                          "2026-01-00T00:00:00Z",
                          "2026-01-32T00:00:00Z",
                          "0000-01-01T00:00:00Z",
                          "2026-11-26T24:00:00Z",
                          "2026-11-26T12:60:00Z",
                          "2026-11-26T12:00:61Z",
                          "2026-11-26T12:00:00.Z",
                          "2026-11-26T12:00:00+1:00",
                          "2026-11-26T12:00:00+24:00",
                          "2026-11-26T12:00:00+0100",
                          "2026-11-26T12:00:00 01:00",
                          "2026-11-26T12:00:00Zz",
                          " 2026-11-26T12:00:00Z",
                          "26-11-26T12:00:00Z",
                          "+2026-11-26T12:00:00Z",
                          "2026-11-26T12:00:0aZ",
                          "0001-01-01T00:00:00+00:01",
                          "9999-12-31T23:59:60Z",
                          "1764158400"})
    EXPECT_EQ(from_rfc3339(bad), std::nullopt) << bad;
}

}  // namespace
}  // namespace bursar
