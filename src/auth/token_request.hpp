// A request for a token by client credentials (RFC 6749 §4.4), read strictly: each way to send them is
// decoded by its own rule, a parameter that comes twice is refused, and what was sent is never repeated in an
// answer. Pure.
#pragma once
#include <expected>
#include <string>

#include "http/message.hpp"

namespace bursar::auth {

struct TokenRequest {
  std::string client_id;
  std::string client_secret;
};

/// What is wrong, by the names of RFC 6749 §5.2.
struct TokenRefusal {
  enum class Error { invalid_request, invalid_client, unsupported_grant_type, wrong_media_type };
  Error error = Error::invalid_request;
  /// A sentence for the client's developer.
  std::string detail;
  friend bool operator==(const TokenRefusal&, const TokenRefusal&) = default;
};

/// The body is a form or a JSON object with `grant_type`, and `client_id` and `client_secret` unless these
/// come as Basic authorization (§2.3.1: both parts form-encoded, then base64). Other members are ignored and
/// an empty one is absent (§3.2).
std::expected<TokenRequest, TokenRefusal> read_token_request(const http::Request& request);

}  // namespace bursar::auth
