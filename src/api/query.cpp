#include <algorithm>

#include "api/body.hpp"
#include "base/limits.hpp"

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

std::optional<char> hex_pair(std::string_view text) {
  if (text.size() < 2) return std::nullopt;
  const auto byte = from_hex(text.substr(0, 2));
  return byte ? std::optional(static_cast<char>(byte->front())) : std::nullopt;
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

std::optional<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    const auto byte = hex_pair(text.substr(i + 1));
    if (!byte) return std::nullopt;
    decoded += *byte;
    i += 2;
  }
  return decoded;
}

Parameters parse_query(std::string_view query, std::span<const Member> members, Faults& faults) {
  Parameters parameters;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    auto name = percent_decode(pair.substr(0, equals));
    auto value = percent_decode(pair.substr(std::min(equals + 1, pair.size())));
    const std::string shown = pointer_token(pair.substr(0, equals));
    if (!name || !value)
      faults.add(Part::query, shown, faults::malformed, "has a % that is not followed by two hexadecimal digits");
    else if (!is_known(members, *name))
      faults.add(Part::query, shown, faults::unknown_field, "is no parameter here; there are: " + names_of(members));
    else if (find_parameter(parameters, *name) != nullptr)
      faults.add(Part::query, shown, faults::repeated, "is there more than once; send it once");
    else
      parameters.emplace_back(std::move(*name), std::move(*value));
  }
  return parameters;
}

const std::string* find_parameter(const Parameters& parameters, std::string_view name) {
  const auto found = std::ranges::find(parameters, name, &Parameters::value_type::first);
  return found == parameters.end() ? nullptr : &found->second;
}

}  // namespace bursar::api
