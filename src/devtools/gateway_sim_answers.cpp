#include "devtools/gateway_sim_answers.hpp"

#include "base/text.hpp"

namespace bursar::devtools {
namespace {

constexpr std::string_view json_type = "application/json";

// The code of a card error: the general one, or the specific ones Stripe lifts to this level.
std::string_view code_of(std::string_view decline_code) {
  for (const std::string_view own :
       {"expired_card", "incorrect_cvc", "processing_error", "authentication_required"})
    if (own == decline_code) return own;
  return "card_declined";
}

void append_card_error(std::string& out, std::string_view decline_code) {
  out.append(R"({"type":"card_error","code":")").append(code_of(decline_code));
  out.append(R"(","decline_code":")").append(decline_code);
  out.append(R"(","message":"Your card was declined ()").append(decline_code).append(R"().")");
}

std::int64_t second_of(Instant instant) {
  return std::chrono::floor<std::chrono::seconds>(instant).time_since_epoch().count();
}

}  // namespace

void append_intent(std::string& out, const Intent& intent, IntentStatus as) {
  const bool paid = as == IntentStatus::succeeded;
  out.append(R"({"id":")").append(intent.id()).append(R"(","object":"payment_intent","amount":)");
  out.append(std::to_string(intent.amount)).append(R"(,"amount_received":)");
  out.append(std::to_string(paid ? intent.amount : 0)).append(R"(,"currency":")").append(intent.currency);
  out.append(R"(","created":)").append(std::to_string(second_of(intent.created)));
  out.append(R"(,"livemode":false,"status":")").append(to_text(as)).append(R"(","latest_charge":)");
  if (paid && intent.charge != 0)
    out.append(fmt::format(R"("ch_sim_{:012x}")", intent.charge));
  else
    out.append("null");
  out.append(R"(,"last_payment_error":)");
  if (as == IntentStatus::requires_payment_method) {
    append_card_error(out, intent.decline_code);
    out += '}';
  } else {
    out.append("null");
  }
  out.append(R"(,"cancellation_reason":null,"metadata":)").append(intent.metadata).append("}");
}

std::string intent_json(const Intent& intent) {
  std::string json;
  json.reserve(512 + intent.metadata.size());
  append_intent(json, intent, intent.status);
  return json;
}

http::Response intent_response(const Intent& intent, IntentStatus as) {
  http::Response response;
  response.content_type = json_type;
  response.body.reserve(768 + intent.metadata.size());
  if (as != IntentStatus::requires_payment_method) {
    append_intent(response.body, intent, as);
    return response;
  }
  response.status = 402;
  response.body = R"({"error":)";
  append_card_error(response.body, intent.decline_code);
  response.body.append(R"(,"payment_intent":)");
  append_intent(response.body, intent, as);
  response.body.append("}}");
  return response;
}

http::Response error_response(int status, std::string_view type, std::string_view code,
                              std::string_view message) {
  http::Response response;
  response.status = status;
  response.content_type = json_type;
  response.body.append(R"({"error":{"type":")").append(type).append("\"");
  if (!code.empty()) response.body.append(R"(,"code":")").append(code).append("\"");
  response.body.append(R"(,"message":)");
  append_json_string(response.body, message);
  response.body.append("}}");
  return response;
}

http::Response stored_response(const Stored& stored, const GatewayState& state) {
  http::Response response = stored.status == 500
                                ? error_response(500, "api_error", "", "Something went wrong on our side.")
                                : intent_response(state.at(stored.intent), stored.as);
  response.with("Idempotent-Replayed", "true");
  return response;
}

}  // namespace bursar::devtools
