#include "cli/daily.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace bursar::cli {

Task<Printed> show_daily(Remote& remote, DailyArguments arguments, Format format) {
  Query query;
  if (arguments.from) query.emplace_back("from", *arguments.from);
  if (arguments.to) query.emplace_back("to", *arguments.to);
  const json::object answer = co_await remote.get("/analytics/daily", std::move(query));
  const json::value* found = answer.if_contains("figures");
  const json::array rows = found != nullptr && found->is_array() ? found->get_array() : json::array();
  const std::vector<Column> columns{{"DAY", "day"},
                                    {"CURRENCY", "currency"},
                                    {"ACCEPTED", "accepted"},
                                    {"SUCCEEDED", "succeeded"},
                                    {"FAILED", "failed"},
                                    {"PENDING", "still_pending"},
                                    {"VOLUME (MINOR)", "amount_succeeded"},
                                    {"FAILURE RATE", "failure_rate"},
                                    {"MEAN MS", "mean_ms"},
                                    {"P95 MS", "p95_ms"},
                                    {"AS OF", "restated_at"}};
  Printed printed;
  printed.text = format_rows(format, columns, rows);
  if (rows.empty())
    printed.notes = "no payments in these days, or not counted yet ('bursar analytics run' counts now)";
  co_return printed;
}

}  // namespace bursar::cli
