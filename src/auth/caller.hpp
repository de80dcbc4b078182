// Who calls, once a token was verified and its subject is known here. Made by a Verifier (verifier.hpp), read
// by the API.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "domain/ids.hpp"

namespace bursar::auth {

enum class RoleName { customer, service, support, analyst, operations, admin };
std::string_view to_text(RoleName role);
std::optional<RoleName> parse_role(std::string_view text);

class RatePolicy;

/// For a customer the principal is also the user.
struct Caller {
  PrincipalId principal;
  std::vector<RoleName> roles;
  Instant expires_at;
  /// Its own rates (rate_policy.hpp), before the policy of the deployment; null: none.
  std::shared_ptr<const RatePolicy> rates = nullptr;

  bool has(RoleName role) const;
  /// support, analyst, operations or admin: reads all payments.
  bool is_staff() const;
};

/// Why a token is refused: for the log and the problem's detail. Never contains the token.
struct Refusal {
  std::string reason;
  /// The foreign issuer that may have got the token's key since its keys were last fetched; empty: this is
  /// final.
  std::string keys_wanted_of = {};
  /// Our own issuer may have the token's key, if not all of its keys are known right now.
  bool is_of_unknown_own_key = false;
};

}  // namespace bursar::auth
