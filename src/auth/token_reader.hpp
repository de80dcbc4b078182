// Says what a token means, or why it is refused: form, header, issuer, key, signature, claims. Immutable and
// shared by all loops; pure: no cache, no clock of its own, and nothing in a token says where a key comes
// from. Called by Verifier.
#pragma once
#include <expected>
#include <string_view>
#include <vector>

#include "auth/issuer.hpp"
#include "auth/signature.hpp"

namespace bursar::auth {

struct Header;

/// An issuer with the keys that it has right now, maybe none. Key ids differ.
struct TrustedIssuer {
  Issuer issuer;
  std::vector<std::shared_ptr<const SignatureKey>> keys;
};

class TokenReader {
 public:
  explicit TokenReader(std::vector<TrustedIssuer> issuers);

  /// `token` is the compact form (RFC 7515 §3.1) alone, without "Bearer". A refusal names the issuer whose
  /// keys are wanted, or says that it is our own, when everything else could still be right: a known
  /// algorithm, an unknown kid.
  std::expected<Verified, Refusal> read(std::string_view token, Instant now) const;

  /// Whether the key still is among those that count.
  bool holds(const SignatureKey* key) const;

 private:
  const TrustedIssuer* find_issuer(std::string_view name) const;

  std::vector<TrustedIssuer> issuers_;
  std::vector<const SignatureKey*> sorted_keys_;
};

}  // namespace bursar::auth
