// The worker loop on real PostgreSQL with a scripted gateway: what is charged, looked up, retried, handed
// back.
#include <gtest/gtest.h>

#include "base/limits.hpp"
#include "store/intake.hpp"
#include "testing/memory_gateway.hpp"
#include "testing/postgres.hpp"
#include "testing/run.hpp"
#include "workers/worker_loop.hpp"

namespace bursar::workers {
namespace {

using testing::MemoryGateway;
using Behaviour = MemoryGateway::Behaviour;

NewPayment new_payment(Random& random, std::int64_t minor = 100) {
  NewPayment payment{.key_digest = KeyDigest(random_uuid(random)),
                     .idempotency_key = "key",
                     .fingerprint = {1},
                     .created_by = PrincipalId(random_uuid(random)),
                     .user_id = UserId(random_uuid(random)),
                     .money = {minor, *Currency::from_code("EUR")}};
  return payment;
}

// One process: an intake and a worker loop that executes with a memory gateway.
class Process {
 public:
  Process(Executor executor, const store::DatabaseOptions& database)
      : gateway(executor),
        intake_(executor, database, clock_, random_),
        loop(executor, options_for(database, gateway), clock_, random_),
        tasks_(executor) {
    tasks_.spawn("intake", intake_.run());
  }

  Task<std::vector<PaymentId>> accept(std::size_t count) {
    std::vector<PaymentId> ids;
    TaskGroup callers(co_await asio::this_coro::executor);
    for (std::size_t i = 0; i < count; ++i) callers.spawn("caller", accept_one(ids));
    co_await callers.join();
    co_return ids;
  }

  Task<> stop() {
    co_await loop.stop();
    tasks_.cancel();
    co_await tasks_.join();
  }

  MemoryGateway gateway;

