// Says what a token means, or why it is refused: form, header, key, signature, claims, in this order of cost.
// Pure: no cache, no clock of its own, and nothing in a token ever causes a fetch. Called by Verifier.
#pragma once
#include <expected>
#include <string_view>
#include <vector>

#include "auth/signature.hpp"
#include "auth/token.hpp"

namespace bursar::auth {

struct Header;

class TokenReader {
 public:
  /// Throws UsageError for no key, two keys with one id, and keys that cannot be used (SignatureKey).
  explicit TokenReader(VerifierOptions options);

  /// `token` is the compact form (RFC 7515 §3.1) alone, without "Bearer".
  std::expected<Verified, Refusal> read(std::string_view token, Instant now) const;

 private:
  const SignatureKey* choose_key(const Header& header) const;
  const SignatureKey* find_key(std::string_view id) const;

  VerifierOptions options_;
  std::vector<SignatureKey> keys_;
};

}  // namespace bursar::auth
