// POST /payments.
#pragma once
#include <functional>

#include "api/call.hpp"
#include "api/payment_body.hpp"
#include "base/limits.hpp"
#include "store/intake.hpp"

namespace bursar::api {

struct CreatePayment {
  UserId user_id;
  std::int64_t amount = 0;
  std::optional<Currency> currency;
  std::optional<std::string> description, reference, payment_method;
  std::optional<TextPairs> metadata;
};
BOOST_DESCRIBE_STRUCT(CreatePayment, (),
                      (user_id, amount, currency, description, reference, payment_method, metadata))

template <>
struct Described<CreatePayment> {
  static constexpr std::string_view name = "CreatePayment";
  static constexpr std::string_view description =
      "A payment to be made. Unknown members are refused. Card numbers are refused in every text.";
  static constexpr Member members[] = {
      {"user_id",
       {.description = "Who pays. A customer may name only itself, a service any user.",
        .example = example_user_id}},
      {"amount",
       {.description =
            "In minor units of the currency: 1234 is 12.34 EUR or 1234 JPY. A plain integer: 1.0, 1e3 and "
            "\"1000\" are refused.",
        .example = "1234",
        .minimum = 1,
        .maximum = limits::amount_minor_max}},
      {"currency",
       {.description = "An ISO 4217 code that is in use, has a minor unit and is taken by the gateway.",
        .example = R"("EUR")",
        .required = true}},
      {"description",
       {.description = "For the payer's messages.",
        .example = R"("Two tickets")",
        .max_characters = limits::description_characters,
        .several_lines = true}},
      {"reference",
       {.description = "Your own number for it; payments are found by it.",
        .example = R"("order-1017")",
        .max_characters = limits::reference_characters}},
      {"payment_method",
       {.description = "The gateway's token for the card or account. Never a card number.",
        .example = R"("pm_card_visa")",
        .max_characters = limits::payment_method_characters}},
      {"metadata",
       {.description = "Up to 20 texts of up to 100 characters under keys of up to 40, together 3,500 bytes.",
        .example = R"({"channel":"web"})"}},
  };
};

/// What the deployment's gateway takes; app knows it, api may not ask the gateway. For new payments only:
/// what is stored is replayed whatever the terms are by then.
struct GatewayTerms {
  QueueNumber queue = queues::simulator;
  /// A sentence for the caller when the gateway cannot represent or does not take this money.
  std::function<std::optional<std::string>(const Money&)> refusal;
  /// A live gateway needs one; the simulator has a default.
  bool needs_payment_method = false;
};

Task<http::Response> create_payment(const Call& call, Received<CreatePayment> received, store::Intake& intake,
                                    store::Payments& payments, const GatewayTerms& gateway);

}  // namespace bursar::api
