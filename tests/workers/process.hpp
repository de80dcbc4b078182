// One process of the worker loop's tests, with an intake and a scripted gateway, and how its database is
// asked.
#pragma once
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/task_group.hpp"
#include "store/intake.hpp"
#include "testing/memory_gateway.hpp"
#include "testing/postgres.hpp"
#include "workers/worker_loop.hpp"

namespace bursar::workers {

class Process {
 public:
  Process(Executor executor, const store::DatabaseOptions& database);

  /// Payments that are acknowledged; their ids.
  Task<std::vector<PaymentId>> accept(std::size_t count);
  Task<> stop();
  /// Looks for work of the one lane.
  std::uint64_t rounds() const { return loop.report().front().rounds; }

  testing::MemoryGateway gateway;

 private:
  Task<> accept_one(std::vector<PaymentId>& ids);

  SystemClock clock_;
  SystemRandom random_;
  store::Intake intake_;

 public:
  WorkerLoop loop;

 private:
  TaskGroup tasks_;
};

/// Asks the database until it says so; the deadline only ends a test that would never end.
Task<bool> eventually(const testing::TestDatabase& database, std::string sql, std::string expected);

/// Everything that waits unclaimed, at most 240 payments, as one chunk.
void into_one_chunk(const testing::TestDatabase& database);
/// Everything that waits in chunks unclaimed has outlived two owners.
void make_suspects(const testing::TestDatabase& database);

void expect_conserved(const testing::TestDatabase& database);

}  // namespace bursar::workers
