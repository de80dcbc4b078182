// Idempotency keys and fingerprints against drawn keys and bodies: what is the same request, and what is not.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/limits.hpp"
#include "domain/idempotency.hpp"
#include "domain/structured_string.hpp"
#include "testing/any_json.hpp"

namespace bursar {
namespace {

using testing::any_json;
using testing::any_object;
using testing::any_spelling;
using testing::any_text;

/// Of characters `from` … `to`.
std::string any_characters(char from, char to, std::size_t least, std::size_t most) {
  const auto size = *rc::gen::inRange(least, most + 1);
  return *rc::gen::container<std::string>(size, rc::gen::inRange<char>(from, static_cast<char>(to + 1)));
}

std::string in_quotes(std::string_view text) {
  std::string field = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') field += '\\';
    field += c;
  }
  return field + "\"";
}

TEST(AnyStructuredString, ComesBackFromItsQuotes) {
  EXPECT_TRUE(rc::check([] {
    const std::string text = any_characters(0x20, 0x7D, 0, 60) + "~";
    const std::string field = in_quotes(text);
    RC_ASSERT(parse_structured_string(field) == text);
    RC_ASSERT(parse_structured_string("  " + field + " ") == text);
    RC_ASSERT(parse_structured_string(field.substr(0, field.size() - 1)) == std::nullopt);
    RC_ASSERT(parse_structured_string(
                  field + *rc::gen::element<std::string>("x", ";a", "\"", ", \"b\"", "\t")) == std::nullopt);
  }));
}

TEST(AnyStructuredString, WithAnotherByteInItIsNone) {
  EXPECT_TRUE(rc::check([] {
    std::string field = in_quotes(any_characters('!', '}', 0, 30));
    const auto byte =
        *rc::gen::suchThat(rc::gen::arbitrary<char>(), [](char c) { return c < 0x20 || c == 0x7F; });
    // In front of the closing quote, where no escape can swallow it.
    field.insert(field.size() - 1, 1, byte);
    RC_ASSERT(parse_structured_string(field) == std::nullopt);
    RC_ASSERT(!parse_idempotency_key(field).has_value());
  }));
}

TEST(AnyIdempotencyKey, IsTheSameBareAndQuoted) {
  EXPECT_TRUE(rc::check([] {
    std::string key = any_characters('!', '}', 1, limits::idempotency_key_characters - 1) + "~";
    if (key.front() == '"') key.front() = 'k';  // bare, it would begin a quoted string
    RC_ASSERT(parse_idempotency_key(key).value() == key);
    RC_ASSERT(parse_idempotency_key(in_quotes(key)).value() == key);
  }));
}

TEST(AnyIdempotencyKey, HasItsLengthCountedWithoutQuotesAndEscapes) {
  EXPECT_TRUE(rc::check([] {
    const auto size = *rc::gen::inRange<std::size_t>(1, limits::idempotency_key_characters * 2);
    const std::string key = any_characters('"', '\\', size, size);
    const bool fits = size <= limits::idempotency_key_characters;
    RC_ASSERT(parse_idempotency_key(in_quotes(key)).has_value() == fits);
    RC_ASSERT(parse_idempotency_key("k" + key.substr(1)).has_value() == fits);
  }));
}

Fingerprint of(const json::value& body) { return fingerprint_of(body.as_object()); }

TEST(AnyFingerprint, IsOneForEverySpellingOfABody) {
  EXPECT_TRUE(rc::check([] {
    const json::value body = any_object(3);
    const auto first = json::parse(any_spelling(body));
    const auto second = json::parse(any_spelling(body));
    RC_ASSERT(first.has_value() && second.has_value());
    RC_ASSERT(of(*first) == of(*second));
    RC_ASSERT(of(*first) == of(body));
  }));
}

/// Somewhere inside: another value, a member less, a member more, null instead of absent.
void change(json::value& body) {
  auto* members = body.if_object();
  auto* items = body.if_array();
  const std::size_t size = members != nullptr ? members->size() : items != nullptr ? items->size() : 0;
  const auto which = size == 0 ? 0 : *rc::gen::inRange<std::size_t>(0, size);
  const int how = *rc::gen::inRange(0, size == 0 ? 1 : 4);
  if (members != nullptr && how == 0) {
    std::string name = any_text();
    while (members->contains(name)) name += "x";
    (*members)[name] = *rc::gen::arbitrary<bool>() ? json::value(nullptr) : any_json(1);
  } else if (items != nullptr && how == 0) {
    items->push_back(any_json(1));
  } else if (members != nullptr && how == 1) {
    members->erase(std::next(members->begin(), static_cast<std::ptrdiff_t>(which)));
  } else if (items != nullptr && how == 1) {
    items->erase(std::next(items->begin(), static_cast<std::ptrdiff_t>(which)));
  } else if (members != nullptr) {
    change(std::next(members->begin(), static_cast<std::ptrdiff_t>(which))->value());
  } else if (items != nullptr) {
    change(items->at(which));
  } else {
    const json::value before = body;
    while (body == before) body = any_json(0);
  }
}

TEST(AnyFingerprint, IsAnotherOneWhenAnythingInTheBodyIs) {
  EXPECT_TRUE(rc::check([] {
    const json::value body = any_object(3);
    json::value changed = body;
    change(changed);
    RC_LOG() << json::to_text(body) << "\n" << json::to_text(changed);
    RC_ASSERT(changed != body);
    RC_ASSERT(of(changed) != of(body));
  }));
}

TEST(AnyFingerprint, TellsANumberFromItsOtherSpellings) {
  EXPECT_TRUE(rc::check([] {
    const auto amount = *rc::gen::inRange<std::int64_t>(1, limits::amount_minor_max);
    const auto with = [&](std::string_view before, std::string_view behind) {
      return of(*json::parse(fmt::format("{{\"amount\":{}{}{}}}", before, amount, behind)));
    };
    const auto plain = with("", "");
    for (const auto& [before, behind] :
         {std::pair("\"", "\""), {"", ".0"}, {"", "e0"}, {"-", ""}, {"[", "]"}})
      RC_ASSERT(with(before, behind) != plain);
  }));
}

}  // namespace
}  // namespace bursar
