#include "workers/worker_loop.hpp"

#include "base/limits.hpp"
#include "base/log.hpp"

namespace bursar::workers {

// Now as the database sees it, so that the life of a gateway's key is measured by the clock that wrote its
// start.
class WorkerLoop::DatabaseTime final : public Clock {
 public:
  DatabaseTime(const Clock& local, events::Incarnation& incarnation)
      : local_(local), incarnation_(incarnation) {}
  Instant now() const override { return incarnation_.database_now(); }
  Monotonic monotonic() const override { return local_.monotonic(); }

 private:
  const Clock& local_;
  events::Incarnation& incarnation_;
};

// A consumer and the lane that feeds it.
struct WorkerLoop::ExecuteLane {
  ExecuteLane(const Executor& executor, const GatewayWork& work, events::LaneOptions options,
              events::Incarnation& incarnation, const Clock& clock)
      : consumer(work.name, *work.gateway, clock),
        lane(executor, std::move(options), incarnation, consumer, clock) {}

  PaymentExecutor consumer;
  events::Lane<events::ExecuteSide> lane;
};

struct WorkerLoop::ChannelLane {
  ChannelLane(const Executor& executor, const ChannelWork& work, events::LaneOptions options,
              events::Incarnation& incarnation, const Clock& clock)
      : consumer(work.name, *work.channel, work.compose, clock),
        lane(executor, std::move(options), incarnation, consumer, clock) {}

  Notifier consumer;
  events::Lane<events::ChannelSide> lane;
};

namespace {

events::IncarnationOptions incarnation_of(const WorkerOptions& options) {
  return {.database = options.database,
          .name = options.name,
          .executes = !options.gateways.empty(),
          .notifies = !options.channels.empty()};
}

template <class Pair>
WorkerLoop::LaneReport report_of(const Pair& pair) {
  const auto& lane = pair.lane;
  const auto& counters = lane.counters();
  return {.name = lane.name(),
          .rounds = counters.rounds,
          .claimed = counters.claimed,
          .written = counters.written,
          .lost = counters.lost,
          .degraded = counters.degraded,
          .commits = counters.commits,
          .open = lane.open(),
          .suspended = pair.consumer.appetite() != events::Appetite::full};
}

}  // namespace

WorkerLoop::WorkerLoop(Executor executor, WorkerOptions options, const Clock& clock, Random& random)
    : options_(std::move(options)),
      incarnation_(executor, incarnation_of(options_), clock, random),
      database_time_(std::make_unique<DatabaseTime>(clock, incarnation_)),
      tasks_(executor),
      watch_(executor) {
  for (const ChannelWork& work : options_.channels) {
    events::LaneOptions lane{.database = options_.database,
                             .queue = work.queue,
                             .name = work.name,
                             .concurrency = limits::channel_concurrency,
                             .committed = {}};
    channel_lanes_.push_back(
        std::make_unique<ChannelLane>(executor, work, std::move(lane), incarnation_, *database_time_));
  }
  for (const GatewayWork& work : options_.gateways) {
    // What was finished here is told from here, without waiting for an idle poll.
    events::LaneOptions lane{.database = options_.database,
                             .queue = work.queue,
                             .name = work.name,
                             .concurrency = limits::gateway_concurrency,
                             .committed = [this] { wake_channels(); }};
    execute_lanes_.push_back(
        std::make_unique<ExecuteLane>(executor, work, std::move(lane), incarnation_, *database_time_));
  }
  if (options_.schedules) {
    SchedulerOptions scheduler{.database = options_.database, .time_zone = options_.time_zone};
    scheduler_ = std::make_unique<Scheduler>(executor, std::move(scheduler), clock);
  }
}

WorkerLoop::~WorkerLoop() = default;

void WorkerLoop::start() {
  if (!execute_lanes_.empty() || !channel_lanes_.empty()) {
    tasks_.spawn("beat", incarnation_.beat());
    watch_.spawn("take-over", incarnation_.watch());
  }
  for (auto& lane : execute_lanes_) lane->lane.start();
  for (auto& lane : channel_lanes_) lane->lane.start();
  if (scheduler_) {
    tasks_.spawn("recent days", scheduler_->keep_recent_days());
    tasks_.spawn("older days", scheduler_->keep_older_days());
  }
}

void WorkerLoop::wake() {
  for (auto& lane : execute_lanes_) lane->lane.wake();
}

void WorkerLoop::wake_channels() {
  for (auto& lane : channel_lanes_) lane->lane.wake();
}

Task<> WorkerLoop::stop() {
  // All lanes drain at once; the beat goes on until nothing is held.
  TaskGroup drains(co_await asio::this_coro::executor);
  for (auto& lane : execute_lanes_) {
    lane->consumer.leave();
    drains.spawn("drain", lane->lane.drain(limits::outbound_deadline));
  }
  for (auto& lane : channel_lanes_) {
    lane->consumer.leave();
    drains.spawn("drain", lane->lane.drain(limits::outbound_deadline));
  }
  co_await drains.join();
  for (auto& lane : execute_lanes_) co_await lane->lane.stop();
  for (auto& lane : channel_lanes_) co_await lane->lane.stop();
  watch_.cancel();
  co_await watch_.join();
  co_await incarnation_.leave();
  tasks_.cancel();
  co_await tasks_.join();
}

std::vector<WorkerLoop::LaneReport> WorkerLoop::report() const {
  std::vector<LaneReport> reports;
  for (const auto& lane : execute_lanes_) reports.push_back(report_of(*lane));
  for (const auto& lane : channel_lanes_) reports.push_back(report_of(*lane));
  return reports;
}

}  // namespace bursar::workers
