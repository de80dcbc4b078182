// Who calls, as of what this process has learned about revocations: a Verifier that follows the AccessWatch.
// One per loop.
//
// Whatever is revoked counts nowhere once a poll that began later was answered. Without such a poll for
// limits::access_stale_after nothing that was remembered of staff counts: they are looked up anew at each
// request, and without a database refused. Customers and services go on until their tokens expire. A key of
// our own that nobody here knows may be a new one then: its tokens are neither good nor bad.
#pragma once
#include "auth/access_watch.hpp"
#include "auth/verifier.hpp"

namespace bursar::auth {

class Authenticator {
 public:
  /// `watch`, `keys` and `clock` outlive this.
  Authenticator(const AccessWatch& watch, const KeyRing& keys, const Clock& clock, Resolve resolve,
                AwaitKeys await_keys = {});

  /// As Verifier::find.
  const Caller* find(std::string_view authorization);
  /// As Verifier::verify. Throws Unavailable for an unknown key of ours while news are missing.
  Task<std::expected<Caller, Refusal>> verify(std::string_view authorization);

 private:
  void catch_up();
  bool needs_a_look(const Caller& caller) const;

  const AccessWatch& watch_;
  const Clock& clock_;
  Verifier verifier_;
  std::uint64_t version_ = 0;
  std::uint64_t generation_ = 0;
  std::int64_t epoch_ = -1;
};

}  // namespace bursar::auth
