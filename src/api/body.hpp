// Bodies and queries: structs that Boost.Describe knows and whose rules Described<> holds. Reading reports all faults
// at once; writing goes straight to text, without a document in between.
#pragma once
#include <boost/describe/class.hpp>
#include <boost/describe/members.hpp>
#include <boost/mp11/algorithm.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/values.hpp"

namespace bursar::api {

template <class Body>
using MembersOf = boost::describe::describe_members<Body, boost::describe::mod_public>;

template <class Body>
concept IsDescribed = requires { Described<Body>::members; };

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

/// The rules are those of the members, in their order.
template <class Body>
consteval bool rules_match_members() {
  std::size_t i = 0;
  bool match = true;
  boost::mp11::mp_for_each<MembersOf<Body>>([&](auto member) {
    match = match && i < std::size(Described<Body>::members) && Described<Body>::members[i].name == member.name;
    ++i;
  });
  return match && i == std::size(Described<Body>::members);
}

/// Calls `visit(member value, rule entry)` for each member.
template <class Body, class Visit>
void for_each_member(Body& body, Visit visit) {
  static_assert(rules_match_members<std::remove_const_t<Body>>());
  const Member* rule = Described<std::remove_const_t<Body>>::members;
  boost::mp11::mp_for_each<MembersOf<std::remove_const_t<Body>>>(
      [&](auto member) { visit(body.*member.pointer, *rule++); });
}

template <class T>
bool is_required(const Rule& rule) {
  return !is_optional<T> || rule.required;
}

/// Adds a fault for each name that is no member.
void refuse_unknown_fields(const json::object& object, std::span<const Member> members, Faults& faults);

/// Reads a body; use it only when no fault was added.
template <IsDescribed Body>
Body read_body(const json::object& object, Faults& faults) {
  Body body;
  std::size_t known = 0;
  for_each_member(body, [&]<class T>(T& value, const Member& member) {
    const Place place{Part::body, member.name};
    if (const json::value* found = object.if_contains(member.name)) {
      ++known;
      read_json(*found, member.rule, place, faults, value);
    } else if (is_required<T>(member.rule)) {
      faults.add(Part::body, place.text(), faults::missing, "is required");
    }
  });
  if (known < object.size()) refuse_unknown_fields(object, Described<Body>::members, faults);
  return body;
}

/// RFC 3986 §2.1; nullopt when an escape is malformed. '+' stays a plus.
std::optional<std::string> percent_decode(std::string_view text);

/// Decoded names and values of a query, in their order (query.cpp).
using Parameters = std::vector<std::pair<std::string, std::string>>;
/// '+' is a plus, so that the offset of a time survives. Malformed escapes, repeated and unknown names are faults.
Parameters parse_query(std::string_view query, std::span<const Member> members, Faults& faults);
const std::string* find_parameter(const Parameters& parameters, std::string_view name);

/// Reads a query; use it only when no fault was added.
template <IsDescribed Query>
Query read_query(std::string_view text, Faults& faults) {
  const Parameters parameters = parse_query(text, Described<Query>::members, faults);
  Query query;
  for_each_member(query, [&]<class T>(T& value, const Member& member) {
    const Place place{Part::query, member.name};
    if (const std::string* found = find_parameter(parameters, member.name))
      read_text(*found, member.rule, place, faults, value);
    else if (is_required<T>(member.rule))
      faults.add(Part::query, std::string(member.name), faults::missing, "is required");
  });
  return query;
}

// ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────────
template <class T>
void append_json(std::string& out, const std::optional<T>& value);
template <class T>
void append_json(std::string& out, const std::vector<T>& values);
template <IsDescribed Body>
void append_json(std::string& out, const Body& body);

template <class T>
bool is_absent(const T& value) {
  if constexpr (is_optional<T>) return !value.has_value();
  return false;
}

template <class T>
void append_json(std::string& out, const std::optional<T>& value) {
  append_json(out, *value);
}

template <class T>
void append_json(std::string& out, const std::vector<T>& values) {
  out += '[';
  for (const T& value : values) {
    if (&value != values.data()) out += ',';
    append_json(out, value);
  }
  out += ']';
}

/// Absent members are left out.
template <IsDescribed Body>
void append_json(std::string& out, const Body& body) {
  out += '{';
  bool first = true;
  for_each_member(body, [&](const auto& value, const Member& member) {
    if (is_absent(value)) return;
    out += first ? "\"" : ",\"";
    first = false;
    out += member.name;
    out += "\":";
    append_json(out, value);
  });
  out += '}';
}

template <IsDescribed Body>
std::string to_json(const Body& body) {
  std::string text;
  append_json(text, body);
  return text;
}

}  // namespace bursar::api
