#include "auth/authenticator.hpp"

#include "base/error.hpp"

namespace bursar::auth {

Authenticator::Authenticator(const AccessWatch& watch, const KeyRing& keys, const Clock& clock,
                             Resolve resolve, AwaitKeys await_keys)
    : watch_(watch),
      clock_(clock),
      verifier_(keys, clock, std::move(resolve), std::move(await_keys)),
      version_(watch.version()) {
  const auto state = watch_.state();
  generation_ = state->generation;
  epoch_ = state->epoch;
}

void Authenticator::catch_up() {
  const std::uint64_t version = watch_.version();
  if (version == version_) return;
  version_ = version;
  const auto state = watch_.state();
  if (state->generation != generation_ || epoch_ < state->whole_from) {
    verifier_.forget_all();
  } else {
    std::vector<PrincipalId> changed;
    for (const auto& change : state->recent)
      if (change.number > epoch_) changed.push_back(change.principal);
    if (!changed.empty()) verifier_.forget(changed);
  }
  generation_ = state->generation;
  epoch_ = state->epoch;
}

bool Authenticator::needs_a_look(const Caller& caller) const {
  return caller.is_staff() && watch_.is_stale(clock_.monotonic());
}

const Caller* Authenticator::find(std::string_view authorization) {
  catch_up();
  const Caller* known = verifier_.find(authorization);
  return known != nullptr && needs_a_look(*known) ? nullptr : known;
}

Task<std::expected<Caller, Refusal>> Authenticator::verify(std::string_view authorization) {
  catch_up();
  if (const Caller* known = verifier_.find(authorization); known != nullptr && needs_a_look(*known)) {
    const std::array principal{known->principal};
    verifier_.forget(principal);
  }
  auto caller = co_await verifier_.verify(authorization);
  if (!caller && caller.error().is_of_unknown_own_key && watch_.is_stale(clock_.monotonic()))
    throw Unavailable("which keys our own tokens have is not known right now");
  co_return caller;
}

}  // namespace bursar::auth
