// GET /payments/{id}/timeline: what happened to a payment, why it is in its state, and what comes next.
#pragma once
#include "api/call.hpp"
#include "api/payment_body.hpp"
#include "store/payments.hpp"

namespace bursar::api {

struct TimelineEntryBody {
  Instant at;
  std::string_view what;
  std::optional<std::string> event_id;
  std::optional<std::string_view> queue;
  std::optional<std::int64_t> endpoint;
  std::optional<std::string_view> detail;
};
BOOST_DESCRIBE_STRUCT(TimelineEntryBody, (), (at, what, event_id, queue, endpoint, detail))

template <>
struct Described<TimelineEntryBody> {
  static constexpr std::string_view name = "TimelineEntry";
  static constexpr std::string_view description = "One thing that happened.";
  static constexpr Member members[] = {
      {"at",
       {.description = "When, on the database's clock.", .example = R"("2026-11-26T12:00:00.251337Z")"}},
      {"what",
       {.description = "accepted; an entry of the journal (attempts that did not settle, look-ups, "
                       "decisions); the event "
                       "succeeded or failed; or what became of a notification: sent, retry, dead, "
                       "suppressed, ambiguous, "
                       "discarded.",
        .example = R"("succeeded")"}},
      {"event_id",
       {.description = "The event it is about.", .example = R"("0199a3c2-7f10-7abc-8def-0123456789ab.1")"}},
      {"queue", {.description = "The gateway's or the channel's name.", .example = R"("email")"}},
      {"endpoint", {.description = "The webhook endpoint, where there is one.", .example = "7"}},
      {"detail",
       {.description = "The request's id, the gateway's or provider's answer or reference.",
        .example = R"("pi_3SXk2eLkdIwHu7ix0B2b2c4d")"}},
  };
};

struct TimelineBody {
  PaymentBody payment;
  std::string explanation;
  std::optional<std::string> trace_id;
  std::vector<TimelineEntryBody> entries;
};
BOOST_DESCRIBE_STRUCT(TimelineBody, (), (payment, explanation, trace_id, entries))

template <>
struct Described<TimelineBody> {
  static constexpr std::string_view name = "Timeline";
  static constexpr std::string_view description = "The whole story of a payment, from the database.";
  static constexpr Member members[] = {
      {"payment", {.description = "Its current state."}},
      {"explanation",
       {.description = "Why it is in this state and what comes next, for people.",
        .example = R"("The gateway took the money.")"}},
      {"trace_id",
       {.description =
            "Of the `traceparent` that came with the request, where one did: 32 hexadecimal digits.",
        .example = R"("0af7651916cd43dd8448eb211c80319c")"}},
      {"entries", {.description = "Oldest first."}},
  };
};

/// Why a payment is in its state, what comes next and when.
std::string explain(const Payment& payment);

Task<http::Response> show_timeline(const Call& call, store::Payments& payments);

}  // namespace bursar::api
