#include "api/first_sight.hpp"

#include "auth/rate_policy.hpp"
#include "base/check.hpp"
#include "base/error.hpp"
#include "base/limits.hpp"
#include "store/directory.hpp"

namespace bursar::api {
namespace {

using auth::Refusal;
using auth::RoleName;

std::unexpected<Refusal> refuse(std::string_view reason) {
  return std::unexpected(Refusal{std::string(reason)});
}

PrincipalId own_id(const auth::Verified& verified) {
  const auto id = parse_uuid(verified.subject);
  CHECK(id.has_value());
  return PrincipalId(*id);
}

// Null for none, and for a text of another version that cannot be read.
std::shared_ptr<const auth::RatePolicy> rates_of(const store::Principal& principal) {
  if (!principal.rate_limit) return nullptr;
  auto policy = auth::RatePolicy::parse(*principal.rate_limit);
  return policy ? std::make_shared<const auth::RatePolicy>(std::move(*policy)) : nullptr;
}

std::expected<auth::Caller, Refusal> caller_of(const store::Principal& principal,
                                               const auth::Verified& verified) {
  if (principal.revoked_at) return refuse("its principal is revoked");
  if (principal.tokens_from && verified.issued_at < *principal.tokens_from)
    return refuse(
        "it was issued before its principal was revoked and restored, or right behind that; get a new one");
  const auto role = auth::parse_role(principal.role);
  if (!role) return refuse("its principal has a role that this version does not know");
  auth::Caller caller;
  caller.principal = principal.id;
  caller.roles = {*role};
  caller.expires_at = verified.expires_at;
  caller.rates = rates_of(principal);
  return caller;
}

}  // namespace

Task<store::Sighting> FirstSight::look(const auth::Verified& verified) {
  if (verified.ours) return principals_.find(own_id(verified));
  return principals_.find_foreign(verified.issuer, verified.subject);
}

// Only keys that `up` made give roles, and only to somebody new.
RoleName FirstSight::first_role(const auth::Verified& verified) const {
  const bool claims = operations_ != nullptr && verified.ours && verified.development;
  return claims && !verified.claimed.empty() ? verified.claimed.front() : RoleName::customer;
}

// False when nobody may come in this way.
Task<bool> FirstSight::meet(const auth::Verified& verified) {
  const RoleName role = first_role(verified);
  if (role != RoleName::customer) {
    store::NewPrincipal made;
    made.id = own_id(verified);
    made.role = auth::to_text(role);
    const auto connection = co_await operations_->lease(limits::connect_deadline);
    store::Directory directory(*connection);
    co_await directory.create(std::move(made));
  } else if (verified.ours) {
    const std::string issuer(store::own_issuer);
    co_await principals_.meet(own_id(verified), issuer, own_id(verified).text());
  } else if (verified.default_role == RoleName::customer) {
    const PrincipalId id(time_ordered_uuid(clock_.now(), random_));
    co_await principals_.meet(id, verified.issuer, verified.subject);
  } else {
    co_return false;
  }
  co_return true;
}

// What was read before a change that this process knows of is read again.
Task<store::Sighting> FirstSight::look_up_to_date(const auth::Verified& verified) {
  constexpr int tries = 3;
  for (int i = 0; i < tries; ++i) {
    auto sighting = co_await look(verified);
    const std::int64_t known = watch_.epoch();
    if (sighting.as_of < known) continue;
    // Without a poll the read itself is the proof; but a key may have gone with a change that nobody has
    // polled.
    if (watch_.is_stale(clock_.monotonic()) && sighting.as_of != known) break;
    co_return sighting;
  }
  throw Unavailable("whether this token still counts cannot be said right now");
}

Task<std::expected<auth::Caller, Refusal>> FirstSight::resolve(const auth::Verified& verified) {
  auto sighting = co_await look_up_to_date(verified);
  if (!sighting.principal) {
    const bool met = co_await meet(verified);
    if (!met) co_return refuse("nobody here knows its subject; an administrator can make it known");
    sighting = co_await look_up_to_date(verified);
  }
  if (!sighting.principal) co_return refuse("its subject cannot be made known here");
  co_return caller_of(*sighting.principal, verified);
}

}  // namespace bursar::api
