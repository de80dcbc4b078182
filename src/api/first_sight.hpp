// Who a verified token's subject is here: the row of it, made at first sight. Roles come from the row alone.
// For the Authenticator of a loop, which remembers the answer with the token.
#pragma once
#include "auth/access_watch.hpp"
#include "auth/verifier.hpp"
#include "base/random.hpp"
#include "store/principals.hpp"

namespace bursar::api {

class FirstSight {
 public:
  /// `operations` has connections with the role operator, for what development keys claim; null where they
  /// claim nothing. Everything outlives this.
  FirstSight(store::Principals& principals, pg::Pool* operations, const auth::AccessWatch& watch,
             const Clock& clock, Random& random)
      : principals_(principals), operations_(operations), watch_(watch), clock_(clock), random_(random) {}

  /// A subject of our own issuer is the principal; a new one becomes a customer, or what a development key
  /// claims. A foreign subject is found by its issuer's name for it and gets an id of ours; a new one becomes
  /// a customer or is refused, as its issuer's configuration says. Throws Unavailable when the database
  /// cannot be asked, and when its answer may be older than a revocation.
  Task<std::expected<auth::Caller, auth::Refusal>> resolve(const auth::Verified& verified);

 private:
  Task<store::Sighting> look(const auth::Verified& verified);
  auth::RoleName first_role(const auth::Verified& verified) const;
  Task<bool> meet(const auth::Verified& verified);
  Task<store::Sighting> look_up_to_date(const auth::Verified& verified);

  store::Principals& principals_;
  pg::Pool* operations_;
  const auth::AccessWatch& watch_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace bursar::api
