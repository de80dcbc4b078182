// How the private half of a signing key is kept in the database: sealed with XChaCha20-Poly1305 under
// BURSAR_KEY_ENCRYPTION_KEY and bound to the key's id, so that a row cannot take another row's half. Pure.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "auth/token.hpp"
#include "base/random.hpp"

namespace bursar::auth {

class KeySeal {
 public:
  static constexpr std::size_t bytes = 32;
  explicit KeySeal(std::array<std::uint8_t, bytes> key) : key_(key) {}

  /// The nonce and the sealed bytes: 40 more than there were.
  std::vector<std::uint8_t> seal(std::string_view key_id, std::span<const std::uint8_t> half,
                                 Random& random) const;
  /// nullopt unless seal() made it of this id under this key.
  std::optional<std::vector<std::uint8_t>> open(std::string_view key_id,
                                                std::span<const std::uint8_t> sealed) const;

 private:
  std::array<std::uint8_t, bytes> key_;
};

/// A new Ed25519 key of ours with both halves; its id is random.
Key make_signing_key(Random& random);
/// The public half as a JWK (RFC 8037 §2) with kid, alg and use. Only for EdDSA keys.
std::string public_jwk(const Key& key);

}  // namespace bursar::auth
