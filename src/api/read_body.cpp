#include "api/read_body.hpp"

#include <algorithm>

#include "domain/card_number.hpp"

namespace bursar::api {
namespace {

std::string names_of(std::span<const Member> members) {
  std::string names;
  for (const Member& member : members) {
    if (!names.empty()) names += ", ";
    names += member.name;
  }
  return names.empty() ? "none" : names;
}

bool is_known(std::span<const Member> members, std::string_view name) {
  return std::ranges::any_of(members, [&](const Member& member) { return member.name == name; });
}

}  // namespace

void refuse_unknown_fields(const json::object& object, std::span<const Member> members, Faults& faults) {
  for (const auto& entry : object)
    if (!is_known(members, entry.key()))
      faults.add(Part::body, "/" + pointer_token(entry.key()), faults::unknown_field,
                 "is no field of this request; there are: " + names_of(members));
}

http::Parameters parse_parameters(std::string_view query, std::span<const Member> members, Faults& faults) {
  auto sent = http::parse_query(query);
  if (!sent) {
    const bool has_card = contains_card_number(http::unmasked(query));
    faults.add(Part::query, "", faults::malformed,
               has_card ? "is malformed, and not repeated because it has a card number in it" : sent.error());
    return {};
  }
  http::Parameters parameters;
  for (auto& [name, value] : *sent) {
    if (!is_known(members, name))
      faults.add(Part::query, pointer_token(name), faults::unknown_field,
                 "is no parameter here; there are: " + names_of(members));
    else if (find_parameter(parameters, name) != nullptr)
      faults.add(Part::query, name, faults::repeated, "is there more than once; send it once");
    else
      parameters.emplace_back(std::move(name), std::move(value));
  }
  return parameters;
}

const std::string* find_parameter(const http::Parameters& parameters, std::string_view name) {
  const auto found = std::ranges::find(parameters, name, &http::Parameters::value_type::first);
  return found == parameters.end() ? nullptr : &found->second;
}

}  // namespace bursar::api
