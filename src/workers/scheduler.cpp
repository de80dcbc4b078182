#include "workers/scheduler.hpp"

#include "base/limits.hpp"
#include "base/log.hpp"
#include "store/daily.hpp"
#include "store/worker_registry.hpp"

namespace bursar::workers {

Scheduler::Scheduler(Executor executor, SchedulerOptions options, const Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      analytics_(executor, store::connect_as(options_.database, store::Role::analytics)),
      operations_(executor, store::connect_as(options_.database, store::Role::operations)) {}

Task<> Scheduler::run() {
  Monotonic next_forget = clock_.monotonic();
  while (true) {
    try {
      co_await roll_up_once();
      if (clock_.monotonic() >= next_forget) {
        next_forget = clock_.monotonic() + limits::forget_workers_every;
        co_await forget_once();
      }
    } catch (const Unavailable& away) {
      log::warning("schedule_failed", {{"reason", away.what()}});
    } catch (const pg::StatementFailed& failed) {
      log::error("schedule_failed", {{"sqlstate", failed.sqlstate()}, {"reason", failed.what()}});
    }
    co_await pause(limits::roll_up_every);
  }
}

Task<std::size_t> Scheduler::roll_up_once() {
  auto* connection = co_await analytics_.get();
  store::Daily daily(*connection);
  // The latest date anywhere on earth: a day that has not begun in our zone has no payments and so no row.
  const auto today = std::chrono::floor<std::chrono::days>(clock_.now() + std::chrono::hours(14));
  const auto days = co_await daily.open_days(today, options_.time_zone);
  std::size_t changed = 0;
  for (const auto day : days) {
    const auto rows = co_await daily.roll_up(day, options_.time_zone);
    changed += rows.size();
  }
  co_return changed;
}

Task<> Scheduler::forget_once() {
  auto* connection = co_await operations_.get();
  store::WorkerRegistry registry(*connection);
  co_await registry.forget();
}

}  // namespace bursar::workers
