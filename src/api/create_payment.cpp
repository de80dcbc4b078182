#include "api/create_payment.hpp"

#include <fmt/format.h>

#include "api/traceparent.hpp"
#include "domain/card_number.hpp"
#include "domain/idempotency.hpp"

namespace bursar::api {
namespace {

// Both spellings of the path are this route.
constexpr std::string_view route = "POST /payments";

std::expected<std::string, http::Response> read_key(const http::Request& request) {
  const auto field = request.header("Idempotency-Key");
  if (!field)
    return std::unexpected(
        refuse(request, problems::idempotency_key_missing,
               "Send an Idempotency-Key field; a new UUID for each payment is a good one."));
  const auto malformed = [&](std::string_view why) {
    return std::unexpected(refuse(request, problems::idempotency_key_malformed, why));
  };
  if (request.count("Idempotency-Key") > 1)
    return malformed("There is more than one Idempotency-Key field; send one.");
  auto key = parse_idempotency_key(*field);
  if (!key) return malformed(key.error());
  if (contains_card_number(*key)) return malformed("The Idempotency-Key contains a card number; use a UUID.");
  return std::move(*key);
}

// What only the deployment's gateway can refuse.
Faults check_terms(const CreatePayment& body, const GatewayTerms& gateway) {
  Faults faults;
  if (gateway.refusal)
    if (auto why = gateway.refusal(Money{body.amount, *body.currency}))
      faults.add(Part::body, "/amount", faults::not_supported, std::move(*why));
  if (gateway.needs_payment_method && !body.payment_method)
    faults.add(Part::body, "/payment_method", faults::missing,
               "is required by the gateway of this deployment");
  return faults;
}

NewPayment new_payment(const Call& call, std::string key, Received<CreatePayment> received,
                       QueueNumber gateway) {
  CreatePayment& body = received.body;
  NewPayment payment{.key_digest = key_digest(call.caller->principal, route, key),
                     .idempotency_key = std::move(key),
                     .fingerprint = fingerprint_of(std::move(received.object)),
                     .created_by = call.caller->principal,
                     .user_id = body.user_id,
                     .money = {body.amount, *body.currency},
                     .gateway = gateway};
  payment.description = std::move(body.description);
  payment.reference = std::move(body.reference);
  payment.payment_method = std::move(body.payment_method);
  if (body.metadata) payment.metadata = std::move(body.metadata->json);
  if (!contains_card_number(call.request.request_id))
    payment.request_id = std::string(call.request.request_id);
  payment.trace = trace_of(call.request);
  return payment;
}

http::Response accepted(const Payment& payment, bool replayed) {
  http::Response response = answer(payment_body(payment));
  response.status = 202;
  response.with("Location", "/payments/" + payment.id.text());
  if (replayed) response.with("Idempotent-Replayed", "true");
  return response;
}

http::Response to_response(const http::Request& request, const store::AcceptOutcome& outcome) {
  if (const auto* created = std::get_if<store::Created>(&outcome)) return accepted(created->payment, false);
  if (const auto* replayed = std::get_if<store::Replayed>(&outcome)) return accepted(replayed->payment, true);
  if (std::holds_alternative<store::KeyReused>(outcome))
    return refuse(request, problems::idempotency_key_reused,
                  "This key was used for a payment with another body; use a new key for a new payment.");
  const auto& refused = std::get<store::RowRefused>(outcome);
  Faults faults;
  faults.add(Part::body, "", faults::not_supported,
             fmt::format("the database refuses this payment ({} {})", refused.sqlstate, refused.constraint));
  return refuse(request, faults);
}

}  // namespace

Task<http::Response> create_payment(const Call& call, Received<CreatePayment> received, store::Intake& intake,
                                    store::Payments& payments, const GatewayTerms& gateway) {
  auto key = read_key(call.request);
  if (!key) co_return std::move(key.error());
  if (!call.reaches_any() && received.body.user_id != call.self())
    co_return refuse(call.request, problems::forbidden,
                     fmt::format("A customer pays only for itself: its user_id is {}.", call.self().text()));
  const Faults faults = check_terms(received.body, gateway);
  if (!faults.empty()) {
    // What was taken under other terms is stored for good: its retry goes on, to its replay.
    const KeyDigest digest = key_digest(call.caller->principal, route, *key);
    const bool is_retry = co_await payments.is_stored(digest);
    if (!is_retry) co_return refuse(call.request, faults);
  }
  if (call.is_service())
    if (auto refusal = call.admission->admit_user(*call.caller, received.body.user_id))
      co_return std::move(*refusal);
  auto payment = new_payment(call, std::move(*key), std::move(received), gateway.queue);
  const store::AcceptOutcome outcome = co_await intake.accept(std::move(payment));
  co_return to_response(call.request, outcome);
}

}  // namespace bursar::api
