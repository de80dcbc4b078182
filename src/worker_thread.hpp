// The thread that executes, notifies and counts: one loop with the gateway, the channels and the worker loop
// on it.
#pragma once
#include <functional>
#include <memory>
#include <thread>

#include "command_line.hpp"
#include "config.hpp"
#include "process_state.hpp"

namespace bursar {

class WorkerThread {
 public:
  /// Throws UsageError for a gateway or channel that cannot be used as configured.
  WorkerThread(const Config& config, const ServeRoles& roles, ProcessState& state);
  /// Joins.
  ~WorkerThread();
  WorkerThread(const WorkerThread&) = delete;
  WorkerThread& operator=(const WorkerThread&) = delete;

  /// `ended` is called on the thread when everything on it has ended.
  void start(std::function<void()> ended);
  /// From any thread: there may be payments to execute.
  void wake();
  /// From any thread: unstarted work goes back, started calls get their deadline.
  void stop();

 private:
  class Core;
  std::unique_ptr<Core> core_;
  std::thread thread_;
};

}  // namespace bursar
