#include "api/values.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/limits.hpp"
#include "domain/card_number.hpp"

namespace bursar::api {

std::string pointer_token(std::string_view name) {
  if (contains_card_number(name)) return "[card number]";
  std::string token;
  for (const char c : safe_text(name, limits::shown_characters)) {
    if (c == '~')
      token += "~0";
    else if (c == '/')
      token += "~1";
    else
      token += c;
  }
  return token;
}

std::string Place::text() const { return part == Part::body ? "/" + std::string(name) : std::string(name); }

namespace {

bool fail(Faults& faults, const Place& place, const FaultKind& kind, std::string message) {
  faults.add(place.part, place.text(), kind, std::move(message));
  return false;
}

bool has_control_character(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

bool check_range(std::int64_t number, const Rule& rule, const Place& place, Faults& faults) {
  if (number < rule.minimum)
    return fail(faults, place, faults::too_small, fmt::format("must be at least {}", rule.minimum));
  if (number > rule.maximum)
    return fail(faults, place, faults::too_large, fmt::format("must be at most {}", rule.maximum));
  return true;
}

}  // namespace

bool read_text(std::string_view text, const Rule& rule, const Place& place, Faults& faults,
               std::string& out) {
  const bool is_no_card = rule.form_excludes_cards && rule.complaint(text).empty();
  if (!is_no_card && contains_card_number(text))
    return fail(faults, place, faults::card_number,
                "contains a card number; send a token of your payment form instead");
  const std::size_t characters = code_points(text);
  if (characters > rule.max_characters)
    return fail(faults, place, faults::too_long,
                fmt::format("has {} characters; at most {} are allowed", characters, rule.max_characters));
  if (characters < rule.min_characters)
    return fail(faults, place, faults::too_short,
                characters == 0 ? "is empty; leave it out instead"
                                : fmt::format("has {} characters; at least {} are needed", characters,
                                              rule.min_characters));
  if (text.find('\0') != std::string_view::npos || !is_utf8(text))
    return fail(faults, place, faults::malformed, "must be UTF-8 without NUL");
  if (!rule.several_lines && has_control_character(text))
    return fail(faults, place, faults::malformed, "must not contain line feeds or other control characters");
  const std::string_view complaint = rule.complaint != nullptr ? rule.complaint(text) : std::string_view();
  if (!complaint.empty()) return fail(faults, place, faults::malformed, std::string(complaint));
  out = text;
  return true;
}

bool read_text(std::string_view text, const Rule&, const Place& place, Faults& faults, Uuid& out) {
  const auto id = parse_uuid(text);
  if (!id)
    return fail(faults, place, faults::malformed,
                "must be a UUID of 36 characters: 0199a3c2-7f10-7abc-8def-0123456789ab");
  out = *id;
  return true;
}

bool read_text(std::string_view text, const Rule& rule, const Place& place, Faults& faults,
               std::int64_t& out) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), out);
  if (parsed.ec == std::errc::result_out_of_range)
    return fail(faults, place, text.starts_with('-') ? faults::too_small : faults::too_large,
                fmt::format("must be between {} and {}", rule.minimum, rule.maximum));
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size())
    return fail(faults, place, faults::malformed, "must be a whole number in decimal digits");
  return check_range(out, rule, place, faults);
}

bool read_text(std::string_view text, const Rule&, const Place& place, Faults& faults, Instant& out) {
  const auto instant = from_rfc3339(text);
  if (!instant)
    return fail(faults, place, faults::malformed,
                "must be a time with an offset (RFC 3339), such as 2026-11-26T12:00:00Z or "
                "2026-11-26T13:00:00+01:00; "
                "write %20 for a blank and %2B or + for a plus");
  out = *instant;
  return true;
}

bool read_text(std::string_view text, const Rule&, const Place& place, Faults& faults, Day& out) {
  constexpr std::size_t date_length = 10;
  const auto instant =
      text.size() == date_length ? from_rfc3339(std::string(text) + "T00:00:00Z") : std::nullopt;
  if (!instant) return fail(faults, place, faults::malformed, "must be a date such as 2026-11-26");
  out = std::chrono::floor<std::chrono::days>(*instant);
  return true;
}

