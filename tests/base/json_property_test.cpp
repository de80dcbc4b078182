// The JSON reader against drawn values: one value whatever its spelling, and no text with two readings.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/json.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "testing/any_json.hpp"

namespace bursar::json {
namespace {

using testing::any_blanks;
using testing::any_json;
using testing::any_spelling;
using testing::any_spelling_of_text;
using testing::any_text;

std::string any_document(const value& json) { return any_blanks() + any_spelling(json) + any_blanks(); }

TEST(AnyJson, IsReadAsTheSameValueInEverySpelling) {
  EXPECT_TRUE(rc::check([] {
    const value json = any_json(4);
    const std::string text = any_document(json);
    const auto read = parse(text);
    RC_LOG() << text;
    RC_ASSERT(read.has_value());
    RC_ASSERT(*read == json);
    RC_ASSERT(to_canonical_text(*read) == to_canonical_text(json));
  }));
}

// A reader that took the first of two members, or cut a text at a NUL, would see something else than one that
// does not.
TEST(AnyJson, WithAMemberTwiceIsRefusedOnEveryLevel) {
  EXPECT_TRUE(rc::check([] {
    object members = testing::any_object(2);
    const std::string key = any_text();
    members[key] = any_json(1);
    std::string text = any_spelling(members);
    const std::string again = any_spelling_of_text(key) + any_blanks() + ":" + any_spelling(any_json(1));
    const bool in_front = *rc::gen::arbitrary<bool>();
    if (in_front)
      text.insert(1, again + ",");
    else
      text.insert(text.size() - 1, "," + again);
    for (int left = *rc::gen::inRange(0, 20); left > 0; --left)
      text = *rc::gen::arbitrary<bool>() ? "[" + text + "]" : "{\"x\":" + text + "}";
    const auto read = parse(text);
    RC_LOG() << text;
    RC_ASSERT(!read.has_value());
    RC_ASSERT(read.error().what.find("twice") != std::string::npos);
  }));
}

TEST(AnyJson, IsTakenToTheLimitOfDepthAndNotBeyond) {
  EXPECT_TRUE(rc::check([] {
    const auto levels = *rc::gen::inRange<std::size_t>(1, limits::json_depth * 2);
    std::string text = "1", end;
    for (std::size_t i = 0; i < levels; ++i)
      text = *rc::gen::arbitrary<bool>() ? "[" + text + "]" : "{\"a\":" + text + "}";
    RC_ASSERT(parse(text).has_value() == (levels <= limits::json_depth));
  }));
}

TEST(AnyJson, WithHalfASurrogatePairIsRefused) {
  EXPECT_TRUE(rc::check([] {
    const int half = *rc::gen::inRange(0xD800, 0xE000);
    const int other = *rc::gen::inRange(0xD800, 0xE000);
    const bool is_pair = half < 0xDC00 && other >= 0xDC00;
    const auto text = [](std::string_view inside) { return fmt::format("[\"{}\"]", inside); };
    RC_ASSERT(!parse(text(fmt::format("a\\u{:04x}", half))).has_value());
    RC_ASSERT(!parse(text(fmt::format("\\u{:04X}b", half))).has_value());
    RC_ASSERT(!parse(text(fmt::format("\\u{:04X}\\u0041", half))).has_value());
    RC_ASSERT(parse(text(fmt::format("\\u{:04x}\\u{:04x}", half, other))).has_value() == is_pair);
  }));
}

TEST(AnyJson, WithNulIsRefusedInEverySpelling) {
  EXPECT_TRUE(rc::check([] {
    const std::string before = any_spelling_of_text(any_text());
    const auto nul = *rc::gen::element<std::string>("\\u0000", std::string(1, '\0'));
    const std::string with_nul = before.substr(0, before.size() - 1) + nul + "\"";
    RC_ASSERT(!parse("[" + with_nul + "]").has_value());
    RC_ASSERT(!parse("{" + with_nul + ":1}").has_value());
  }));
}

TEST(AnyJson, HasIntegersOnlyWhereTheyAreWrittenPlainly) {
  EXPECT_TRUE(rc::check([] {
    using boost::json::kind;
    const auto number = *rc::gen::arbitrary<std::int64_t>();
    const std::string plain = fmt::format("{}", number);
    RC_ASSERT(parse(plain)->kind() == kind::int64);
    RC_ASSERT(parse(plain)->get_int64() == number);
    for (const auto* behind : {".0", "e0", "E+0", "e-0", ".00e1"})
      RC_ASSERT(parse(plain + behind)->kind() == kind::double_);
    for (const auto* front : {"+", "0", "--"}) RC_ASSERT(!parse(front + plain).has_value());
    const auto beyond = *rc::gen::inRange<std::uint64_t>(1ULL << 63U, ~0ULL);
    RC_ASSERT(parse(fmt::format("{}", beyond))->kind() == kind::uint64);
  }));
}

// Bytes that were changed at random are refused, or they have one reading: the value that was read, written
// again, is the value.
TEST(AnyJson, ThatWasDamagedIsRefusedOrHasOneReading) {
  EXPECT_TRUE(rc::check([] {
    std::string text = any_document(any_json(3));
    for (int left = *rc::gen::inRange(1, 4); left > 0; --left) {
      const auto at = *rc::gen::inRange<std::size_t>(0, text.size() + 1);
      const char byte =
          *rc::gen::oneOf(rc::gen::element('"', '\\', '{', '}', '[', ']', ',', ':', '0', 'u', '-', 'e'),
                          rc::gen::arbitrary<char>());
      switch (*rc::gen::inRange(0, 3)) {
        case 0:
          text.insert(at, 1, byte);
          break;
        case 1:
          if (at < text.size()) text[at] = byte;
          break;
        default:
          text.erase(std::min(at, text.size()), 1);
      }
    }
    const auto read = parse(text);
    if (!read) {
      RC_ASSERT(read.error().offset <= text.size() && !read.error().what.empty());
      return;
    }
    RC_LOG() << text;
    RC_ASSERT(is_utf8(text) && text.find('\0') == std::string::npos);
    const auto again = parse(to_text(*read));
    RC_ASSERT(again.has_value() && *again == *read);
  }));
}

}  // namespace
}  // namespace bursar::json
