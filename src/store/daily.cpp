#include "store/daily.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "sql.hpp"

namespace bursar::store {
namespace {

// "2026-11-26"
std::string iso_date(std::chrono::sys_days day) { return to_rfc3339(Instant(day)).substr(0, 10); }

std::chrono::sys_days read_day(const pg::Row& row) {
  return std::chrono::sys_days(std::chrono::days(row.get<std::int32_t>("days_since_1970")));
}

DailyFigures read_figures(const pg::Row& row) {
  DailyFigures figures;
  figures.day = read_day(row);
  figures.currency = row.get<std::string>("currency");
  figures.accepted = row.get<std::int64_t>("accepted");
  figures.succeeded = row.get<std::int64_t>("succeeded");
  figures.failed = row.get<std::int64_t>("failed");
  figures.still_pending = row.get<std::int64_t>("still_pending");
  figures.amount_accepted = row.get<std::string>("amount_accepted");
  figures.amount_succeeded = row.get<std::string>("amount_succeeded");
  figures.amount_failed = row.get<std::string>("amount_failed");
  figures.failure_rate = row.get_optional<double>("failure_rate");
  figures.mean_milliseconds = row.get_optional<double>("mean_milliseconds");
  figures.p95_milliseconds = row.get_optional<double>("p95_milliseconds");
  figures.restated_at = row.get<Instant>("restated_at");
  return figures;
}

std::vector<DailyFigures> read_all_figures(const pg::Result& result) {
  std::vector<DailyFigures> all;
  all.reserve(static_cast<std::size_t>(result.rows()));
  for (const auto row : result) all.push_back(read_figures(row));
  return all;
}

}  // namespace

pg::ConnectOptions connect_for_roll_ups(const DatabaseOptions& database) {
  auto options = connect_as(database, Role::analytics);
  options.statement_timeout = limits::roll_up_timeout;
  return options;
}

Task<RunNumber> Daily::draw_run() {
  const pg::Params none;
  const auto result = co_await connection_->run(sql::draw_run, none);
  co_return result.only_row().get<std::int64_t>(0);
}

Task<std::vector<DailyFigures>> Daily::roll_up(std::chrono::sys_days day, std::string time_zone,
                                               RunNumber run) {
  const auto date = iso_date(day);
  pg::Params params;
  params.add(std::string_view(date)).add(std::string_view(time_zone)).add(run);
  const auto result = co_await connection_->run(sql::roll_up, params, limits::roll_up_deadline);
  auto figures = read_all_figures(result);
  std::ranges::sort(figures, {}, &DailyFigures::currency);
  co_return figures;
}

Task<std::vector<DailyFigures>> Daily::roll_up(std::chrono::sys_days day, std::string time_zone) {
  const auto run = co_await draw_run();
  co_return co_await roll_up(day, std::move(time_zone), run);
}

Task<std::vector<std::chrono::sys_days>> Daily::open_days(std::string time_zone, int skipped, int last) {
  pg::Params params;
  params.add(std::string_view(time_zone))
      .add(std::int32_t{skipped})
      .add(std::int32_t{last})
      .add(std::chrono::microseconds(limits::accepts_commit_within));
  const auto result = co_await connection_->run(sql::open_days, params);
  std::vector<std::chrono::sys_days> days;
  days.reserve(static_cast<std::size_t>(result.rows()));
  for (const auto row : result) days.push_back(read_day(row));
  co_return days;
}

Task<std::vector<DailyFigures>> Daily::show(std::chrono::sys_days from, std::chrono::sys_days to) {
  const auto first = iso_date(from);
  const auto last = iso_date(to);
  pg::Params params;
  params.add(std::string_view(first))
      .add(std::string_view(last))
      .add(static_cast<std::int32_t>(limits::analytics_rows));
  const auto result = co_await connection_->run(sql::daily_show, params);
  co_return read_all_figures(result);
}

}  // namespace bursar::store
