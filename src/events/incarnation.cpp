#include "events/incarnation.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "base/log.hpp"

namespace bursar::events {

Incarnation::Incarnation(Executor executor, IncarnationOptions options, const Clock& clock, Random& random)
    : options_(std::move(options)),
      clock_(clock),
      random_(random),
      beats_(executor, store::connect_as(options_.database,
                                         options_.executes ? store::Role::executor : store::Role::notifier)),
      looks_(executor, store::connect_as(options_.database,
                                         options_.executes ? store::Role::executor : store::Role::notifier)),
      execute_(executor, store::connect_as(options_.database, store::Role::executor)),
      channel_(executor, store::connect_as(options_.database, store::Role::notifier)),
      database_clock_(clock) {}

bool Incarnation::may_call() const {
  return worker_ != 0 && clock_.monotonic() - last_beat_ < limits::beat_too_old_to_call;
}

Task<> Incarnation::beat() { return repeat("beat_failed", limits::beat_every, &Incarnation::beat_once); }

Task<> Incarnation::watch() {
  return repeat("take_over_failed", limits::take_over_check_every, &Incarnation::look_for_the_lost);
}

Task<> Incarnation::repeat(std::string what, milliseconds every, Task<> (Incarnation::*once)()) {
  while (true) {
    const auto next = clock_.monotonic() + every;
    try {
      co_await (this->*once)();
    } catch (const Unavailable& away) {
      log::warning(what, {{"worker", worker_}, {"reason", away.what()}});
    } catch (const pg::StatementFailed& failed) {
      log::error(what, {{"worker", worker_}, {"sqlstate", failed.sqlstate()}, {"reason", failed.what()}});
    }
    const auto left = std::chrono::ceil<milliseconds>(next - clock_.monotonic());
    co_await pause(std::max(left, milliseconds(limits::reconnect_pause)));
  }
}

Task<> Incarnation::beat_once() {
  auto* connection = co_await beats_.get();
  if (clock_.monotonic() >= next_measurement_) {
    co_await database_clock_.measure(*connection);
    next_measurement_ = clock_.monotonic() + limits::clock_measured_every;
  }
  store::WorkerRegistry registry(*connection);
  // Counted from before the statement: the server sees the beat later than this, never earlier.
  const auto sent = clock_.monotonic();
  if (worker_ != 0) {
    const auto known = co_await registry.beat(worker_);
    if (known && known->timeline == timeline_) {
      last_beat_ = sent;
      ++counters_.beats;
      co_return;
    }
    log::warning("worker_registers_anew", {{"worker", worker_}, {"known", known.has_value()}});
  }
  const auto number = static_cast<store::WorkerNumber>(random_.next() >> 2) + 1;
  const auto registration = co_await registry.register_worker(number, options_.name);
  worker_ = registration.worker;
  timeline_ = registration.timeline;
  last_beat_ = sent;
  ++counters_.registrations;
  log::info("worker_registered", {{"worker", worker_}, {"name", options_.name}});
}

// A take-over walks the chunks, and the dead stay on record for a day: it is done when somebody new is dead,
// and once a minute for what a claim committed late.
Task<> Incarnation::look_for_the_lost() {
  if (!may_call()) co_return;
  auto* connection = co_await looks_.get();
  store::WorkerRegistry registry(*connection);
  const auto lost = co_await registry.lost(worker_);
  const bool overdue = clock_.monotonic() - last_full_check_ > limits::take_over_anyway_every;
  if (!overdue && lost == settled_) co_return;
  last_full_check_ = clock_.monotonic();
  const auto workers = co_await take_over(0);
  // Fewer than counted: another process is at it, and may die doing so.
  if (workers >= lost.workers) settled_ = lost;
}

Task<std::int64_t> Incarnation::take_over(store::WorkerNumber leaving) {
  store::WorkerRegistry::TakenOver execute, channel;
  if (options_.executes) {
    auto* connection = co_await execute_.get();
    store::WorkerRegistry registry(*connection);
    execute = co_await registry.take_over_execute(worker_, leaving);
  }
  if (options_.notifies) {
    auto* connection = co_await channel_.get();
    store::WorkerRegistry registry(*connection);
    channel = co_await registry.take_over_channel(worker_, leaving);
  }
  const auto items = execute.exploded + execute.freed + channel.exploded + channel.freed;
  const auto chunks = execute.chunks + channel.chunks;
  if (chunks + items > 0) {
    if (leaving == 0) {
      ++counters_.take_overs;
      counters_.items_taken_over += static_cast<std::uint64_t>(items);
    }
    log::info(leaving != 0 ? "worker_left" : "worker_taken_over",
              {{"worker", worker_}, {"chunks", chunks}, {"items", items}});
  }
  // Of the sides this process serves, the one that got fewer.
  if (!options_.executes) co_return channel.workers;
  if (!options_.notifies) co_return execute.workers;
  co_return std::min(execute.workers, channel.workers);
}

Task<> Incarnation::leave() {
  if (worker_ == 0) co_return;
  try {
    co_await take_over(worker_);
  } catch (const Unavailable& away) {
    log::warning("leave_failed", {{"worker", worker_}, {"reason", away.what()}});
  } catch (const pg::StatementFailed& failed) {
    // Others take over what it holds, as from any worker that is gone.
    log::error("leave_failed",
               {{"worker", worker_}, {"sqlstate", failed.sqlstate()}, {"reason", failed.what()}});
  }
}

}  // namespace bursar::events