 private:
  Task<> accept_one(std::vector<PaymentId>& ids) {
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

  static WorkerOptions options_for(const store::DatabaseOptions& database, MemoryGateway& gateway) {
    WorkerOptions options;
    options.database = database;
    options.name = "test";
    options.gateways.push_back({.queue = queues::simulator, .name = "simulator", .gateway = &gateway});
    return options;
  }

  SystemClock clock_;
  SystemRandom random_;
  store::Intake intake_;

 public:
  WorkerLoop loop;

 private:
  TaskGroup tasks_;
};

// Asks the database until it says so; the deadline only ends a test that would never end.
Task<bool> eventually(const testing::TestDatabase& database, std::string sql, std::string expected) {
  for (int attempt = 0; attempt < 600; ++attempt) {
    if (database.value(sql) == expected) co_return true;
    co_await pause(milliseconds(50));
  }
  ADD_FAILURE() << sql << " is " << database.value(sql) << ", expected " << expected;
  co_return false;
}

void expect_conserved(const testing::TestDatabase& database) {
  EXPECT_EQ(database.value("SELECT count(*) FROM conservation_faults"), "0");
}

TEST(Executor, EveryPaymentIsChargedOnceAndTold) {
  testing::TestDatabase database;
  auto body = [](const testing::TestDatabase& db) -> Task<> {
    Process process(co_await asio::this_coro::executor, db.options());
    process.loop.start();
    const auto ids = co_await process.accept(300);
    co_await eventually(db, "SELECT count(*) FROM events WHERE type = 'succeeded'", "300");
    for (const auto& id : ids) EXPECT_EQ(process.gateway.calls(id), 1);
    EXPECT_EQ(process.gateway.charged(), 300U);
    co_await process.stop();
  };
  testing::run(body(database));
  EXPECT_EQ(database.value("SELECT sum(cardinality(items)) FROM chunks WHERE queue = 100"), "300");
  EXPECT_EQ(database.value("SELECT count(*) FROM chunks WHERE queue < 100"), "0");
  EXPECT_EQ(database.value("SELECT count(*) FROM journal"), "0");
  expect_conserved(database);
}

TEST(Executor, ADeclineIsFailedWithItsCode) {
  testing::TestDatabase database;
  auto body = [](const testing::TestDatabase& db) -> Task<> {
    Process process(co_await asio::this_coro::executor, db.options());
    process.gateway.script = [](PaymentId, int) { return Behaviour::decline; };
    process.loop.start();
    co_await process.accept(1);
    co_await eventually(
        db, "SELECT count(*) FROM payments WHERE status = 'FAILED' AND failure_code = 'card_declined'", "1");
    co_await process.stop();
  };
  testing::run(body(database));
  expect_conserved(database);
}

TEST(Executor, ATimeOutAfterTheChargeEndsAsSuccessByLookUpWithOneCharge) {
  testing::TestDatabase database;
  auto body = [](const testing::TestDatabase& db) -> Task<> {
    Process process(co_await asio::this_coro::executor, db.options());
    process.gateway.script = [](PaymentId, int) { return Behaviour::time_out_after_charge; };
    process.loop.start();
    const auto ids = co_await process.accept(1);
    co_await eventually(db, "SELECT count(*) FROM payments WHERE pending_reason = 'outcome unknown'", "1");
    db.query("UPDATE messages SET due_at = clock_timestamp()");
    co_await eventually(db, "SELECT count(*) FROM payments WHERE status = 'SUCCESS'", "1");
    EXPECT_EQ(process.gateway.calls(ids[0]), 1);
    EXPECT_EQ(process.gateway.look_ups(ids[0]), 1);
    co_await process.stop();
  };
  testing::run(body(database));
  expect_conserved(database);
}

TEST(Executor, ATimeOutBeforeTheChargeIsLookedUpThenChargedOnceWithTheSameKey) {
  testing::TestDatabase database;
  auto body = [](const testing::TestDatabase& db) -> Task<> {
    Process process(co_await asio::this_coro::executor, db.options());
    process.gateway.script = [](PaymentId, int attempt) {
      return attempt == 1 ? Behaviour::time_out_before_charge : Behaviour::succeed;
    };
    process.loop.start();
    const auto ids = co_await process.accept(1);
    co_await eventually(db, "SELECT count(*) FROM payments WHERE pending_reason = 'outcome unknown'", "1");
    db.query("UPDATE messages SET due_at = clock_timestamp()");
    co_await eventually(db, "SELECT count(*) FROM payments WHERE status = 'SUCCESS'", "1");
    EXPECT_EQ(process.gateway.calls(ids[0]), 2);
    EXPECT_EQ(process.gateway.look_ups(ids[0]), 1);
    co_await process.stop();
  };
  testing::run(body(database));
  expect_conserved(database);
}

TEST(Executor, ALookUpAsksForTheReferenceThatAnOpenAnswerNamed) {
  testing::TestDatabase database;
  auto body = [](const testing::TestDatabase& db) -> Task<> {
    Process process(co_await asio::this_coro::executor, db.options());
    process.gateway.script = [](PaymentId, int) { return Behaviour::process; };
    process.loop.start();
    const auto ids = co_await process.accept(1);
    co_await eventually(db, "SELECT count(*) FROM payments WHERE pending_reason = 'outcome unknown'", "1");
    db.query("UPDATE messages SET due_at = clock_timestamp()");
    co_await eventually(db, "SELECT count(*) FROM payments WHERE status = 'SUCCESS'", "1");
    EXPECT_TRUE(process.gateway.asked_for().contains("mem_" + ids[0].text()));
    EXPECT_EQ(process.gateway.calls(ids[0]), 1);
    co_await process.stop();
  };
  testing::run(body(database));
  expect_conserved(database);
}

TEST(Executor, AfterTheKeysLifeAnUnknownPaymentIsNeverChargedAgain) {
  testing::TestDatabase database;
  auto body = [](const testing::TestDatabase& db) -> Task<> {
    Process process(co_await asio::this_coro::executor, db.options());
    process.gateway.script = [](PaymentId, int) { return Behaviour::time_out_before_charge; };
    process.loop.start();
    const auto ids = co_await process.accept(1);
    co_await eventually(db, "SELECT count(*) FROM messages", "1");
    db.query(
        "UPDATE messages SET first_claimed_at = first_claimed_at - interval '24 h', due_at = "
        "clock_timestamp()");
    co_await eventually(
        db, "SELECT count(*) FROM journal WHERE answer LIKE 'the gateway knows no such payment%'", "1");
    EXPECT_EQ(process.gateway.calls(ids[0]), 1);
    co_await process.stop();
  };
  testing::run(body(database));
  EXPECT_EQ(database.value("SELECT count(*) FROM events"), "0");
  expect_conserved(database);
}

TEST(Executor, OneSlowCallAmong240DelaysNobodyElse) {
  testing::TestDatabase database;
  auto body = [](const testing::TestDatabase& db) -> Task<> {
    Process process(co_await asio::this_coro::executor, db.options());
    bool first = true;
    process.gateway.script = [&first](PaymentId, int) {
      return std::exchange(first, false) ? Behaviour::hold : Behaviour::succeed;
    };
    co_await process.accept(240);
    process.loop.start();
    co_await eventually(db, "SELECT count(*) FROM events", "239");
    EXPECT_EQ(db.value("SELECT count(*) FROM chunks WHERE queue < 100 AND claim > 0"), "1");
    process.gateway.release_held();
    co_await eventually(db, "SELECT count(*) FROM events", "240");
    co_await process.stop();
  };
  testing::run(body(database));
  expect_conserved(database);
}

TEST(Executor, AGatewayThatIsDownIsLeftAloneAndNobodyIsLost) {
  testing::TestDatabase database;
  auto body = [](const testing::TestDatabase& db) -> Task<> {
    Process process(co_await asio::this_coro::executor, db.options());
    bool down = true;
    process.gateway.script = [&down](PaymentId, int) {
      return down ? Behaviour::refuse_connection : Behaviour::succeed;
    };
    process.loop.start();
    const auto ids = co_await process.accept(400);
    co_await eventually(db, "SELECT count(*) > 0 FROM messages", "t");
    int calls = 0;
    for (const auto& id : ids) calls += process.gateway.calls(id);
    // Those under way when the breaker opened, and a few tries for all.
    EXPECT_LE(calls, static_cast<int>(limits::gateway_concurrency) + limits::breaker_failures);
    down = false;
    db.query("UPDATE messages SET due_at = clock_timestamp()");
    co_await eventually(db, "SELECT count(*) FROM payments WHERE status = 'SUCCESS'", "400");
    co_await process.stop();
  };
  testing::run(body(database));
  expect_conserved(database);
}

TEST(Executor, AGatewayThatComesBackIsFoundAlsoWhenNobodyWaitsForIt) {
  testing::TestDatabase database;
  auto body = [](const testing::TestDatabase& db) -> Task<> {
    Process process(co_await asio::this_coro::executor, db.options());
    // Enough to open the breaker, and all of them answered: nothing is left that could ask again.
    process.gateway.script = [](PaymentId, int attempt) {
      return attempt == 1 ? Behaviour::refuse_connection : Behaviour::succeed;
    };
    process.loop.start();
    co_await process.accept(limits::breaker_failures);
    co_await eventually(db, "SELECT count(*) FROM messages WHERE tries = 1 AND claim = 0",
                        std::to_string(limits::breaker_failures));
    db.query("UPDATE messages SET due_at = clock_timestamp()");
    co_await eventually(db, "SELECT count(*) FROM payments WHERE status = 'SUCCESS'",
                        std::to_string(limits::breaker_failures));
    co_await process.stop();
  };
  testing::run(body(database));
  expect_conserved(database);
}

TEST(Executor, ManySuspectsDoNotTakeASecondEach) {
  testing::TestDatabase database;
  constexpr int suspects = 40;
  const auto start = std::chrono::steady_clock::now();
  auto body = [](const testing::TestDatabase& db) -> Task<> {
    Process process(co_await asio::this_coro::executor, db.options());
    co_await process.accept(suspects);
    db.query(
        "WITH lost AS (DELETE FROM chunks RETURNING queue, items) INSERT INTO messages (queue, payment_id, "
        "sequence, due_at, crashes) SELECT queue, unnest(items), 0, clock_timestamp(), 2 FROM lost");
    process.loop.start();
    co_await eventually(db, "SELECT count(*) FROM events WHERE type = 'succeeded'", "40");
    co_await process.stop();
  };
  testing::run(body(database));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(suspects / 2));
  expect_conserved(database);
}

TEST(WorkerLoop, LeavingHandsBackWhatWasNotStartedAndCountsNoCrash) {
  testing::TestDatabase database;
  auto body = [](const testing::TestDatabase& db) -> Task<> {
    Process process(co_await asio::this_coro::executor, db.options());
    process.gateway.script = [](PaymentId, int) { return Behaviour::hold; };
    co_await process.accept(limits::gateway_concurrency + 100);
    process.loop.start();
    co_await eventually(db, "SELECT sum(cardinality(items)) FROM chunks WHERE claim > 0",
                        std::to_string(limits::gateway_concurrency + 100));
    TaskGroup leaving(co_await asio::this_coro::executor);
    leaving.spawn("stop", process.stop());
    // What had not been started is a message before the calls that were are over.
    co_await eventually(db, "SELECT count(*) FROM messages WHERE NOT unsure AND tries = 0 AND crashes = 0",
                        "100");
    process.gateway.release_held();
    co_await leaving.join();
  };
  testing::run(body(database));
  EXPECT_EQ(database.value("SELECT count(*) FROM events"), std::to_string(limits::gateway_concurrency));
  expect_conserved(database);
}

TEST(WorkerLoop, AWorkerThatStopsBeatingLosesItsWork) {
  testing::TestDatabase database;
  auto body = [](const testing::TestDatabase& db) -> Task<> {
    const auto executor = co_await asio::this_coro::executor;
    Process process(executor, db.options());
    const auto ids = co_await process.accept(50);
    // Another worker claimed everything and is gone: its last beat is nearly four seconds old.
    db.query(
        "INSERT INTO workers (worker, name, seen_at) VALUES (77, 'gone', clock_timestamp() - interval '3 "
        "s')");
    db.query(
        "UPDATE chunks SET worker = 77, claim = nextval('claim_numbers'), first_claimed_at = "
        "clock_timestamp()");
    process.loop.start();
    co_await eventually(db, "SELECT count(*) FROM payments WHERE status = 'SUCCESS'", "50");
    // They may have been charged by the lost worker: looked up before they were charged.
    for (const auto& id : ids) EXPECT_EQ(process.gateway.look_ups(id), 1);
    EXPECT_EQ(db.value("SELECT count(*) FROM journal WHERE entry = 'taken over'"), "50");
    co_await process.stop();
  };
  testing::run(body(database));
  expect_conserved(database);
}

}  // namespace
}  // namespace bursar::workers
