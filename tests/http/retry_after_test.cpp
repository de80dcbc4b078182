#include "http/retry_after.hpp"

#include <gtest/gtest.h>

namespace bursar::http {
namespace {

using std::chrono::seconds;

std::optional<seconds> read(std::vector<std::string> values, std::string date = "") {
  ClientResponse response;
  for (std::string& value : values) response.headers.emplace_back("retry-after", std::move(value));
  if (!date.empty()) response.headers.emplace_back("Date", std::move(date));
  return retry_after_of(response);
}

TEST(RetryAfter, CountsWholeSeconds) {
  EXPECT_EQ(read({"0"}), seconds(0));
  EXPECT_EQ(read({"1"}), seconds(1));
  EXPECT_EQ(read({"0120"}), seconds(120));
}

TEST(RetryAfter, CapsWhatIsAbsurd) {
  for (const char* value :
       {"901", "999999999", "4294967296", "99999999999999999999", "100000000000000000000000000000"})
    EXPECT_EQ(read({value}), seconds(limits::retry_after_max)) << value;
}

TEST(RetryAfter, TakesADateAgainstTheAnswersOwnDate) {
  const std::string now = "Thu, 26 Nov 2026 01:00:00 GMT";
  EXPECT_EQ(read({"Thu, 26 Nov 2026 01:00:30 GMT"}, now), seconds(30));
  EXPECT_EQ(read({"Thu, 26 Nov 2026 00:00:00 GMT"}, now), seconds(0));
  EXPECT_EQ(read({"Sat, 26 Nov 9999 00:00:00 GMT"}, now), seconds(limits::retry_after_max));
  EXPECT_EQ(read({"Thu, 26 Nov 2026 01:00:30 GMT"}), std::nullopt) << "no clock of ours decides";
}

TEST(RetryAfter, JunkIsTheNormalBackoff) {
  const std::string now = "Thu, 26 Nov 2026 01:00:00 GMT";
  const std::vector<std::string> junk = {"",
                                         "-1",
                                         "+5",
                                         "1.5",
                                         "1e3",
                                         "0x10",
                                         "5 ",
                                         "five",
                                         "1,2",
                                         "Thu, 31 Feb 2026 01:00:00 GMT",
                                         "Thu, 26 Nov 2026 25:00:00 GMT",
                                         "Thu, 26 Nov 2026 01:00:00 CET",
                                         "Thu, 26 Foo 2026 01:00:00 GMT",
                                         "Thu, 26 anF 2026 01:00:00 GMT",
                                         "2026-11-26T01:00:00Z"};
  for (const std::string& value : junk) EXPECT_EQ(read({value}, now), std::nullopt) << value;
  EXPECT_EQ(read({}), std::nullopt);
  EXPECT_EQ(read({"1", "2"}), std::nullopt) << "two lines";
}

}  // namespace
}  // namespace bursar::http
