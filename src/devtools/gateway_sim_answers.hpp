// The simulator's answers in Stripe's shape (docs.stripe.com/api/payment_intents/object, /api/errors). Pure.
#pragma once
#include <string>
#include <string_view>

#include "devtools/gateway_sim_state.hpp"
#include "http/message.hpp"

namespace bursar::devtools {

/// Appends a PaymentIntent as it is, or as it was when an answer was stored.
void append_intent(std::string& out, const Intent& intent, IntentStatus as);
std::string intent_json(const Intent& intent);

/// 200 with the intent, 402 with the typed decline.
http::Response intent_response(const Intent& intent, IntentStatus as);
http::Response error_response(int status, std::string_view type, std::string_view code,
                              std::string_view message);

/// What a replay under the key says.
http::Response stored_response(const Stored& stored, const GatewayState& state);

}  // namespace bursar::devtools
