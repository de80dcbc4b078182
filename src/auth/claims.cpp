#include "auth/claims.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cmath>

#include "base/json.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "http/message.hpp"

namespace bursar::auth {
namespace {

std::unexpected<Refusal> refuse(std::string reason) { return std::unexpected(Refusal{std::move(reason)}); }

std::expected<json::object, Refusal> read_object(std::string_view encoded, std::string_view part) {
  const auto bytes = from_base64url(encoded);
  if (!bytes) return refuse(fmt::format("the {} is not base64url", part));
  auto parsed = json::parse(text_of(*bytes));
  if (!parsed) return refuse(fmt::format("the {} is not strict JSON: {}", part, parsed.error().what));
  if (!parsed->is_object()) return refuse(fmt::format("the {} is no JSON object", part));
  return std::move(parsed->as_object());
}

std::optional<std::string> text_member(const json::object& from, std::string_view name) {
  const json::value* found = from.if_contains(name);
  if (found == nullptr || !found->is_string()) return std::nullopt;
  return std::string(found->as_string());
}

bool is_access_token_type(std::string_view type) {
  constexpr std::string_view prefix = "application/";  // RFC 7515 §4.1.9
  if (type.size() > prefix.size() && http::equal_name(type.substr(0, prefix.size()), prefix))
    type.remove_prefix(prefix.size());
  return http::equal_name(type, "at+jwt") || http::equal_name(type, "JWT");
}

/// NumericDate (RFC 7519 §2): seconds since 1970, fractions by value; nullopt for a text, a negative number
/// and everything behind the year 9999, where no clock can compare any more.
std::optional<Instant> read_date(const json::value& number) {
  constexpr double end = 253'402'300'800.0;  // 10000-01-01
  double value = 0;
  if (number.is_int64())
    value = static_cast<double>(number.as_int64());
  else if (number.is_double())
    value = number.as_double();
  else
    return std::nullopt;  // uint64 starts at 2^63
  if (!(value >= 0 && value < end)) return std::nullopt;
  const double whole = std::floor(value);
  return Instant(std::chrono::seconds(static_cast<std::int64_t>(whole)) +
                 std::chrono::microseconds(static_cast<std::int64_t>((value - whole) * 1e6)));
}

bool names_audience(const json::object& claims, std::string_view audience) {
  const json::value* found = claims.if_contains("aud");
  if (found == nullptr) return false;
  if (found->is_string()) return found->as_string() == audience;
  if (!found->is_array()) return false;
  bool named = false;
  for (const json::value& one : found->as_array()) {
    if (!one.is_string()) return false;
    named = named || one.as_string() == audience;
  }
  return named;
}

std::expected<std::vector<RoleName>, Refusal> read_roles(const json::object& claims) {
  std::vector<RoleName> roles;
  const json::value* found = claims.if_contains("roles");
  if (found == nullptr) return roles;
  if (!found->is_array()) return refuse("the claim 'roles' is no array");
  for (const json::value& one : found->as_array()) {
    if (!one.is_string()) return refuse("the claim 'roles' holds something else than names");
    const auto role = parse_role(one.as_string());
    if (role && std::ranges::find(roles, *role) == roles.end()) roles.push_back(*role);
  }
  return roles;
}

/// Claims that bind an ID token to what was issued with it (OpenID Connect Core §3.1.3.6, §3.3.2.11). `nonce`
/// is no sign of one: older versions of Keycloak put it into access tokens too.
bool is_id_token(const json::object& claims) {
  return claims.contains("at_hash") || claims.contains("c_hash");
}

bool is_foreign_subject(std::string_view subject) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  return !subject.empty() && subject.size() <= limits::token_subject_bytes &&
         std::ranges::none_of(subject, is_control);
}

/// Sets the times, or says why `now` is outside of them.
std::optional<std::string> check_times(const json::object& payload, Verified& verified, Instant now) {
  const json::value* exp = payload.if_contains("exp");
  if (exp == nullptr) return "it has no expiry (exp)";
  const auto expires_at = read_date(*exp);
  if (!expires_at) return "its expiry (exp) is no number of seconds between 1970 and 9999";
  if (now >= *expires_at + limits::token_leeway) return "it has expired";
  verified.expires_at = *expires_at;
  for (const std::string_view name : {"nbf", "iat"}) {
    const json::value* found = payload.if_contains(name);
    if (found == nullptr) continue;
    const auto from = read_date(*found);
    if (!from) return fmt::format("its {} is no number of seconds between 1970 and 9999", name);
    if (now < *from - limits::token_leeway) return fmt::format("it is not valid yet ({})", name);
    verified.not_before = std::max(verified.not_before, *from);
    if (name == "iat") verified.issued_at = *from;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Compact> split_compact(std::string_view token) {
  const std::size_t first = token.find('.');
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t second = token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos)
    return std::nullopt;
  return Compact{token.substr(0, first), token.substr(first + 1, second - first - 1),
                 token.substr(second + 1), token.substr(0, second)};
}

std::expected<Header, Refusal> read_header(std::string_view encoded) {
  const auto members = read_object(encoded, "header");
  if (!members) return std::unexpected(members.error());
  for (const std::string_view name : {"crit", "b64", "zip", "jwk", "jku", "x5u", "x5c"})
    if (members->contains(name)) return refuse(fmt::format("the header member '{}' is not accepted", name));
  Header header;
  const auto algorithm = text_member(*members, "alg");
  if (!algorithm) return refuse("the header names no algorithm (alg)");
  header.algorithm = *algorithm;
  header.key_id = text_member(*members, "kid");
  if (!header.key_id && members->contains("kid")) return refuse("the header's kid is no text");
  if (header.key_id && header.key_id->size() > limits::key_id_bytes)
    return refuse(fmt::format("the header's kid is longer than {} bytes", limits::key_id_bytes));
  const auto type = text_member(*members, "typ");
  if (!type || !is_access_token_type(*type)) return refuse("its type (typ) is neither at+jwt nor JWT");
  return header;
}

std::expected<json::object, Refusal> read_payload(std::string_view encoded) {
  return read_object(encoded, "payload");
}

std::string_view issuer_of(const json::object& payload) {
  const json::value* found = payload.if_contains("iss");
  return found != nullptr && found->is_string() ? std::string_view(found->as_string()) : std::string_view();
}

std::expected<Verified, Refusal> read_claims(const json::object& payload, const Issuer& issuer, Instant now) {
  if (!names_audience(payload, issuer.audience)) return refuse("its audience (aud) is another");
  if (!issuer.ours && is_id_token(payload))
    return refuse("it is an ID token (at_hash, c_hash), and this takes access tokens");
  Verified verified;
  if (auto reason = check_times(payload, verified, now)) return refuse(std::move(*reason));
  auto subject = text_member(payload, "sub");
  if (issuer.ours && (!subject || !parse_uuid(*subject))) return refuse("its subject (sub) is no UUID");
  if (!subject || !is_foreign_subject(*subject))
    return refuse(fmt::format("its subject (sub) is no text of 1 to {} bytes without control characters",
                              limits::token_subject_bytes));
  if (issuer.ours) {
    auto roles = read_roles(payload);
    if (!roles) return std::unexpected(roles.error());
    verified.claimed = std::move(*roles);
  }
  verified.issuer = issuer.name;
  verified.subject = std::move(*subject);
  verified.ours = issuer.ours;
  verified.default_role = issuer.default_role;
  return verified;
}

}  // namespace bursar::auth
