// POST /auth/token: a client proves who it is and gets an access token (RFC 6749 §4.4, RFC 9068), and
// GET /.well-known/jwks.json: the keys with which others verify such tokens. Whoever is unknown, revoked or
// wrong gets the same answer after the same work.
#pragma once
#include "api/call.hpp"
#include "auth/issued_keys.hpp"
#include "auth/secret_hashes.hpp"
#include "auth/token_request.hpp"
#include "store/principals.hpp"

namespace bursar::api {

/// For the specification; token_request.hpp reads it, also as a form.
struct TokenRequestBody {
  std::string_view grant_type;
  std::optional<std::string_view> client_id, client_secret;
};
BOOST_DESCRIBE_STRUCT(TokenRequestBody, (), (grant_type, client_id, client_secret))

template <>
struct Described<TokenRequestBody> {
  static constexpr std::string_view name = "TokenRequest";
  static constexpr std::string_view description =
      "Client credentials, as a form or as JSON. `client_id` and `client_secret` may come as Basic "
      "authorization instead, each form-encoded first.";
  static constexpr Member members[] = {
      {"grant_type", {.description = "Always `client_credentials`.", .example = R"("client_credentials")"}},
      {"client_id",
       {.description = "The principal's id.", .example = R"("3d5c8a10-2b7e-4f6a-8c91-5e0f7a6b4d22")"}},
      {"client_secret", {.description = "One of its secrets.", .example = R"("bsr_…")"}},
  };
};

struct TokenBody {
  std::string access_token;
  std::string_view token_type = "Bearer";
  std::int64_t expires_in = 0;
};
BOOST_DESCRIBE_STRUCT(TokenBody, (), (access_token, token_type, expires_in))

template <>
struct Described<TokenBody> {
  static constexpr std::string_view name = "Token";
  static constexpr std::string_view description = "An access token (RFC 6749 §5.1, RFC 9068).";
  static constexpr Member members[] = {
      {"access_token",
       {.description = "Send it as `Authorization: Bearer …`.", .example = R"("eyJhbGciOi…")"}},
      {"token_type", {.description = "Always `Bearer`.", .example = R"("Bearer")"}},
      {"expires_in", {.description = "Its life in seconds; get the next one earlier.", .example = "900"}},
  };
};

/// What issuing needs. Everything outlives the API.
struct TokenIssuer {
  store::Principals& principals;
  auth::SecretHashes& hashes;
  const auth::IssuedKeysHolder& keys;
  /// iss and aud of what is issued.
  std::string issuer, audience;
};

Task<http::Response> issue_token(const Call& call, const TokenIssuer& issuer, const Clock& clock);
Task<http::Response> show_key_set(const Call& call, const TokenIssuer& issuer);

}  // namespace bursar::api
