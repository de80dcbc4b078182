// From the Authorization field to the Caller: a TokenReader says what the token means, an injected step says
// who that is here, and a bounded cache remembers both, never beyond the token's `exp` and never past a
// revocation. One per loop.
#pragma once
#include <cstdint>
#include <expected>
#include <functional>
#include <span>
#include <string_view>

#include "auth/key_ring.hpp"
#include "auth/verified_tokens.hpp"
#include "base/async.hpp"

namespace bursar::auth {

/// Who a verified token's subject is here. Called once for each token that is not remembered; may throw
/// Unavailable, and then nothing is remembered. `expires_at` of the result is the Verifier's to set.
using Resolve = std::function<Task<std::expected<Caller, Refusal>>(const Verified&)>;

/// Returns when the foreign issuer's keys were fetched once more, or will not be in time: whether a fetch
/// that began since was answered. Runs on the Verifier's loop.
using AwaitKeys = std::function<Task<bool>(std::string issuer)>;

/// Without a database: our own issuer's subject is the principal and its claimed roles count; every other
/// issuer's token is refused.
Task<std::expected<Caller, Refusal>> resolve_by_claims(const Verified& verified);

class Verifier {
 public:
  /// Without `await_keys` a token whose key is unknown is refused at once. `keys` and `clock` outlive this.
  Verifier(const KeyRing& keys, const Clock& clock, Resolve resolve = resolve_by_claims,
           AwaitKeys await_keys = {});

  /// The caller of a remembered token; nullptr for every other field: then verify() decides. Valid until
  /// anything else of this is called. `authorization` is the field value: "Bearer <token>" (scheme
  /// case-insensitive).
  const Caller* find(std::string_view authorization);

  /// Does not suspend for a remembered token. Throws Unavailable when the token's issuer could not say
  /// whether it has the token's key.
  Task<std::expected<Caller, Refusal>> verify(std::string_view authorization);

  /// What is remembered of these principals' tokens is resolved again when it comes next; so is what is being
  /// resolved right now. One pass over the cache. A key that leaves the ring takes its tokens with it by
  /// itself.
  void forget(std::span<const PrincipalId> principals);
  void forget_all();

 private:
  void adopt_new_keys();
  Task<std::expected<Verified, Refusal>> read(std::string_view token);

  const KeyRing& ring_;
  std::uint64_t ring_version_;
  std::shared_ptr<const TokenReader> reader_;
  const Clock& clock_;
  Resolve resolve_;
  AwaitKeys await_keys_;
  VerifiedTokens remembered_;
  /// Calls of forget…(): what was asked before one may be out of date behind it.
  std::uint64_t forgotten_ = 0;
};

}  // namespace bursar::auth
