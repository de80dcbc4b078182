// Bodies: structs that Boost.Describe knows and whose rules Described<> holds. Writing goes straight to text,
// without a document in between; read_body.hpp reads them, schema.hpp describes them.
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
    match =
        match && i < std::size(Described<Body>::members) && Described<Body>::members[i].name == member.name;
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

// ── Writing ──
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
