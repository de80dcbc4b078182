// A payment, as every answer shows it. A new field is a member here with its rule, and a line in
// payment_body().
#pragma once
#include "api/body.hpp"

namespace bursar::api {

inline constexpr std::string_view example_payment_id = R"("0199a3c2-7f10-7abc-8def-0123456789ab")";
inline constexpr std::string_view example_user_id = R"("7b0e2f4c-96c4-4c1e-9a53-0d5b1f6a2c11")";

struct PaymentBody {
  PaymentId id;
  PaymentStatus status = PaymentStatus::pending;
  UserId user_id;
  std::int64_t amount = 0;
  std::string_view currency;
  std::optional<std::string_view> description, reference, payment_method;
  std::optional<JsonText> metadata;
  PrincipalId created_by;
  Instant created_at;
  std::optional<Instant> finished_at;
  std::optional<std::string_view> failure_code, gateway_reference;
  std::optional<PendingReason> pending_reason;
  std::optional<Instant> next_step_at;
  std::optional<std::string_view> request_id;
};
BOOST_DESCRIBE_STRUCT(PaymentBody, (),
                      (id, status, user_id, amount, currency, description, reference, payment_method,
                       metadata, created_by, created_at, finished_at, failure_code, gateway_reference,
                       pending_reason, next_step_at, request_id))

template <>
struct Described<PaymentBody> {
  static constexpr std::string_view name = "Payment";
  static constexpr std::string_view description =
      "A payment in its current state. Members that do not apply are left out. There is no cancel and no "
      "refund yet.";
  static constexpr Member members[] = {
      {"id", {.description = "Made by Bursar; in the order of acceptance.", .example = example_payment_id}},
      {"status",
       {.description = "PENDING until the gateway has decided; SUCCESS and FAILED are final.",
        .example = R"("PENDING")"}},
      {"user_id", {.description = "Who pays.", .example = example_user_id}},
      {"amount",
       {.description = "In minor units of the currency: 1234 is 12.34 EUR or 1234 JPY.", .example = "1234"}},
      {"currency", {.description = "ISO 4217.", .example = R"("EUR")"}},
      {"description", {.description = "As sent.", .example = R"("Two tickets")"}},
      {"reference", {.description = "As sent.", .example = R"("order-1017")"}},
      {"payment_method", {.description = "As sent.", .example = R"("pm_card_visa")"}},
      {"metadata",
       {.description = "As sent; the order of its members may change.", .example = R"({"channel":"web"})"}},
      {"created_by", {.description = "The principal that asked for it.", .example = example_user_id}},
      {"created_at", {.description = "When it was accepted.", .example = R"("2026-11-26T12:00:00.000004Z")"}},
      {"finished_at",
       {.description = "When it became SUCCESS or FAILED.", .example = R"("2026-11-26T12:00:00.251337Z")"}},
      {"failure_code", {.description = "Why the gateway declined it.", .example = R"("card_declined")"}},
      {"gateway_reference",
       {.description = "The gateway's own id.", .example = R"("pi_3SXk2eLkdIwHu7ix0B2b2c4d")"}},
      {"pending_reason",
       {.description =
            "queued: waits for its turn. outcome_unknown: the gateway is being asked what became of it. "
            "parked: waits for a person.",
        .example = R"("queued")"}},
      {"next_step_at",
       {.description = "When the next attempt or look-up is due.", .example = R"("2026-11-26T12:00:05Z")"}},
      {"request_id", {.description = "Of the request that created it.", .example = R"("checkout-8f14e45f")"}},
  };
};

/// Views into `payment`, which must outlive it.
PaymentBody payment_body(const Payment& payment);

}  // namespace bursar::api
