// What a key says about bytes: HMAC-SHA-256, RSASSA-PKCS1-v1_5 and ECDSA with SHA-256 (RFC 7518 §3.2 to
// §3.4), and Ed25519 (RFC 8037 §3.1). The algorithm belongs to the key, never to what is verified. Immutable,
// so that loops share one.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "auth/token.hpp"

namespace bursar::auth {

class SignatureKey {
 public:
  /// Throws UsageError that names the key and what is wrong with it: no id or one beyond
  /// limits::key_id_bytes, an HS256 secret under 32 bytes (RFC 7518 §3.2), a public key that is weak or none
  /// of its algorithm (public_key.hpp), a signing half that does not belong to it.
  explicit SignatureKey(Key key);
  SignatureKey(SignatureKey&&) noexcept;
  ~SignatureKey();

  const Key& key() const { return key_; }

  /// Nothing but the one form of a signature holds: ES256 is r and s in 32 bytes each, each from 1 to n − 1;
  /// an Ed25519 signature whose s is not reduced, and an RSA padding with other bytes, are none.
  bool verifies(std::string_view message, std::span<const std::uint8_t> signature) const;
  /// nullopt when the key has no signing half.
  std::optional<std::vector<std::uint8_t>> sign(std::string_view message) const;

 private:
  struct Pair;
  Key key_;
  std::unique_ptr<Pair> pair_;  // null for HS256
};

}  // namespace bursar::auth
