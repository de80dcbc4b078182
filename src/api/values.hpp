// The types a member of a body or a query parameter may have: how each is read (all faults at once), written,
// and described in JSON Schema. body.hpp puts them together to bodies.
#pragma once
#include <fmt/format.h>

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/problems.hpp"
#include "api/rule.hpp"
#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "domain/payment.hpp"

namespace bursar::api {

/// A JSON object of texts, already checked, as compact text.
struct TextPairs {
  std::string json;
};
/// JSON that is passed on as it is.
struct JsonText {
  std::string_view json;
};
using Day = std::chrono::sys_days;

/// The place of the member that is being read. The text is made only for a fault.
struct Place {
  Part part = Part::body;
  std::string_view name;
  std::string text() const;
};

/// A pointer's token with ~ and / escaped (RFC 6901), cut and masked so that it can be shown.
std::string pointer_token(std::string_view name);

// ── Reading from text (query parameters, and JSON strings); false after adding a fault ──
bool read_text(std::string_view text, const Rule& rule, const Place& place, Faults& faults, std::string& out);
bool read_text(std::string_view text, const Rule& rule, const Place& place, Faults& faults, Uuid& out);
bool read_text(std::string_view text, const Rule& rule, const Place& place, Faults& faults,
               std::int64_t& out);
bool read_text(std::string_view text, const Rule& rule, const Place& place, Faults& faults, Instant& out);
bool read_text(std::string_view text, const Rule& rule, const Place& place, Faults& faults, Day& out);
bool read_text(std::string_view text, const Rule& rule, const Place& place, Faults& faults,
               PaymentStatus& out);
bool read_text(std::string_view text, const Rule& rule, const Place& place, Faults& faults,
               std::optional<Currency>& out);
template <class Tag>
bool read_text(std::string_view text, const Rule& rule, const Place& place, Faults& faults,
               StrongUuid<Tag>& out) {
  return read_text(text, rule, place, faults, out.value);
}
template <class T>
bool read_text(std::string_view text, const Rule& rule, const Place& place, Faults& faults,
               std::optional<T>& out) {
  return read_text(text, rule, place, faults, out.emplace());
}

// ── Reading from JSON ──
/// The string, or nullptr after a fault.
const boost::json::string* expect_string(const json::value& value, const Place& place, Faults& faults);

bool read_json(const json::value& value, const Rule& rule, const Place& place, Faults& faults,
               std::int64_t& out);
bool read_json(const json::value& value, const Rule& rule, const Place& place, Faults& faults,
               TextPairs& out);
template <class T>
bool read_json(const json::value& value, const Rule& rule, const Place& place, Faults& faults, T& out) {
  const auto* text = expect_string(value, place, faults);
  return text != nullptr && read_text(std::string_view(*text), rule, place, faults, out);
}
template <class T>
  requires std::same_as<T, std::int64_t> || std::same_as<T, TextPairs>
bool read_json(const json::value& value, const Rule& rule, const Place& place, Faults& faults,
               std::optional<T>& out) {
  return read_json(value, rule, place, faults, out.emplace());
}

// ── Writing ──
inline void append_json(std::string& out, std::string_view text) { append_json_string(out, text); }
inline void append_json(std::string& out, const std::string& text) { append_json_string(out, text); }
inline void append_json(std::string& out, std::int64_t number) {
  fmt::format_to(std::back_inserter(out), "{}", number);
}
inline void append_json(std::string& out, bool flag) { out += flag ? "true" : "false"; }
inline void append_json(std::string& out, JsonText text) { out += text.json; }
void append_json(std::string& out, double number);
void append_json(std::string& out, const Uuid& id);
void append_json(std::string& out, Instant instant);
void append_json(std::string& out, Day day);
inline void append_json(std::string& out, PaymentStatus status) { append_json_string(out, to_text(status)); }
inline void append_json(std::string& out, PendingReason reason) { append_json_string(out, to_text(reason)); }
template <class Tag>
void append_json(std::string& out, const StrongUuid<Tag>& id) {
  append_json(out, id.value);
}

}  // namespace bursar::api
