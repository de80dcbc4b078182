// What the loops of one process tell each other: only atomics, written by their owner, read by health and
// metrics.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auth/access_watch.hpp"
#include "auth/rate_limit.hpp"
#include "workers/worker_loop.hpp"

namespace bursar {

/// Of one intake, published by its loop.
struct IntakeFigures {
  std::atomic<bool> connected{false};
  std::atomic<std::uint64_t> accepted{0}, replayed{0}, refused{0}, commits{0}, halvings{0}, reruns{0};
};

/// Of the worker loop, replaced as a whole.
struct WorkerFigures {
  bool registered = false;
  std::uint64_t take_overs = 0;
  std::vector<workers::WorkerLoop::LaneReport> lanes;
};

class ProcessState {
 public:
  /// nullopt: no rate limits.
  explicit ProcessState(const std::optional<auth::RatePolicy>& rates = std::nullopt);

  /// SIGTERM came: no new work.
  void begin_draining() { draining_.store(true, std::memory_order_relaxed); }
  /// The schema was seen and is this binary's.
  void schema_is_right() { schema_known_.store(true, std::memory_order_relaxed); }
  void publish(WorkerFigures figures) {
    workers_.store(std::make_shared<const WorkerFigures>(std::move(figures)));
  }
  std::shared_ptr<const WorkerFigures> workers() const { return workers_.load(); }

  /// Before the loops start; the figures live as long as this.
  IntakeFigures& add_intake() { return *intakes_.emplace_back(std::make_unique<IntakeFigures>()); }
  const std::vector<std::unique_ptr<IntakeFigures>>& intakes() const { return intakes_; }
  /// Shared by all loops; null without limits.
  auth::RateLimiter* limiter() const { return limiter_.get(); }
  void expect_workers() { has_workers_ = true; }
  /// Before the loops start: this process answers only when it knows who is revoked. `watch` outlives this.
  void follow(const auth::AccessWatch& watch) { watch_ = &watch; }

  /// Why this process takes no work right now; nullopt when it does. Any thread.
  std::optional<std::string> not_ready() const;

 private:
  const SystemClock clock_;
  std::unique_ptr<auth::RateLimiter> limiter_;
  std::atomic<bool> draining_{false}, schema_known_{false};
  bool has_workers_ = false;
  const auth::AccessWatch* watch_ = nullptr;
  std::vector<std::unique_ptr<IntakeFigures>> intakes_;
  std::atomic<std::shared_ptr<const WorkerFigures>> workers_;
};

/// Prometheus text (version 0.0.4) of everything the state holds.
std::string metrics_text(const ProcessState& state);

}  // namespace bursar
