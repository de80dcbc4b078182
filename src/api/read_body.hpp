// Reads bodies and queries into their structs and reports all faults at once.
#pragma once
#include <span>

#include "api/body.hpp"
#include "http/query.hpp"

namespace bursar::api {

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

/// Decoded names and values of a query (http/query.hpp); malformed text, repeated and unknown names are
/// faults.
http::Parameters parse_parameters(std::string_view query, std::span<const Member> members, Faults& faults);
const std::string* find_parameter(const http::Parameters& parameters, std::string_view name);

/// Reads a query; use it only when no fault was added.
template <IsDescribed Query>
Query read_query(std::string_view text, Faults& faults) {
  const http::Parameters parameters = parse_parameters(text, Described<Query>::members, faults);
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

/// How much of a parameter of the query the audit log may hold, from which nobody can erase.
enum class Kept { nothing, name, value };
using KeptOf = Kept (*)(std::string_view name, std::string_view value);

/// Values of ids, times, numbers, states and texts that a rule lists; of free text the name, and of anything
/// that is not what it should be.
template <IsDescribed Query>
Kept kept_of(std::string_view name, std::string_view value) {
  Kept kept = Kept::nothing;
  Query query;
  for_each_member(query, [&]<class T>(T& into, const Member& member) {
    if (member.name != name) return;
    kept = Kept::name;
    constexpr bool is_text = std::same_as<T, std::optional<std::string>> || std::same_as<T, std::string>;
    if (is_text && member.rule.complaint == nullptr) return;
    Faults unused;
    if (read_text(value, member.rule, {Part::query, member.name}, unused, into)) kept = Kept::value;
  });
  return kept;
}

}  // namespace bursar::api
