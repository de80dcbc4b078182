// What a key says about bytes: HMAC-SHA-256 (RFC 7518 §3.2) and Ed25519 (RFC 8037 §3.1). The algorithm
// belongs to the key, never to what is verified. Called by token.cpp only.
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
  /// Throws UsageError that names the key and what is wrong with it: an HS256 secret under 32 bytes (RFC 7518
  /// §3.2), an Ed25519 key that is not 32 bytes, lies outside the main subgroup (then anybody can sign) or
  /// does not belong to its seed.
  explicit SignatureKey(Key key);
  SignatureKey(SignatureKey&&) noexcept;
  ~SignatureKey();

  const Key& key() const { return key_; }
  /// The name a token's header must give.
  std::string_view algorithm_name() const;

  bool verifies(std::string_view message, std::span<const std::uint8_t> signature) const;
  /// nullopt when the key has no signing half.
  std::optional<std::vector<std::uint8_t>> sign(std::string_view message) const;

 private:
  struct Ed25519;
  Key key_;
  std::unique_ptr<Ed25519> ed25519_;
};

}  // namespace bursar::auth
