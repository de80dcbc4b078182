#include "api/admission.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/digest.hpp"
#include "http/address.hpp"

namespace bursar::api {
namespace {

using auth::RateClass;
using auth::Traffic;

constexpr std::size_t half = 16;

std::array<std::uint8_t, 2 * half> joined(const std::array<std::uint8_t, half>& a,
                                          const std::array<std::uint8_t, half>& b) {
  std::array<std::uint8_t, 2 * half> both{};
  std::ranges::copy(b, std::ranges::copy(a, both.begin()).out);
  return both;
}

RateClass class_of(Traffic traffic, const auth::Caller& caller) {
  const bool pays = traffic == Traffic::payment;
  if (caller.has(auth::RoleName::service)) return pays ? RateClass::service_create : RateClass::service_read;
  if (caller.is_staff()) return RateClass::staff;
  return pays ? RateClass::create : RateClass::read;
}

// Two fields: what the budget is, and how much of it is there. `t` is the time in which a steady client may
// use up `r`; without any it is the time to wait.
void add_fields(http::Response& response, const auth::Budget& budget, std::int64_t left,
                std::chrono::microseconds wait) {
  const std::int64_t window = retry_after_s(left > 0 ? left * budget.rate.step : wait);
  std::string limit(budget.item);
  limit.append(";r=")
      .append(fmt::format_int(left).c_str())
      .append(";t=")
      .append(fmt::format_int(window).c_str());
  response.with("RateLimit-Policy", budget.policy).with("RateLimit", std::move(limit));
}

http::Response refuse_for_now(const http::Request& request, const auth::Budget& budget,
                              std::chrono::microseconds wait) {
  const std::int64_t seconds = retry_after_s(wait);
  const auto step = std::chrono::duration<double>(budget.rate.step).count();
  auto response = refuse(
      request, problems::rate_limited,
      fmt::format("The budget '{}' is used up: {} requests at once, and one more every {:.6g} s. Wait {} s.",
                  to_text(budget.name), budget.rate.burst, step, seconds),
      std::chrono::seconds(seconds));
  add_fields(response, budget, 0, wait);
  return response;
}

// What every refused log-in speaks of, whichever budget refused it: that would tell whether the account is
// known at this address. `token`, unless that is off.
const auth::Budget& budget_of_log_ins(const auth::RateLimiter& limiter) {
  for (const RateClass name : {RateClass::token, RateClass::token_address})
    if (!limiter.budget(name).rate.is_unlimited()) return limiter.budget(name);
  return limiter.budget(RateClass::token_known);
}

}  // namespace

std::int64_t retry_after_s(std::chrono::microseconds wait) {
  return std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(wait).count());
}

std::optional<http::Response> Admission::admit_stranger(Traffic traffic) {
  const bool counts = traffic != Traffic::health && traffic != Traffic::log_in;
  if (limiter_ == nullptr || !counts) return std::nullopt;
  return take(limiter_->budget(RateClass::address), http::client_network(request_.client).bytes);
}

std::optional<http::Response> Admission::admit_token() const {
  if (limiter_ == nullptr) return std::nullopt;
  const auth::Budget& budget = limiter_->budget(RateClass::address);
  const auth::Taken looked = limiter_->look(budget, http::client_network(request_.client).bytes);
  if (looked.accepted) return std::nullopt;
  return refuse_for_now(request_, budget, looked.wait);
}

std::optional<http::Response> Admission::admit_caller(Traffic traffic, const auth::Caller& caller) {
  if (limiter_ == nullptr) return std::nullopt;
  const auth::Budget& budget = limiter_->budget(class_of(traffic, caller), caller.rates.get());
  return take(budget, caller.principal.value.bytes);
}

std::optional<http::Response> Admission::admit_user(const auth::Caller& service, const UserId& user) {
  if (limiter_ == nullptr) return std::nullopt;
  const auto both = joined(service.principal.value.bytes, user.value.bytes);
  return take(limiter_->budget(RateClass::user, service.rates.get()), both);
}

std::expected<bool, http::Response> Admission::admit_log_in(std::string_view account) {
  if (limiter_ == nullptr) return true;
  const auto here = account_here(account);
  const bool known = limiter_->knows(here);
  const auth::Share of_both{limiter_->budget(RateClass::token_known), here};
  const auth::Share of_account{limiter_->budget(RateClass::token), std::span(here).first<half>()};
  const auth::Share of_address{limiter_->budget(RateClass::token_address), std::span(here).last<half>()};
  const auth::Taken taken =
      known ? limiter_->take(of_both.budget, of_both.who) : limiter_->take_both(of_account, of_address);
  if (taken.accepted) return known;
  return std::unexpected(refuse_for_now(request_, budget_of_log_ins(*limiter_), taken.wait));
}

void Admission::remember_log_in(std::string_view account) {
  if (limiter_ != nullptr) limiter_->remember(account_here(account));
}

// Whatever a client calls itself is as long as any other.
std::array<std::uint8_t, 2 * half> Admission::account_here(std::string_view account) const {
  const Sha256 digest = sha256(account);
  std::array<std::uint8_t, half> name{};
  std::copy_n(digest.begin(), half, name.begin());
  return joined(name, http::client_network(request_.client).bytes);
}

std::optional<http::Response> Admission::take(const auth::Budget& budget, std::span<const std::uint8_t> who) {
  if (budget.rate.is_unlimited()) return std::nullopt;
  const auth::Taken taken = limiter_->take(budget, who);
  if (!taken.accepted) {
    // It speaks of one budget: of those that this request needs, the one whose next place comes last.
    const bool is_other = scarcest_ != nullptr && taken_.wait > taken.wait;
    const auth::Budget& named = is_other ? *scarcest_ : budget;
    scarcest_ = nullptr;
    return refuse_for_now(request_, named, is_other ? taken_.wait : taken.wait);
  }
  if (scarcest_ == nullptr || taken.left < taken_.left) {
    scarcest_ = &budget;
    taken_ = taken;
  }
  return std::nullopt;
}

http::Response Admission::answer_stranger(http::Response response) {
  if (auto refusal = admit_stranger()) return std::move(*refusal);
  return finish(std::move(response));
}

http::Response Admission::finish(http::Response response) const {
  if (scarcest_ != nullptr) add_fields(response, *scarcest_, taken_.left, taken_.wait);
  return response;
}

}  // namespace bursar::api
