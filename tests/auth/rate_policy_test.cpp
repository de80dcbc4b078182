// The policy of rate limits: how rates are written, and what the document says of the defaults.
#include "auth/rate_policy.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace bursar::auth {
namespace {

TEST(RatePolicy, RatesAreReadExactly) {
  using namespace std::chrono_literals;
  struct {
    std::string_view text;
    Rate rate;
  } const table[] = {
      {"200/s:400", {5ms, 400}},  {"1/s", {1s, 1}},          {"30/m", {2s, 30}},
      {"1/h:24", {1h, 24}},       {"3/s:1", {333'334us, 1}}, {"100000/s:1000000", {10us, 1'000'000}},
      {"6000000/m:5", {10us, 5}}, {"off", {0us, 1}},         {"86400/h:86400", {41'667us, 86'400}},
  };
  for (const auto& [text, rate] : table) {
    const auto read = parse_rate(text);
    ASSERT_TRUE(read.has_value()) << text << ": " << read.error();
    EXPECT_EQ(*read, rate) << text;
  }
  for (const auto* bad : {"",
                          "s",
                          "/s",
                          "200",
                          "200/",
                          "200/d",
                          "200/S",
                          "200/sec",
                          "0/s",
                          "-1/s",
                          "+1/s",
                          "1.5/s",
                          "1e3/s",
                          " 1/s",
                          "1/s ",
                          "1/s:",
                          "1/s:0",
                          "1/s:-1",
                          "1/s:x",
                          "1:2/s",
                          "1/s:2:3",
                          "100001/s",
                          "1/s:1000001",
                          "1/h:25",
                          "Off",
                          "none",
                          "99999999999999999999/s",
                          "1/s:99999999999999999999",
                          "6000001/m"}) {
    const auto read = parse_rate(bad);
    ASSERT_FALSE(read.has_value()) << bad;
    EXPECT_NE(read.error().find(fmt::format("'{}'", bad)), std::string::npos) << read.error();
  }
}

TEST(RatePolicy, SaysOnlyWhatItWasTold) {
  const auto policy = RatePolicy::parse(" create=2/s:5 ,token_address=off").value();
  EXPECT_EQ(policy.find(RateClass::create)->policy, R"("create";q=5;w=3)");
  EXPECT_TRUE(policy.find(RateClass::token_address)->rate.is_unlimited());
  EXPECT_EQ(policy.find(RateClass::read), nullptr);
  EXPECT_EQ(RatePolicy::parse("").value().find(RateClass::create), nullptr);
  const auto both = RatePolicy::defaults().with(policy);
  EXPECT_EQ(both.find(RateClass::create)->rate.burst, 5);
  EXPECT_EQ(both.find(RateClass::read)->rate, RatePolicy::defaults().find(RateClass::read)->rate);
  for (const auto* bad : {"create", "create=", "=1/s", "pay=1/s", "Create=1/s", "create=1/s,create=2/s",
                          "create=1/s,", ",", "create=1/s;read=1/s", "create =1/s", "create= 1/s"})
    EXPECT_FALSE(RatePolicy::parse(bad).has_value()) << bad;
}

TEST(RatePolicy, EveryClassHasANameAndADefault) {
  for (std::size_t i = 0; i < rate_classes; ++i) {
    const RateClass name{static_cast<std::uint8_t>(i)};
    EXPECT_EQ(parse_rate_class(to_text(name)), name);
    ASSERT_NE(RatePolicy::defaults().find(name), nullptr);
    EXPECT_EQ(RatePolicy::defaults().find(name)->name, name);
  }
  EXPECT_EQ(parse_rate_class(""), std::nullopt);
}

TEST(RatePolicy, TheDocumentHasTheDefaults) {
  std::ifstream file(std::filesystem::path(BURSAR_SOURCE_DIR) / "docs/rate-limits.md");
  std::size_t found = 0;
  for (std::string line; std::getline(file, line);) {
    // | `class` | what | key | `rate` |
    if (!line.starts_with("| `") || !line.ends_with("` |")) continue;
    const auto name = parse_rate_class(line.substr(3, line.find('`', 3) - 3));
    ASSERT_TRUE(name.has_value()) << line;
    line.resize(line.size() - 3);
    const auto rate = parse_rate(line.substr(line.rfind('`') + 1));
    ASSERT_TRUE(rate.has_value()) << line;
    EXPECT_EQ(*rate, RatePolicy::defaults().find(*name)->rate) << line;
    ++found;
  }
  EXPECT_EQ(found, rate_classes);
}

}  // namespace
}  // namespace bursar::auth