bool read_text(std::string_view text, const Rule&, const Place& place, Faults& faults, PaymentStatus& out) {
  const auto status = parse_payment_status(text);
  if (!status) return fail(faults, place, faults::malformed, "must be PENDING, SUCCESS or FAILED");
  out = *status;
  return true;
}

bool read_text(std::string_view text, const Rule&, const Place& place, Faults& faults,
               std::optional<Currency>& out) {
  out = Currency::from_code(text);
  return out.has_value() || fail(faults, place, faults::not_supported,
                                 "must be the upper-case ISO 4217 code of a currency that is in use and has "
                                 "a minor unit, such as EUR");
}

const boost::json::string* expect_string(const json::value& value, const Place& place, Faults& faults) {
  const auto* text = value.if_string();
  if (text == nullptr)
    fail(faults, place, faults::wrong_type,
         value.is_null() ? "must be a text, not null; leave it out instead" : "must be a text in quotes");
  return text;
}

bool read_json(const json::value& value, const Rule& rule, const Place& place, Faults& faults,
               std::int64_t& out) {
  if (value.is_uint64())
    return fail(faults, place, faults::too_large, fmt::format("must be at most {}", rule.maximum));
  if (!value.is_int64())
    return fail(
        faults, place, faults::wrong_type,
        "must be a whole number, without quotes, fraction or exponent (minor units: 12.34 EUR is 1234)");
  out = value.get_int64();
  return check_range(out, rule, place, faults);
}

namespace {

void check_pair(std::string_view key, const json::value& value, Faults& faults) {
  const std::string at = "/metadata/" + pointer_token(key);
  const Place place{Part::body, std::string_view(at).substr(1)};
  constexpr Rule key_rule{.max_characters = limits::metadata_key_characters};
  constexpr Rule value_rule{
      .min_characters = 0, .max_characters = limits::metadata_value_characters, .several_lines = true};
  std::string unused;
  if (!read_text(key, key_rule, place, faults, unused)) return;
  if (const auto* text = expect_string(value, place, faults))
    read_text(std::string_view(*text), value_rule, place, faults, unused);
}

}  // namespace

bool read_json(const json::value& value, const Rule&, const Place& place, Faults& faults, TextPairs& out) {
  const json::object* pairs = value.if_object();
  if (pairs == nullptr) return fail(faults, place, faults::wrong_type, "must be an object of texts");
  if (pairs->size() > limits::metadata_pairs)
    return fail(faults, place, faults::too_many,
                fmt::format("has {} members; at most {} are allowed", pairs->size(), limits::metadata_pairs));
  const std::size_t before = faults.list().size();
  std::size_t bytes = 0;
  for (const auto& pair : *pairs) {
    check_pair(pair.key(), pair.value(), faults);
    bytes += pair.key().size() + (pair.value().is_string() ? pair.value().get_string().size() : 0);
  }
  if (bytes > limits::metadata_bytes)
    return fail(faults, place, faults::too_long,
                fmt::format("has {} bytes of text; at most {} are allowed", bytes, limits::metadata_bytes));
  if (faults.list().size() > before) return false;
  out.json = json::to_text(value);
  return true;
}

void append_json(std::string& out, double number) {
  if (std::isfinite(number))
    fmt::format_to(std::back_inserter(out), "{}", number);
  else
    out += "null";
}

void append_json(std::string& out, const Uuid& id) {
  out += '"';
  out += id.text();
  out += '"';
}

void append_json(std::string& out, Instant instant) {
  out += '"';
  out += to_rfc3339(instant);
  out += '"';
}

void append_json(std::string& out, Day day) {
  constexpr std::size_t date_length = 10;
  out += '"';
  out += to_rfc3339(Instant(day)).substr(0, date_length);
  out += '"';
}

}  // namespace bursar::api
