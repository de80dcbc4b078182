// How many requests each class of them may have: the policy of a deployment (BURSAR_RATE_LIMIT) and what
// single principals have instead. Pure. RateLimiter (rate_limit.hpp) applies it.
#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace bursar::auth {

/// Each has budgets of its own, one a key.
enum class RateClass : std::uint8_t {
  create,          // a customer's payments; key: the principal
  read,            // everything else of a customer
  service_create,  // a service's payments, all users together
  service_read,    // everything else of a service
  user,            // one user's payments by one service; key: both
  staff,           // everything of support, analysts, operators and administrators
  token,           // log-ins of an account from addresses that it is not known at; key: the account
  token_known,     // log-ins of an account from an address that it is known at; key: both
  token_address,   // log-ins from an address, of accounts that are not known there
  address,         // answers without a caller: open routes, unknown paths, refused tokens; key: the address
};
inline constexpr std::size_t rate_classes = 10;
std::string_view to_text(RateClass name);
std::optional<RateClass> parse_rate_class(std::string_view text);

/// The generic cell rate algorithm (ITU-T I.371 annex A): `burst` requests at once and one more after each
/// `step`. In any time w at most burst + w / step requests are accepted.
struct Rate {
  std::chrono::microseconds step{0};  // 0: without a limit
  std::int64_t burst = 1;

  bool is_unlimited() const { return step.count() == 0; }
  friend bool operator==(const Rate&, const Rate&) = default;
};

/// "200/s:400": 200 a second and 400 at once; "30/m" (m, h likewise) is 30 a minute and 30 at once; "off".
/// Steps are rounded up to whole microseconds. The error is a sentence.
std::expected<Rate, std::string> parse_rate(std::string_view text);

/// The budget of a class, with what answers say of it.
struct Budget {
  RateClass name = RateClass::create;
  Rate rate;
  /// An item of RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers-11 §3): `"create";q=500;w=10`, where w
  /// is the time in which an empty budget becomes full, in seconds, rounded up.
  std::string policy;
  /// The beginning of an item of RateLimit (§4): `"create"`.
  std::string item;
};

class RatePolicy {
 public:
  /// "create=200/s:400,read=off": says something about these classes only. The error is a sentence.
  static std::expected<RatePolicy, std::string> parse(std::string_view text);
  /// Says something about every class.
  static const RatePolicy& defaults();

  /// What `other` says goes before what this says.
  RatePolicy with(const RatePolicy& other) const;
  /// nullptr: nothing is said.
  const Budget* find(RateClass name) const;

 private:
  void set(RateClass name, const Rate& rate);

  std::array<std::optional<Budget>, rate_classes> budgets_;
};

}  // namespace bursar::auth
