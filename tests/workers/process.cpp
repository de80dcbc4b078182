#include "process.hpp"

namespace bursar::workers {
namespace {

NewPayment new_payment(Random& random) {
  NewPayment payment{.key_digest = KeyDigest(random_uuid(random)),
                     .idempotency_key = "key",
                     .fingerprint = {1},
                     .created_by = PrincipalId(random_uuid(random)),
                     .user_id = UserId(random_uuid(random)),
                     .money = {100, *Currency::from_code("EUR")}};
  return payment;
}

WorkerOptions options_for(const store::DatabaseOptions& database, gateway::Gateway& gateway) {
  WorkerOptions options;
  options.database = database;
  options.name = "test";
  options.gateways.push_back({.queue = queues::simulator, .name = "simulator", .gateway = &gateway});
  return options;
}

}  // namespace

Process::Process(Executor executor, const store::DatabaseOptions& database)
    : gateway(executor),
      intake_(executor, database, clock_, random_),
      loop(executor, options_for(database, gateway), clock_, random_),
      tasks_(executor) {
  tasks_.spawn("intake", intake_.run());
}

Task<std::vector<PaymentId>> Process::accept(std::size_t count) {
  std::vector<PaymentId> ids;
  TaskGroup callers(co_await asio::this_coro::executor);
  for (std::size_t i = 0; i < count; ++i) callers.spawn("caller", accept_one(ids));
  co_await callers.join();
  co_return ids;
}

Task<> Process::stop() {
  co_await loop.stop();
  tasks_.cancel();
  co_await tasks_.join();
}

Task<> Process::accept_one(std::vector<PaymentId>& ids) {
  // Until the intake has its first connection it says so.
  for (int attempt = 0; attempt < 200; ++attempt) {
    bool away = false;
    try {
      const auto outcome = co_await intake_.accept(new_payment(random_));
      ids.push_back(std::get<store::Created>(outcome).payment.id);
      co_return;
    } catch (const Unavailable&) {
      away = true;
    }
    if (away) co_await pause(milliseconds(20));
  }
  ADD_FAILURE() << "the intake never came up";
}

Task<bool> eventually(const testing::TestDatabase& database, std::string sql, std::string expected) {
  for (int attempt = 0; attempt < 600; ++attempt) {
    if (database.value(sql) == expected) co_return true;
    co_await pause(milliseconds(50));
  }
  ADD_FAILURE() << sql << " is " << database.value(sql) << ", expected " << expected;
  co_return false;
}

void into_one_chunk(const testing::TestDatabase& database) {
  database.query(
      "WITH gone AS (DELETE FROM chunks WHERE queue < 100 AND claim = 0 RETURNING queue, items)"
      " INSERT INTO chunks (queue, sequence, items)"
      " SELECT queue, 0, array_agg(item) FROM gone, unnest(items) AS item GROUP BY queue");
}

void make_suspects(const testing::TestDatabase& database) {
  database.query(
      "WITH gone AS (DELETE FROM chunks WHERE queue < 100 AND claim = 0 RETURNING queue, items)"
      " INSERT INTO messages (queue, payment_id, sequence, due_at, crashes)"
      " SELECT queue, unnest(items), 0, clock_timestamp(), 2 FROM gone");
}

void expect_conserved(const testing::TestDatabase& database) {
  EXPECT_EQ(database.value("SELECT count(*) FROM conservation_faults"), "0");
}

}  // namespace bursar::workers
