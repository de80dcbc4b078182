#include <gtest/gtest.h>

#include <set>

#include "base/limits.hpp"
#include "domain/money.hpp"

namespace bursar {
namespace {

TEST(Currency, KnowsTheExponentOfEveryKind) {
  struct {
    std::string_view code;
    int exponent;
  } const table[] = {
      {"EUR", 2}, {"USD", 2}, {"GBP", 2}, {"CHF", 2}, {"XCG", 2}, {"ZWG", 2}, {"SLE", 2},
      {"VED", 2}, {"MRU", 2}, {"JPY", 0}, {"KRW", 0}, {"CLP", 0}, {"ISK", 0}, {"UGX", 0},
      {"XOF", 0}, {"XAF", 0}, {"XPF", 0}, {"VND", 0}, {"KWD", 3}, {"BHD", 3}, {"JOD", 3},
      {"OMR", 3}, {"TND", 3}, {"IQD", 3}, {"LYD", 3}, {"CLF", 4}, {"UYW", 4},
  };
  for (const auto& [code, exponent] : table) {
    const auto currency = Currency::from_code(code);
    ASSERT_TRUE(currency.has_value()) << code;
    EXPECT_EQ(currency->exponent(), exponent) << code;
    EXPECT_EQ(currency->code(), code);
    EXPECT_FALSE(currency->name().empty()) << code;
  }
}

TEST(Currency, CodesAreExactAndCurrent) {
  for (const auto* bad : {"", "E", "EU", "eur", "Eur", "EURO", " EUR", "EUR ", "E\0R", "978", "€", "ZZZ",
                          // without a minor unit
                          "XAU", "XAG", "XTS", "XXX", "XDR", "XBA", "XUA",
                          // gone
                          "DEM", "HRK", "BGN", "ANG", "SLL", "CUC", "ZWL", "VEF", "BYR"})
    EXPECT_FALSE(Currency::from_code(bad).has_value()) << bad;
}

TEST(Currency, TableIsListOneOf2026) {
  std::set<std::string_view> codes;
  std::set<int> numbers;
  for (const auto& info : Currency::all()) {
    EXPECT_EQ(info.code.size(), 3U);
    EXPECT_TRUE(info.number > 0 && info.number < 1000) << info.code;
    EXPECT_TRUE(info.exponent == 0 || (info.exponent >= 2 && info.exponent <= 4)) << info.code;
    EXPECT_EQ(Currency::from_code(info.code)->name(), info.name);
    codes.insert(info.code);
    numbers.insert(info.number);
  }
  EXPECT_EQ(codes.size(), 165U);
  EXPECT_EQ(numbers.size(), 165U);
}

TEST(Currency, EqualMeansTheSameCode) {
  EXPECT_EQ(*Currency::from_code("EUR"), *Currency::from_code("EUR"));
  EXPECT_FALSE(*Currency::from_code("EUR") == *Currency::from_code("USD"));
}

TEST(Money, ReadsAsPeopleWriteIt) {
  struct {
    std::int64_t minor;
    std::string_view code;
    std::string_view text;
  } const table[] = {
      {1234, "EUR", "12.34 EUR"},
      {1, "EUR", "0.01 EUR"},
      {10, "EUR", "0.10 EUR"},
      {100, "EUR", "1.00 EUR"},
      {0, "EUR", "0.00 EUR"},
      {1200, "JPY", "1200 JPY"},
      {1, "KWD", "0.001 KWD"},
      {12345, "CLF", "1.2345 CLF"},
      {limits::amount_minor_max, "EUR", "90071992547409.91 EUR"},
      {-1, "EUR", "-0.01 EUR"},
      {-1234, "JPY", "-1234 JPY"},
      {std::numeric_limits<std::int64_t>::min(), "EUR", "-92233720368547758.08 EUR"},
  };
  for (const auto& [minor, code, text] : table)
    EXPECT_EQ((Money{minor, *Currency::from_code(code)}.text()), text);
}

}  // namespace
}  // namespace bursar
