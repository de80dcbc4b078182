// Amounts in Stripe's own units, which differ from ISO 4217's for some currencies. Converted exactly or
// refused; the rules are those of https://docs.stripe.com/currencies (zero-decimal, three-decimal and special
// cases). Pure.
#pragma once
#include <cstdint>
#include <expected>
#include <string>

#include "domain/money.hpp"

namespace bursar::gateway {

struct StripeAmount {
  std::int64_t amount = 0;
  /// Lower case, as Stripe writes it.
  std::string currency;
  bool operator==(const StripeAmount&) const = default;
};

/// The error is a sentence for the caller of the API. With `only_what_stripe_takes` also currencies Stripe
/// does not present and amounts of more than eight digits (twelve for IDR) are refused; the simulator takes
/// those.
std::expected<StripeAmount, std::string> to_stripe(const Money& money, bool only_what_stripe_takes);

}  // namespace bursar::gateway
