#include "auth/token.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "auth/signature.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"

namespace bursar::auth {
namespace {

constexpr std::array<std::pair<Algorithm, std::string_view>, 4> algorithm_names{{
    {Algorithm::hs256, "HS256"},
    {Algorithm::rs256, "RS256"},
    {Algorithm::es256, "ES256"},
    {Algorithm::eddsa, "EdDSA"},
}};

}  // namespace

std::string_view to_text(Algorithm algorithm) {
  return std::ranges::find(algorithm_names, algorithm, &std::pair<Algorithm, std::string_view>::first)
      ->second;
}

std::optional<Algorithm> parse_algorithm(std::string_view text) {
  const auto* found =
      std::ranges::find(algorithm_names, text, &std::pair<Algorithm, std::string_view>::second);
  if (found == algorithm_names.end()) return std::nullopt;
  return found->first;
}

std::string mint(const Key& key, const VerifierOptions& issuer, const MintRequest& request, Instant now) {
  if (request.lifetime < std::chrono::seconds(1) || request.lifetime > limits::token_lifetime_max)
    throw UsageError(fmt::format("a token lives 1 s to {} s, not {} s",
                                 std::chrono::seconds(limits::token_lifetime_max).count(),
                                 request.lifetime.count()));
  const SignatureKey signer(key);
  const auto issued = std::chrono::floor<std::chrono::seconds>(now);
  json::array roles;
  for (const RoleName role : request.roles) roles.emplace_back(to_text(role));
  const std::string subject = request.subject.text();
  // The microsecond makes it unique; no randomness, so that a test can repeat a token.
  const Sha256 id = sha256(fmt::format("{} {} {}", key.id, subject, now.time_since_epoch().count()));

  const json::object header{{"alg", to_text(key.algorithm)}, {"typ", "at+jwt"}, {"kid", key.id}};
  const json::object payload{
      {"iss", issuer.issuer},
      {"aud", issuer.audience},
      {"sub", subject},
      {"client_id", subject},
      {"iat", issued.time_since_epoch().count()},
      {"exp", (issued + request.lifetime).time_since_epoch().count()},
      {"jti", to_base64url(std::span(id).first(16))},
      {"roles", std::move(roles)},
  };
  std::string token =
      to_base64url(bytes_of(json::to_text(header))) + "." + to_base64url(bytes_of(json::to_text(payload)));
  const auto signature = signer.sign(token);
  if (!signature)
    throw UsageError(fmt::format("the token key '{}' can only verify: it has no signing half", key.id));
  return token + "." + to_base64url(*signature);
}

}  // namespace bursar::auth
