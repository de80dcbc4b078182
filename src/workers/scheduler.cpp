#include "workers/scheduler.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "base/log.hpp"
#include "store/daily.hpp"
#include "store/worker_registry.hpp"

namespace bursar::workers {

Scheduler::Days::Days(Executor executor, const SchedulerOptions& options, int skip, int until,
                      int rest_factor)
    : link(std::move(executor), store::connect_for_roll_ups(options.database)),
      skipped(skip),
      last(until),
      rest(rest_factor) {}

Scheduler::Scheduler(Executor executor, SchedulerOptions options, const Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      recent_(executor, options_, 0, limits::recent_days, limits::roll_up_rest),
      older_(executor, options_, limits::recent_days, store::every_day, limits::roll_up_rest),
      all_(executor, options_, 0, store::every_day, 0),
      operations_(executor, store::connect_as(options_.database, store::Role::operations)) {}

Task<> Scheduler::keep_recent_days() { return keep(recent_, limits::roll_up_every); }

Task<> Scheduler::keep_older_days() { return keep(older_, limits::roll_up_older_every); }

Task<Scheduler::Round> Scheduler::roll_up_open_days() { return round(all_); }

Task<> Scheduler::keep(Days& days, milliseconds every) {
  while (true) {
    const auto next = clock_.monotonic() + every;
    try {
      co_await round(days);
      if (&days == &older_) co_await forget_when_due();
    } catch (const Unavailable& away) {
      log::warning("schedule_failed", {{"reason", away.what()}});
    } catch (const pg::StatementFailed& failed) {
      log::error("schedule_failed", {{"sqlstate", failed.sqlstate()}, {"reason", failed.what()}});
    }
    const auto left = std::chrono::ceil<milliseconds>(next - clock_.monotonic());
    co_await pause(std::max(left, milliseconds(limits::reconnect_pause)));
  }
}

Task<Scheduler::Round> Scheduler::round(Days& days) {
  auto* connection = co_await days.link.get();
  store::Daily daily(*connection);
  const auto open = co_await daily.open_days(options_.time_zone, days.skipped, days.last);
  std::erase_if(days.failing,
                [&open](const auto& entry) { return std::ranges::find(open, entry.first) == open.end(); });
  Round made;
  for (const auto day : open) {
    const auto failing = days.failing.find(day);
    if (failing != days.failing.end() && clock_.monotonic() < failing->second.again) continue;
    try {
      made.rows += co_await roll_up(days, day);
      days.failing.erase(day);
    } catch (const pg::StatementFailed& failed) {
      log::error("roll_up_failed", {{"day", to_rfc3339(Instant(day)).substr(0, 10)},
                                    {"sqlstate", failed.sqlstate()},
                                    {"reason", failed.what()}});
      put_off(days, day);
      made.failed.push_back(day);
    } catch (const Unavailable&) {
      // The database is away, or was silent for so long because of this day: then the others are next.
      put_off(days, day);
      throw;
    }
  }
  co_return made;
}

// However large a day is, its roll-ups take a small part of the time.
Task<std::size_t> Scheduler::roll_up(Days& days, std::chrono::sys_days day) {
  const auto rest = std::chrono::ceil<milliseconds>(days.rests_until - clock_.monotonic());
  if (rest > milliseconds(0)) co_await pause(rest);
  auto* connection = co_await days.link.get();
  store::Daily daily(*connection);
  const auto started = clock_.monotonic();
  const auto rows = co_await daily.roll_up(day, options_.time_zone);
  const auto ended = clock_.monotonic();
  days.rests_until = ended + days.rest * (ended - started);
  co_return rows.size();
}

void Scheduler::put_off(Days& days, std::chrono::sys_days day) {
  Failure& failure = days.failing[day];
  failure.again = clock_.monotonic() + failure.backoff.next();
}

Task<> Scheduler::forget_when_due() {
  if (clock_.monotonic() < next_forget_) co_return;
  next_forget_ = clock_.monotonic() + limits::forget_workers_every;
  auto* connection = co_await operations_.get();
  store::WorkerRegistry registry(*connection);
  co_await registry.forget();
}

}  // namespace bursar::workers
