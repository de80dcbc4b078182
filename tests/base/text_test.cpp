#include "base/text.hpp"

#include <gtest/gtest.h>

#include "base/json.hpp"

namespace bursar {
namespace {

TEST(Text, OnlyShortestFormsOfCodePointsAreUtf8) {
  for (const std::string_view good :
       {"", "a", "é", "€", "😀", "\x7F", "\xF4\x8F\xBF\xBF", "\xED\x9F\xBF", "\xEE\x80\x80"})
    EXPECT_TRUE(is_utf8(good)) << good;
  const std::string_view bad[] = {
      "\x80",              // a lone continuation
      "\xC3",              // cut off
      "\xE2\x82",          // cut off
      "\xF0\x9F\x98",      // cut off
      "\xC0\x80",          // overlong NUL
      "\xC1\xBF",          // overlong
      "\xE0\x9F\xBF",      // overlong
      "\xF0\x8F\xBF\xBF",  // overlong
      "\xED\xA0\x80",      // surrogate
      "\xED\xBF\xBF",      // surrogate
      "\xF4\x90\x80\x80",  // above U+10FFFF
      "\xF5\x80\x80\x80",
      "\xFF",
      "a\xE9",  // Latin-1
  };
  for (const auto text : bad) EXPECT_FALSE(is_utf8(text)) << to_hex(bytes_of(text));
}

TEST(Text, CountsCodePoints) {
  EXPECT_EQ(code_points(""), 0U);
  EXPECT_EQ(code_points("aé€😀"), 4U);
}

TEST(Text, SafeTextFitsSqlAndLogs) {
  EXPECT_EQ(safe_text("fine", 10), "fine");
  EXPECT_EQ(safe_text("a\xE9z", 10), "a\xEF\xBF\xBDz");
  EXPECT_EQ(safe_text(std::string_view("a\0b", 3), 10),
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(safe_text("😀😀😀", 2), "😀😀");
  EXPECT_EQ(safe_text("abc", 0), "");
  EXPECT_TRUE(is_utf8(safe_text("\xFF\xC0\xED\xA0\x80", 100)));
}

TEST(Text, JsonStringsReadBackAsWhatWentIn) {
  std::string everything;
  for (int c = 1; c < 128; ++c) everything += static_cast<char>(c);
  everything += "é€😀";
  std::string quoted;
  append_json_string(quoted, everything);
  const auto parsed = json::parse(quoted);
  ASSERT_TRUE(parsed.has_value()) << quoted;
  EXPECT_EQ(std::string_view(parsed->as_string()), everything);
}

TEST(Text, InvalidUtf8InJsonStringsIsReplaced) {
  std::string quoted;
  append_json_string(quoted, "a\xFF");
  EXPECT_EQ(quoted, "\"a\xEF\xBF\xBD\"");
}

TEST(Text, HexGoesBothWays) {
  const std::vector<std::uint8_t> bytes{0x00, 0x9A, 0xFF};
  EXPECT_EQ(to_hex(bytes), "009aff");
  EXPECT_EQ(from_hex("009aff"), bytes);
  EXPECT_EQ(from_hex("009AFF"), bytes);
  EXPECT_EQ(from_hex(""), std::vector<std::uint8_t>{});
  for (const auto* bad : {"0", "0g", "0x", " 0", "00 ", "é"}) EXPECT_EQ(from_hex(bad), std::nullopt) << bad;
}

TEST(Text, Base64UrlHasOneSpellingPerValue) {
  struct {
    std::string_view bytes, text;
  } const table[] = {{"", ""},        {"f", "Zg"},        {"fo", "Zm8"},
                     {"foo", "Zm9v"}, {"foob", "Zm9vYg"}, {"\xFB\xEF\xFF", "--__"}};
  for (const auto& [bytes, text] : table) {
    EXPECT_EQ(to_base64url(bytes_of(bytes)), text);
    const auto decoded = from_base64url(text);
    ASSERT_TRUE(decoded.has_value()) << text;
    EXPECT_EQ(text_of(*decoded), bytes);
  }
  for (const auto* bad : {"Zg==", "Zh", "Zm9=", "Z", "Zm9vY", "Zm 9", "Zg\n", "++//", "Zm8.", "Zm9"})
    EXPECT_EQ(from_base64url(bad), std::nullopt) << bad;
}

TEST(Text, ConstantTimeComparisonComparesAllOfIt) {
  EXPECT_TRUE(equal_in_constant_time(bytes_of("abc"), bytes_of("abc")));
  EXPECT_TRUE(equal_in_constant_time(bytes_of(""), bytes_of("")));
  EXPECT_FALSE(equal_in_constant_time(bytes_of("abc"), bytes_of("abd")));
  EXPECT_FALSE(equal_in_constant_time(bytes_of("abc"), bytes_of("ab")));
}

}  // namespace
}  // namespace bursar
