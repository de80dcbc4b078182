#include "api/issue_token.hpp"

#include "auth/client_secret.hpp"
#include "base/error.hpp"
#include "base/limits.hpp"

namespace bursar::api {
namespace {

http::Response refuse_request(const http::Request& request, const auth::TokenRefusal& refusal) {
  using enum auth::TokenRefusal::Error;
  switch (refusal.error) {
    case invalid_request:
      return refuse(request, problems::invalid_token_request, refusal.detail);
    case invalid_client:
      return refuse(request, problems::invalid_client, refusal.detail);
    case unsupported_grant_type:
      return refuse(request, problems::unsupported_grant_type, refusal.detail);
    case wrong_media_type:
      return refuse(request, problems::unsupported_media_type, refusal.detail);
  }
  return refuse(request, problems::invalid_token_request, refusal.detail);
}

struct Client {
  PrincipalId principal;
  auth::RoleName role;
};

/// One look and one hash, whether anybody of that name is there or not.
Task<std::optional<Client>> authenticate(const auth::TokenRequest& request, bool known,
                                         const TokenIssuer& issuer) {
  const auto id = parse_uuid(request.client_id);
  const auto secret = auth::id_of_client_secret(request.client_secret);
  const PrincipalId principal(id.value_or(Uuid()));
  const auto login = co_await issuer.principals.find_login(principal, secret.value_or(Uuid()));
  std::string hash = login ? login->hash : auth::no_hash();
  const bool matches = co_await issuer.hashes.matches(std::move(hash), request.client_secret, known);
  const auto role = login ? auth::parse_role(login->role) : std::nullopt;
  if (!matches || !id || !secret || !role) co_return std::nullopt;
  co_return Client{principal, *role};
}

}  // namespace

Task<http::Response> issue_token(const Call& call, const TokenIssuer& issuer, const Clock& clock) {
  const auto request = auth::read_token_request(call.request);
  if (!request) {
    // No account to count for: it is the address that sends nonsense.
    if (auto refusal = call.admission->admit_stranger()) co_return std::move(*refusal);
    co_return refuse_request(call.request, request.error());
  }
  // However it is spelled, an account is one account.
  const auto id = parse_uuid(request->client_id);
  const std::string account = id ? id->text() : request->client_id;
  auto known = call.admission->admit_log_in(account);
  if (!known.has_value()) co_return std::move(known.error());
  // Asked first: a token must not be younger than what was true when its client was looked up.
  const Instant now = clock.now();
  const auto client = co_await authenticate(*request, *known, issuer);
  if (!client)
    co_return refuse(call.request, problems::invalid_client, "client_id or client_secret is not right.");
  call.admission->remember_log_in(account);
  const auto keys = issuer.keys.get();
  if (!keys->signing) throw Unavailable("no token can be issued: " + keys->why_not);
  const auth::VerifierOptions own{issuer.issuer, issuer.audience, {}};
  const std::chrono::seconds lifetime = limits::token_lifetime_max;
  const auth::MintRequest token{client->principal.value, {client->role}, lifetime};
  const TokenBody body{.access_token = auth::mint(*keys->signing, own, token, now),
                       .expires_in = lifetime.count()};
  auto response = answer(body);
  response.with("Cache-Control", "no-store").with("Pragma", "no-cache");  // RFC 6749 §5.1
  co_return response;
}

Task<http::Response> show_key_set(const Call&, const TokenIssuer& issuer) {
  const auto keys = issuer.keys.get();
  if (keys->jwks.empty()) throw Unavailable(keys->why_not);
  http::Response response;
  response.content_type = "application/jwk-set+json";  // RFC 7517 §8.5.2
  response.body = keys->jwks;
  const auto seconds = std::chrono::seconds(limits::key_list_max_age).count();
  response.with("Cache-Control", fmt::format("public, max-age={}", seconds));
  co_return response;
}

}  // namespace bursar::api
