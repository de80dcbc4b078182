#include "base/log.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "base/json.hpp"

namespace bursar::log {
namespace {

constexpr std::string_view time = "2026-11-26T01:02:03.004Z";

TEST(LogLine, IsOneJsonObjectWhateverTheFieldsHold) {
  const std::string nasty = std::string("line\nfeed \" \\ \x01 \xFF ") + '\0';
  const std::string line =
      format_line(Level::warning, "odd_event\n",
                  {{"text", nasty}, {"key \"\n", "x"}, {"n", -5}, {"d", 1.5}, {"b", true}}, time);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const auto parsed = json::parse(line);
  // NUL is written as an escape, which our own strict reader refuses; nothing else may be wrong with the
  // line.
  if (!parsed) EXPECT_NE(parsed.error().what.find("NUL"), std::string::npos) << line << parsed.error().what;
}

TEST(LogLine, CarriesTimeLevelEventAndTypedFields) {
  const auto parsed = json::parse(
      format_line(Level::error, "charge_failed",
                  {{"payment", "p-1"}, {"tries", 3}, {"seconds", 0.25}, {"parked", false}}, time));
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(json::to_text(*parsed),
            R"({"time":"2026-11-26T01:02:03.004Z","level":"error","event":"charge_failed","payment":"p-1",)"
            R"("tries":3,"seconds":2.5E-1,"parked":false})");
}

TEST(LogLine, UnsignedNumbersAndShortIntegersAreNumbers) {
  const auto parsed = json::parse(format_line(
      Level::info, "e", {{"size", std::size_t{7}}, {"short", std::int16_t{-2}}, {"byte", std::uint8_t{255}}},
      time));
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->as_object().at("size").as_int64(), 7);
  EXPECT_EQ(parsed->as_object().at("short").as_int64(), -2);
  EXPECT_EQ(parsed->as_object().at("byte").as_int64(), 255);
}

TEST(Log, LinesBelowTheLevelAreNotWritten) {
  const Level before = level();
  set_level(Level::error);
  ::testing::internal::CaptureStderr();
  info("not_wanted");
  error("wanted", {{"n", 1}});
  std::string written;
  // The writer is another thread; flush() only hands it the wish.
  flush();
  write_now(Level::error, "last_words", {});
  for (int i = 0; i < 1000 && written.find("\"wanted\"") == std::string::npos; ++i) {
    written += ::testing::internal::GetCapturedStderr();
    ::testing::internal::CaptureStderr();
    std::this_thread::yield();
  }
  written += ::testing::internal::GetCapturedStderr();
  set_level(before);
  EXPECT_EQ(written.find("not_wanted"), std::string::npos);
  EXPECT_NE(written.find("\"wanted\""), std::string::npos);
  EXPECT_NE(written.find("last_words"), std::string::npos);
}

}  // namespace
}  // namespace bursar::log
