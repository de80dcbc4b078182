#include "domain/idempotency.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/json.hpp"
#include "domain/structured_string.hpp"

namespace bursar {
namespace {

std::optional<json::array> vectors(std::string_view file) {
  const auto path = std::filesystem::path(BURSAR_SOURCE_DIR) / "../shared/corpora/structured-fields" / file;
  if (!std::filesystem::exists(path)) return std::nullopt;
  std::ifstream stream(path, std::ios::binary);
  // The vectors spell control characters as escapes, NUL among them, which our own reader refuses by design.
  std::string text(std::istreambuf_iterator<char>(stream), {});
  constexpr std::string_view nul = "\\u0000";
  for (auto at = text.find(nul); at != std::string::npos; at = text.find(nul))
    text.replace(at, nul.size(), "\\u0001");
  const auto parsed = json::parse(text);
  EXPECT_TRUE(parsed.has_value()) << file << ": " << (parsed ? "" : parsed.error().what);
  return parsed ? std::optional(parsed->as_array()) : std::nullopt;
}

// RFC 9110 §5.3: several lines of a field are one value with commas between. (Two Idempotency-Key lines are
// refused before the parser; the vectors still say what it must do.)
std::string joined(const json::array& lines) {
  std::string value;
  for (const auto& line : lines) {
    if (&line != lines.data()) value += ", ";
    value += std::string_view(line.as_string());
  }
  return value;
}

// Runs one file; returns how many vectors it held. Items that are no strings must be refused.
int check_vectors(const json::array& cases) {
  int checked = 0;
  for (const auto& test : cases) {
    const auto& object = test.as_object();
    const std::string value = joined(object.at("raw").as_array());
    const auto parsed = parse_structured_string(value);
    const bool must_fail = object.contains("must_fail");
    const auto* expected = must_fail ? nullptr : object.at("expected").as_array().data();
    const auto& name = object.at("name").as_string();
    if (expected != nullptr && expected->is_string()) {
      EXPECT_EQ(parsed, std::string(expected->as_string())) << name;
    } else {
      EXPECT_EQ(parsed, std::nullopt) << name;
    }
    ++checked;
  }
  return checked;
}

TEST(StructuredString, DecidesThePublicVectorsAsTheyDo) {
  struct {
    std::string_view file;
    int holds;
  } const files[] = {{"string.json", 14}, {"string-generated.json", 256}, {"item.json", 5}};
  for (const auto& [file, holds] : files) {
    const auto cases = vectors(file);
    if (!cases) GTEST_SKIP() << "no ../shared/corpora/structured-fields beside the checkout";
    EXPECT_EQ(check_vectors(*cases), holds) << file;
  }
}

TEST(StructuredString, NothingMayFollowTheQuote) {
  EXPECT_EQ(parse_structured_string(R"("a")"), "a");
  EXPECT_EQ(parse_structured_string(R"(  "a"  )"), "a");
  for (const auto* bad :
       {R"("a";x=1)", R"("a"b)", R"("a" "b")", R"("a", "b")", R"(b"a")", "\t\"a\"", "", "\"", "a"})
    EXPECT_EQ(parse_structured_string(bad), std::nullopt) << bad;
}

TEST(IdempotencyKey, QuotedAndBareAreTheSameKey) {
  EXPECT_EQ(parse_idempotency_key("order-17/a"), "order-17/a");
  EXPECT_EQ(parse_idempotency_key("\"order-17/a\""), "order-17/a");
  EXPECT_EQ(parse_idempotency_key(R"("a\"b\\c")"), R"(a"b\c)");
  EXPECT_EQ(parse_idempotency_key(R"(a"b)"), R"(a"b)");
  EXPECT_EQ(parse_idempotency_key(std::string(255, 'k')), std::string(255, 'k'));
  EXPECT_EQ(parse_idempotency_key("\"" + std::string(255, 'k') + "\""), std::string(255, 'k'));
}

TEST(IdempotencyKey, BadOnesAreRefusedWithASentence) {
  const std::string too_long(256, 'k');
  const std::string too_long_quoted = "\"" + too_long + "\"";
  for (const std::string_view bad :
       {std::string_view(""), std::string_view("\"\""), std::string_view("a b"), std::string_view("\"a b\""),
        std::string_view("a\tb"), std::string_view("a\x7F"), std::string_view("ключ"),
        std::string_view("\"é\""), std::string_view("\"open"), std::string_view("\"a\"b"),
        std::string_view("\"a\\x\""), std::string_view("a\0b", 3), std::string_view(too_long),
        std::string_view(too_long_quoted)}) {
    const auto key = parse_idempotency_key(bad);
    ASSERT_FALSE(key.has_value()) << bad;
    EXPECT_TRUE(key.error().starts_with("Idempotency-Key")) << key.error();
  }
}

PrincipalId principal(std::uint8_t last) {
  PrincipalId id;
  id.value.bytes[15] = last;
  return id;
}

TEST(KeyDigest, DependsOnPrincipalRouteAndKey) {
  const auto digest = key_digest(principal(1), "POST /payments", "k");
  EXPECT_EQ(digest, key_digest(principal(1), "POST /payments", "k"));
  EXPECT_NE(digest, key_digest(principal(2), "POST /payments", "k"));
  EXPECT_NE(digest, key_digest(principal(1), "POST /refunds", "k"));
  EXPECT_NE(digest, key_digest(principal(1), "POST /payments", "K"));
  EXPECT_NE(key_digest(principal(1), "ab", "c"), key_digest(principal(1), "a", "bc"));
}

// The digest is stored for as long as the payment: another one would make retries new payments.
TEST(KeyDigest, NeverChanges) {
  EXPECT_EQ(key_digest(principal(1), "POST /payments", "order-17").text(),
            "79743126-4ebc-546e-3211-0523e9b9d6c5");
}

Fingerprint of(std::string_view body) { return fingerprint_of(json::parse(body)->as_object()); }

TEST(Fingerprint, IsTheSameForTheSameMembers) {
  const auto base = of(R"({"user_id":"0192f0c1-2345-7abc-8def-0123456789ab","amount":5,"currency":"EUR"})");
  EXPECT_EQ(base.size(), 33U);
  EXPECT_EQ(base[0], 1);
  EXPECT_EQ(base,
            of(R"( {"currency" : "EUR", "amount":5, "user_id":"0192F0C1-2345-7ABC-8DEF-0123456789AB"} )"));
  EXPECT_EQ(base,
            of(R"({"user_id":"0192f0c1-2345-7abc-8def-0123456789ab","amount":5,"curr\u0065ncy":"EUR"})"));
}

TEST(Fingerprint, DiffersWhereTheBodyDoes) {
  const auto base = of(R"({"amount":5,"currency":"EUR","metadata":{"a":"1"}})");
  for (const auto* other :
       {R"({"amount":6,"currency":"EUR","metadata":{"a":"1"}})",
        R"({"amount":5,"currency":"USD","metadata":{"a":"1"}})",
        R"({"amount":5,"currency":"EUR","metadata":{"a":"2"}})",
        R"({"amount":5,"currency":"EUR","metadata":{}})", R"({"amount":5,"currency":"EUR"})",
        R"({"amount":5,"currency":"EUR","metadata":{"a":"1"},"reference":"r"})",
        R"({"amount":5,"currency":"EUR","metadata":{"A":"1"}})"})
    EXPECT_NE(base, of(other)) << other;
}

}  // namespace
}  // namespace bursar
