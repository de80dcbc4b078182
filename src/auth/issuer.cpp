#include "auth/issuer.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "auth/key_url.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/limits.hpp"

namespace bursar::auth {
namespace {

std::string need_text(const json::object& from, std::string_view name) {
  const json::value* found = from.if_contains(name);
  if (found == nullptr || !found->is_string() || found->as_string().empty() ||
      found->as_string().size() > limits::issuer_bytes)
    throw UsageError(fmt::format("'{}' must be a text of 1 to {} bytes", name, limits::issuer_bytes));
  return std::string(found->as_string());
}

std::vector<Algorithm> read_algorithms(const json::object& from) {
  std::vector<Algorithm> algorithms;
  const json::value* found = from.if_contains("algorithms");
  if (found == nullptr) return algorithms;
  const UsageError fault("'algorithms' must be an array of RS256, ES256 and EdDSA");
  if (!found->is_array() || found->as_array().empty()) throw fault;
  for (const json::value& one : found->as_array()) {
    const auto algorithm = one.is_string() ? parse_algorithm(one.as_string()) : std::nullopt;
    if (!algorithm || *algorithm == Algorithm::hs256) throw fault;
    algorithms.push_back(*algorithm);
  }
  return algorithms;
}

std::optional<RoleName> read_default_role(const json::object& from) {
  const json::value* found = from.if_contains("default_role");
  if (found == nullptr || found->is_null()) return std::nullopt;
  if (!found->is_string() || found->as_string() != to_text(RoleName::customer))
    throw UsageError(
        "'default_role' must be \"customer\" or null; others are given to one principal at a time");
  return RoleName::customer;
}

std::string read_keys_at(const json::object& from, bool is_development) {
  std::string keys_at = need_text(from, "keys");
  if (keys_at.starts_with('/')) return keys_at;
  try {
    parse_key_url(keys_at, is_development);
  } catch (const UsageError& error) {
    throw UsageError(
        fmt::format("'keys' must be an https URL or the absolute path of a file: {}", error.what()));
  }
  return keys_at;
}

ForeignIssuer read_issuer(const json::object& from, bool is_development) {
  constexpr std::array<std::string_view, 5> known = {"issuer", "audience", "keys", "default_role",
                                                     "algorithms"};
  for (const auto& member : from)
    if (std::ranges::find(known, std::string_view(member.key())) == known.end())
      throw UsageError(
          fmt::format("there is no member '{}'; members are issuer, audience, keys, default_role, algorithms",
                      std::string_view(member.key())));
  ForeignIssuer foreign;
  foreign.issuer.name = need_text(from, "issuer");
  foreign.issuer.audience = need_text(from, "audience");
  foreign.issuer.default_role = read_default_role(from);
  foreign.keys_at = read_keys_at(from, is_development);
  foreign.algorithms = read_algorithms(from);
  return foreign;
}

}  // namespace

void leave_out_others(std::vector<Key>& keys, const std::vector<Algorithm>& algorithms) {
  if (algorithms.empty()) return;
  std::erase_if(
      keys, [&](const Key& key) { return std::ranges::find(algorithms, key.algorithm) == algorithms.end(); });
}

std::vector<ForeignIssuer> parse_issuers(std::string_view text, bool is_development) {
  const auto parsed = json::parse(text);
  if (!parsed)
    throw UsageError(fmt::format("is no JSON: at byte {}: {}", parsed.error().offset, parsed.error().what));
  if (!parsed->is_array()) throw UsageError("is no JSON array");
  const json::array& list = parsed->as_array();
  if (list.size() > limits::foreign_issuers)
    throw UsageError(fmt::format("names {} issuers, more than {}", list.size(), limits::foreign_issuers));
  std::vector<ForeignIssuer> issuers;
  for (const json::value& one : list) {
    const std::size_t number = issuers.size() + 1;
    if (!one.is_object()) throw UsageError(fmt::format("issuer {} is no JSON object", number));
    try {
      issuers.push_back(read_issuer(one.as_object(), is_development));
    } catch (const UsageError& fault) {
      throw UsageError(fmt::format("issuer {}: {}", number, fault.what()));
    }
    const std::string& name = issuers.back().issuer.name;
    const auto has_name = [&](const ForeignIssuer& other) { return other.issuer.name == name; };
    if (std::ranges::count_if(issuers, has_name) > 1)
      throw UsageError(fmt::format("issuer {}: '{}' is named twice", number, name));
  }
  return issuers;
}

}  // namespace bursar::auth
