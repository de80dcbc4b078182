// The body of Stripe's create, application/x-www-form-urlencoded. Pure.
#pragma once
#include <string>
#include <string_view>

#include "gateway/gateway.hpp"
#include "gateway/stripe_money.hpp"

namespace bursar::gateway {

/// Percent-encodes all but RFC 3986's unreserved characters.
std::string form_text(std::string_view text);

/// A function of what the payment's row holds and of nothing else, so that every resend is byte-equal:
/// metadata is sorted, and pairs that Stripe cannot hold (brackets in the key) or whose key is ours stay with
/// us.
std::string charge_form(const Charge& charge, const StripeAmount& money);

}  // namespace bursar::gateway
