// GET /analytics/daily, for staff.
#pragma once
#include "api/call.hpp"
#include "store/daily.hpp"

namespace bursar::api {

struct DailyQuery {
  std::optional<Day> from, to;
};
BOOST_DESCRIBE_STRUCT(DailyQuery, (), (from, to))

template <>
struct Described<DailyQuery> {
  static constexpr std::string_view name = "DailyQuery";
  static constexpr std::string_view description = "";
  static constexpr Member members[] = {
      {"from",
       {.description = "The first day. 30 days up to `to` when left out.", .example = R"("2026-11-01")"}},
      {"to",
       {.description = "The last day, included. Today (UTC) when left out.", .example = R"("2026-11-26")"}},
  };
};

struct DailyFiguresBody {
  Day day;
  std::string_view currency;
  std::int64_t accepted = 0, succeeded = 0, failed = 0, still_pending = 0;
  std::string_view amount_accepted, amount_succeeded, amount_failed;
  std::optional<double> failure_rate, mean_ms, p95_ms;
  Instant restated_at;
};
BOOST_DESCRIBE_STRUCT(DailyFiguresBody, (),
                      (day, currency, accepted, succeeded, failed, still_pending, amount_accepted,
                       amount_succeeded, amount_failed, failure_rate, mean_ms, p95_ms, restated_at))

template <>
struct Described<DailyFiguresBody> {
  static constexpr std::string_view name = "DailyFigures";
  static constexpr std::string_view description =
      "One day of creation and one currency; currencies are never summed together. Restated until nothing is "
      "pending.";
  static constexpr Member members[] = {
      {"day", {.description = "Payments accepted on this day.", .example = R"("2026-11-26")"}},
      {"currency", {.description = "ISO 4217.", .example = R"("EUR")"}},
      {"accepted", {.description = "How many were accepted.", .example = "3", .minimum = 0}},
      {"succeeded", {.description = "How many of them succeeded so far.", .example = "2", .minimum = 0}},
      {"failed", {.description = "How many of them failed so far.", .example = "1", .minimum = 0}},
      {"still_pending",
       {.description = "How many of them have no outcome yet.", .example = "0", .minimum = 0}},
      {"amount_accepted",
       {.description = "Their sum in minor units, exact beyond 2^53 and therefore a text.",
        .example = R"("3702")"}},
      {"amount_succeeded", {.description = "Likewise, of those that succeeded.", .example = R"("2468")"}},
      {"amount_failed", {.description = "Likewise, of those that failed.", .example = R"("1234")"}},
      {"failure_rate",
       {.description = "failed / (succeeded + failed); absent while there is neither.", .example = "0.3333"}},
      {"mean_ms",
       {.description = "From acceptance to outcome, on average, in milliseconds.", .example = "251.3"}},
      {"p95_ms",
       {.description =
            "Likewise for the slowest of 20: the upper bound of its bucket; absent above the last bucket.",
        .example = "512"}},
      {"restated_at",
       {.description = "When these figures were computed.", .example = R"("2026-11-26T12:00:10Z")"}},
  };
};

struct DailyPageBody {
  Day from, to;
  std::vector<DailyFiguresBody> figures;
};
BOOST_DESCRIBE_STRUCT(DailyPageBody, (), (from, to, figures))

template <>
struct Described<DailyPageBody> {
  static constexpr std::string_view name = "DailyPage";
  static constexpr std::string_view description = "Figures by day and currency, newest day first.";
  static constexpr Member members[] = {
      {"from", {.description = "The first day asked for.", .example = R"("2026-11-01")"}},
      {"to", {.description = "The last day asked for.", .example = R"("2026-11-26")"}},
      {"figures", {.description = "At most 10,000; days without a payment have none."}},
  };
};

Task<http::Response> show_daily(const Call& call, DailyQuery query, pg::Pool& analytics, const Clock& clock);

}  // namespace bursar::api
