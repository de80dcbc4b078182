#include "gateway/stripe_money.hpp"

#include <gtest/gtest.h>

namespace bursar::gateway {
namespace {

std::expected<StripeAmount, std::string> convert(std::int64_t minor, std::string_view code,
                                                 bool live = true) {
  const auto currency = Currency::from_code(code);
  if (!currency) return std::unexpected("no such currency in the table");
  return to_stripe({minor, *currency}, live);
}

TEST(StripeMoney, ConvertsExactlyIntoTheGatewaysUnits) {
  struct Case {
    std::int64_t minor;
    std::string_view code;
    std::int64_t amount;
  };
  const std::vector<Case> cases = {
      {1234, "EUR", 1234},
      {1, "USD", 1},
      {1200, "JPY", 1200},  // no subunit on both sides
      {500, "KRW", 500},
      {5, "ISK", 500},
      {5, "UGX", 500},  // written with two zeros
      {500, "MGA", 5},  // ISO 2 decimals, Stripe none
      {5120, "KWD", 5120},
      {10, "BHD", 10},
      {99'999'990, "TND", 99'999'990},
      {99'999'999, "USD", 99'999'999},
      {999'999'999'999, "IDR", 999'999'999'999},
  };
  for (const Case& one : cases) {
    const auto converted = convert(one.minor, one.code);
    ASSERT_TRUE(converted) << one.code << ": " << converted.error();
    EXPECT_EQ(converted->amount, one.amount) << one.code;
    EXPECT_EQ(converted->currency.size(), 3u);
    for (const char c : converted->currency) EXPECT_TRUE(c >= 'a' && c <= 'z') << converted->currency;
  }
}

TEST(StripeMoney, RefusesWhatItCannotSayExactly) {
  const std::vector<std::pair<std::int64_t, std::string_view>> refused = {
      {501, "MGA"}, {1, "MGA"}, {5124, "KWD"}, {1, "BHD"}, {5, "OMR"}, {5, "JOD"}, {5, "TND"},
  };
  for (const auto& [minor, code] : refused) {
    EXPECT_FALSE(convert(minor, code)) << code;
    EXPECT_FALSE(convert(minor, code, false)) << "the simulator rounds nothing either: " << code;
  }
}

TEST(StripeMoney, RefusesWhatStripeDoesNotTake) {
  EXPECT_FALSE(convert(100'000'000, "USD"));
  EXPECT_FALSE(convert(1'000'000'000'000, "IDR"));
  EXPECT_FALSE(convert(1'000'000, "ISK")) << "eight digits in its own units";
  for (const std::string_view code : {"CLF", "IRR", "LYD", "CUP"}) {
    ASSERT_TRUE(Currency::from_code(code)) << code;
    EXPECT_FALSE(convert(1000, code)) << code;
    EXPECT_TRUE(convert(1000, code, false)) << "the simulator takes every currency: " << code;
  }
}

TEST(StripeMoney, TheSimulatorTakesTheGreatestAmountOfEveryTwoDecimalCurrency) {
  const auto converted = convert(9'007'199'254'740'991, "USD", false);
  ASSERT_TRUE(converted);
  EXPECT_EQ(converted->amount, 9'007'199'254'740'991);
}

}  // namespace
}  // namespace bursar::gateway
