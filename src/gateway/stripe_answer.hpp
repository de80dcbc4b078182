// What Stripe's answers mean for a payment: the one place where "charged", "declined" and "nobody knows" are
// told apart. FAILED needs Stripe's own typed decline that names our payment; success needs our payment,
// amount and currency; everything else stays open. Pure; sources: docs.stripe.com/api/errors,
// /api/payment_intents/object, /error-low-level (idempotency).
#pragma once
#include <string>
#include <vector>

#include "gateway/gateway.hpp"
#include "gateway/stripe_money.hpp"
#include "http/client.hpp"

namespace bursar::gateway {

/// The member of a PaymentIntent's metadata that names our payment.
inline constexpr std::string_view payment_id_key = "bursar_payment_id";

/// What an answer must name.
struct Expected {
  PaymentId payment;
  StripeAmount money;
};

/// The answer to the one create-and-confirm.
Answer read_charge_answer(const http::ClientResponse& response, const Expected& expected);

/// The answer to a retrieve by id. Never not_executed: that a look-up was refused says nothing about the
/// payment.
Answer read_retrieve_answer(const http::ClientResponse& response, const Expected& expected);

/// One page of a list, newest first.
struct ListPage {
  /// What the PaymentIntents of our payment say; usually none or one.
  std::vector<Answer> matches;
  std::size_t looked_at = 0;
  bool has_more = false;
  /// Where the next page starts.
  std::string last_id;
  /// The list could not be read; then nothing else is set.
  std::optional<Answer> failure;
};
ListPage read_list_answer(const http::ClientResponse& response, const Expected& expected);

/// No complete answer: definitely not executed when nothing was sent, else unknown.
Answer answer_of_failed_charge(const http::CallFailed& failure);
Answer answer_of_failed_look_up(const http::CallFailed& failure);

}  // namespace bursar::gateway
