// Public keys as others publish them: JWK and JWK sets (RFC 7517, 7518 §6, 8037 §2). Pure. For files
// (key_files.hpp) and for what a foreign issuer serves (issuer_keys.hpp).
#pragma once
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "auth/token.hpp"

namespace bursar::auth {

/// What became of the keys of a set.
struct PublishedKeys {
  /// Usable: SignatureKey takes each. RSA keys are for RS256, P-256 keys for ES256, Ed25519 keys for EdDSA. A
  /// key without a kid is called by its thumbprint (RFC 7638).
  std::vector<Key> keys;
  /// Why a key is not for us, and rightly so: an unknown kty or crv, another alg, a use or key_ops that is
  /// not to verify (RFC 7517 §5 wants them ignored).
  std::vector<std::string> ignored;
  /// Why a key is never used although it should have been: it is a secret or comes with its private half, is
  /// malformed or weak, or shares its kid with another.
  std::vector<std::string> refused;
};

/// A JWK set, or one JWK. The error says why the text is neither: no strict JSON, no array of objects, more
/// than limits::keys_per_issuer keys. Names keys by kid, never by content.
std::expected<PublishedKeys, std::string> parse_jwks(std::string_view text);

}  // namespace bursar::auth
