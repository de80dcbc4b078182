// The inside of a token: its header and its claims as strict types. Pure; knows no key and no cache. For
// TokenReader.
#pragma once
#include <boost/json/object.hpp>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "auth/issuer.hpp"
#include "base/json.hpp"

namespace bursar::auth {

/// The three parts of the compact form (RFC 7515 §3.1), still encoded.
struct Compact {
  std::string_view header;
  std::string_view payload;
  std::string_view signature;
  /// header '.' payload: what is signed.
  std::string_view signed_text;
};
std::optional<Compact> split_compact(std::string_view token);

struct Header {
  std::string algorithm;
  std::optional<std::string> key_id;
};
/// Refuses members that would bring their own key (`jwk`, `jku`, `x5u`, `x5c`), change what is signed (`b64`,
/// `zip`) or must be understood (`crit`), and every `typ` but at+jwt and JWT (RFC 8725 §3.10, §3.11). Other
/// members are ignored.
std::expected<Header, Refusal> read_header(std::string_view encoded);

/// Strict JSON; says nothing yet about what it holds.
std::expected<json::object, Refusal> read_payload(std::string_view encoded);
/// `iss`; empty when it is missing or no text.
std::string_view issuer_of(const json::object& payload);

/// `aud`, `sub` and `exp` must be there; `nbf` and `iat` are checked where they are. Our own `roles` is an
/// array of names; names that this version does not know are ignored, because an issuer may know more roles
/// than we do, and a role can only ever add rights. A foreign `roles` is not looked at, and a foreign token
/// that says it is an ID token is refused. The key's part of the result is the caller's to fill in.
std::expected<Verified, Refusal> read_claims(const json::object& payload, const Issuer& issuer, Instant now);

}  // namespace bursar::auth
