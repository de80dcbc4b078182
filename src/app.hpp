// One `serve` process: wiring by constructors in dependency order, one start, one orderly end. Made by
// serve.cpp.
#pragma once
#include <memory>
#include <vector>

#include "api_loop.hpp"
#include "base/task_group.hpp"
#include "command_line.hpp"
#include "config.hpp"
#include "identity.hpp"
#include "operations.hpp"
#include "process_state.hpp"
#include "worker_thread.hpp"

namespace bursar {

class App {
 public:
  /// Binds every listener. Throws UsageError that names the address or setting that cannot be used.
  App(Loop& loop, const Config& config, const ServeRoles& roles);

  /// Starts everything, waits for SIGTERM or SIGINT, drains, and returns when all threads have ended. SIGHUP
  /// reads the certificate again; one that cannot be used leaves the old one in place. A second signal, or
  /// limits::drain_deadline + exit_slack without an end, ends the process at once.
  Task<> run();

  /// "schema_is_right" may be told late: while the database is away this process is up but not ready.
  ProcessState& state() { return state_; }

 private:
  void start();
  void say_what_runs() const;
  Task<> wait_for_signal();
  Task<> reload_when_told();
  void reload();
  Task<> drain();
  Task<> end_at_once_if_late();
  void thread_ended();

  Loop& loop_;
  const Config& config_;
  ServeRoles roles_;
  Tls tls_;
  ProcessState state_;
  Identity identity_;
  std::unique_ptr<WorkerThread> worker_;
  Operations operations_;
  std::vector<std::unique_ptr<ApiLoop>> api_loops_;
  std::size_t threads_running_ = 0;
  Event threads_ended_;
  TaskGroup watchdogs_;
};

}  // namespace bursar
