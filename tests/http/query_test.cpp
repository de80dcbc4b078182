// Percent-decoding: one meaning or an error that says what to do.
#include "http/query.hpp"

#include <gtest/gtest.h>

#include "base/limits.hpp"

namespace bursar::http {
namespace {

Parameters parsed(std::string_view text) {
  auto result = parse_query(text);
  EXPECT_TRUE(result) << text << ": " << result.error();
  return result.value_or(Parameters{});
}

TEST(ParseQuery, PairsComeDecodedInTheirOrder) {
  EXPECT_EQ(parsed(""), Parameters());
  EXPECT_EQ(parsed("b=2&a=1&b=3"), (Parameters{{"b", "2"}, {"a", "1"}, {"b", "3"}}));
  EXPECT_EQ(parsed("a="), (Parameters{{"a", ""}}));
  EXPECT_EQ(parsed("a=b=c"), (Parameters{{"a", "b=c"}}));
  EXPECT_EQ(parsed("n%61me=caf%C3%A9%20%26%3D"), (Parameters{{"name", "caf\xC3\xA9 &="}}));
  EXPECT_EQ(parsed("a=%2541%2526b"), (Parameters{{"a", "%41%26b"}})) << "decoded once";
}

TEST(ParseQuery, APlusStaysAPlusSoThatNoInstantMoves) {
  EXPECT_EQ(parsed("created_after=2026-01-01T00:00:00+01:00"),
            (Parameters{{"created_after", "2026-01-01T00:00:00+01:00"}}));
  EXPECT_EQ(parsed("created_after=2026-01-01T00:00:00%2B01:00"),
            (Parameters{{"created_after", "2026-01-01T00:00:00+01:00"}}));
}

TEST(ParseQuery, WhatHasNoSingleMeaningIsAnError) {
  for (const std::string_view text :
       {"a", "&", "a=1&", "&a=1", "a=1&&b=2", "=1", "a=%", "a=%4", "a=%zz", "a=%4z", "a=%00", "%00=a",
        "a=%FF", "a=%C0%AF", "a=%ED%A0%80", "a=%C3"}) {
    const auto result = parse_query(text);
    ASSERT_FALSE(result) << text;
    EXPECT_GT(result.error().size(), 20u) << text;
  }
}

TEST(ParseQuery, TheNumberOfParametersIsBounded) {
  std::string text = "a=1";
  for (std::size_t i = 1; i < limits::query_parameters; ++i) text += "&a=1";
  EXPECT_EQ(parsed(text).size(), limits::query_parameters);
  EXPECT_FALSE(parse_query(text + "&a=1"));
}

TEST(ParseForm, APlusIsABlank) {
  EXPECT_EQ(parse_form("a+b=c+d%2B").value(), (Parameters{{"a b", "c d+"}}));
  EXPECT_FALSE(parse_form("a=%zz"));
}

TEST(DecodeSegment, OneSpellingOfAPathNeverPassesForAnother) {
  EXPECT_EQ(decode_segment("0190-ab").value(), "0190-ab");
  EXPECT_EQ(decode_segment("caf%C3%A9%20+").value(), "caf\xC3\xA9 +");
  EXPECT_EQ(decode_segment("").value(), "");
  EXPECT_EQ(decode_segment("a%252Fb").value(), "a%2Fb") << "decoded once";
  for (const std::string_view segment :
       {"a%2Fb", "%2f", ".", "..", "%2e%2E", ".%2e", "%0a", "%7f", "%00", "%", "%C3"})
    EXPECT_FALSE(decode_segment(segment)) << segment;
}

TEST(Unmasked, IsForSearchingWhateverIsMalformed) {
  EXPECT_EQ(unmasked("a%34%2f%zz%4%"), "a4/%zz%4%");
  EXPECT_EQ(unmasked("%2534"), "%34") << "once";
}

}  // namespace
}  // namespace bursar::http
