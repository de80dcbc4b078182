// Whether a request has budget left, and what its answer says of that: RateLimit and RateLimit-Policy
// (draft-ietf-httpapi-ratelimit-headers-11), 429 with Retry-After. One for each request, on its way through
// Api. docs/rate-limits.md says what counts where.
#pragma once
#include <array>
#include <expected>
#include <optional>

#include "api/problems.hpp"
#include "auth/caller.hpp"
#include "auth/policy.hpp"
#include "auth/rate_limit.hpp"
#include "domain/ids.hpp"
#include "http/message.hpp"

namespace bursar::api {

class Admission {
 public:
  /// `limiter` may be null: then everything is admitted and nothing said. Both outlive this.
  Admission(auth::RateLimiter* limiter, const http::Request& request)
      : limiter_(limiter), request_(request) {}

  /// A request that nobody's token stands for; counts for its address, but for what is never limited and for
  /// log-ins (admit_log_in). Each of these gives the refusal when a budget is used up.
  std::optional<http::Response> admit_stranger(auth::Traffic traffic = auth::Traffic::ordinary);
  /// Before an unknown token is looked at: whether its address may still be wrong. Counts nothing.
  std::optional<http::Response> admit_token() const;
  /// Counts for the principal.
  std::optional<http::Response> admit_caller(auth::Traffic traffic, const auth::Caller& caller);
  /// A payment of a user by a service; counts for both together.
  std::optional<http::Response> admit_user(const auth::Caller& service, const UserId& user);
  /// Before a log-in is tried. Counts for the account, which need not exist, and for the address; at an
  /// address where the account is known for both together, so that no stranger can lock it out there. Which
  /// of them it was shows in no answer.
  /// Otherwise gives whether the account is known; without a limiter all are.
  std::expected<bool, http::Response> admit_log_in(std::string_view account);
  /// The log-in was right: the account is known at this address for limits::known_for.
  void remember_log_in(std::string_view account);

  /// The answer to a stranger, or the refusal when its address has used up its budget.
  http::Response answer_stranger(http::Response response);
  /// Adds what is left of the scarcest budget that was counted.
  http::Response finish(http::Response response) const;

 private:
  std::array<std::uint8_t, 32> account_here(std::string_view account) const;
  std::optional<http::Response> take(const auth::Budget& budget, std::span<const std::uint8_t> who);

  auth::RateLimiter* limiter_;
  const http::Request& request_;
  const auth::Budget* scarcest_ = nullptr;
  auth::Taken taken_;
};

/// Whole seconds, rounded up, at least 1: whoever waits as long comes late enough (RFC 9110 §10.2.3).
std::int64_t retry_after_s(std::chrono::microseconds wait);

}  // namespace bursar::api
