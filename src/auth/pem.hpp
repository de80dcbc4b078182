// One public key in PEM (RFC 7468 §13). Pure.
#pragma once
#include <expected>
#include <string>
#include <string_view>

#include "auth/token.hpp"

namespace bursar::auth {

/// The key with the id `id`; its algorithm follows from its type: RSA → RS256, P-256 → ES256, Ed25519 →
/// EdDSA. The error says what the text holds instead: nothing, a private key, a certificate, two keys, an
/// unusable key.
std::expected<Key, std::string> parse_pem(std::string_view text, std::string id);

}  // namespace bursar::auth
