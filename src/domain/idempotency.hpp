// Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): reading it, its scope, and the body's
// fingerprint. Pure functions; policy (401/403/422) is the API's.
#pragma once
#include <boost/json/value.hpp>
#include <expected>
#include <string>
#include <string_view>

#include "domain/payment.hpp"

namespace bursar {

/// Reads the value of the header field: an RFC 8941 string ("…" with \" and \\) or the bare form most clients
/// send; both name the same key. 1–255 visible ASCII characters. The error is a sentence for the caller.
std::expected<std::string, std::string> parse_idempotency_key(std::string_view field_value);

/// (principal, route, key) → digest. `route` is the template without a trailing slash: "POST /payments".
KeyDigest key_digest(PrincipalId principal, std::string_view route, std::string_view key);

/// Over the members present in the parsed body, whatever their order or white space. Ids are compared as
/// bytes, so the case of a UUID does not matter.
Fingerprint fingerprint_of(boost::json::object body);

}  // namespace bursar
