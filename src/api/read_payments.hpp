// GET /payments/{id} and GET /payments.
#pragma once
#include "api/call.hpp"
#include "api/payment_body.hpp"
#include "base/limits.hpp"
#include "store/payments.hpp"

namespace bursar::api {

struct ListPayments {
  std::optional<PaymentStatus> status;
  std::optional<UserId> user_id;
  std::optional<std::string> reference;
  std::optional<Currency> currency;
  std::optional<Instant> created_after;
  std::optional<std::string> cursor;
  std::optional<std::int64_t> limit;
};
BOOST_DESCRIBE_STRUCT(ListPayments, (), (status, user_id, reference, currency, created_after, cursor, limit))

template <>
struct Described<ListPayments> {
  static constexpr std::string_view name = "ListPayments";
  static constexpr std::string_view description = "";
  static constexpr Member members[] = {
      {"status", {.description = "Only payments in this state.", .example = R"("SUCCESS")"}},
      {"user_id", {.description = "Only payments of this payer.", .example = example_user_id}},
      {"reference",
       {.description = "Only payments with exactly this reference. Write a blank as %20.",
        .example = R"("order-1017")",
        .max_characters = limits::reference_characters}},
      {"currency", {.description = "Only payments in this currency.", .example = R"("EUR")"}},
      {"created_after",
       {.description =
            "Only payments whose `created_at` is later than this (RFC 3339 with an offset), to the "
            "microsecond. A payment can be listed up to a minute behind its `created_at`: who polls lets "
            "its times overlap.",
        .example = R"("2026-11-26T00:00:00Z")"}},
      {"cursor",
       {.description = "`next_cursor` of the page before, with the same filters. Opaque.",
        .max_characters = 100}},
      {"limit",
       {.description = "Payments a page.",
        .example = "20",
        .minimum = 1,
        .maximum = limits::page_items_max,
        .fallback = "50"}},
  };
};
static_assert(limits::page_items_default == 50, "the fallback above");

struct PaymentPageBody {
  std::vector<PaymentBody> payments;
  std::optional<std::string> next_cursor;
};
BOOST_DESCRIBE_STRUCT(PaymentPageBody, (), (payments, next_cursor))

template <>
struct Described<PaymentPageBody> {
  static constexpr std::string_view name = "PaymentPage";
  static constexpr std::string_view description =
      "Payments, newest first. A page may be short, even empty: only a page without next_cursor is the last.";
  static constexpr Member members[] = {
      {"payments", {.description = "Newest first."}},
      {"next_cursor",
       {.description = "Where the next page starts; absent at the end.",
        .example = R"("AQGZo8J_EHq8je8BI0VniavwtvBvmvgJ3Q")"}},
  };
};

Task<http::Response> show_payment(const Call& call, store::Payments& payments);
Task<http::Response> list_payments(const Call& call, ListPayments query, store::Payments& payments);

}  // namespace bursar::api
