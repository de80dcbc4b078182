// All background work of one process on one loop: the incarnation, a lane per queue, the scheduler. One loop,
// because "this process holds nothing else" must be a local fact when a suspect is claimed. More CPU for work
// = more processes.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/task_group.hpp"
#include "events/incarnation.hpp"
#include "events/lane.hpp"
#include "workers/executor.hpp"
#include "workers/notifier.hpp"
#include "workers/scheduler.hpp"

namespace bursar::workers {

/// One gateway to execute payments of.
struct GatewayWork {
  QueueNumber queue = queues::simulator;
  std::string name;
  gateway::Gateway* gateway = nullptr;
};

/// One channel to notify over.
struct ChannelWork {
  QueueNumber queue = queues::email;
  std::string name;
  notify::Channel* channel = nullptr;
  Compose compose;
};

struct WorkerOptions {
  store::DatabaseOptions database;
  /// For people: "host/pid".
  std::string name;
  std::vector<GatewayWork> gateways;  // empty: this process does not execute
  std::vector<ChannelWork> channels;  // empty: it does not notify
  bool schedules = false;
  std::string time_zone = "UTC";
};

class WorkerLoop {
 public:
  WorkerLoop(Executor executor, WorkerOptions options, const Clock& clock, Random& random);
  ~WorkerLoop();

  void start();
  /// There may be payments to execute; callable on this loop only.
  void wake();
  /// SIGTERM: unstarted work goes back at once, started calls get their deadline, the rest becomes messages.
  Task<> stop();

  /// For metrics: what the lanes did.
  struct LaneReport {
    std::string name;
    std::uint64_t rounds = 0, claimed = 0, written = 0, lost = 0, degraded = 0, commits = 0;
    std::size_t open = 0;
    bool suspended = false;  // its peer counts as down
  };
  std::vector<LaneReport> report() const;
  const events::Incarnation& incarnation() const { return incarnation_; }

 private:
  class DatabaseTime;
  struct ExecuteLane;
  struct ChannelLane;

  void wake_channels();

  WorkerOptions options_;
  events::Incarnation incarnation_;
  std::unique_ptr<DatabaseTime> database_time_;
  std::vector<std::unique_ptr<ExecuteLane>> execute_lanes_;
  std::vector<std::unique_ptr<ChannelLane>> channel_lanes_;
  std::unique_ptr<Scheduler> scheduler_;
  TaskGroup tasks_;
  TaskGroup watch_;
};

}  // namespace bursar::workers
