// The worker loop on real PostgreSQL with a scripted gateway: what is charged, looked up, retried, handed
// back.
#include <gtest/gtest.h>

#include "base/limits.hpp"
#include "process.hpp"
#include "testing/run.hpp"

namespace bursar::workers {
namespace {

using testing::MemoryGateway;
using Behaviour = MemoryGateway::Behaviour;

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
      return std::exchange(first, false) ? Behaviour::stall : Behaviour::hold;
    };
    co_await process.accept(limits::chunk_items);
    into_one_chunk(db);
    process.loop.start();
    // All of a full chunk are under way at once; then all but one are answered.
    while (process.gateway.under_way() < limits::chunk_items) co_await pause(milliseconds(1));
    process.gateway.release_held();
    co_await eventually(db, "SELECT count(*) FROM events", "239");
    EXPECT_EQ(db.value("SELECT count(*) FROM chunks WHERE queue < 100 AND claim > 0"), "1");
    // And the next 240 come and go beside it.
    co_await process.accept(limits::chunk_items);
    co_await eventually(db, "SELECT count(*) FROM events", "479");
    EXPECT_EQ(process.gateway.under_way(), 1U);
    process.gateway.release_stalled();
    co_await eventually(db, "SELECT count(*) FROM events", "480");
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

// A look for work is every idle_poll: a second each would be forty looks.
TEST(Executor, ManySuspectsDoNotTakeASecondEach) {
  testing::TestDatabase database;
  constexpr int suspects = 40;
  auto body = [](const testing::TestDatabase& db) -> Task<> {
    Process process(co_await asio::this_coro::executor, db.options());
    co_await process.accept(suspects);
    make_suspects(db);
    process.loop.start();
    co_await eventually(db, "SELECT count(*) > 0 FROM events", "t");
    const auto before = process.rounds();
    co_await eventually(db, "SELECT count(*) FROM events WHERE type = 'succeeded'", "40");
    EXPECT_LT(process.rounds() - before, suspects * 20);
    co_await process.stop();
  };
  testing::run(body(database));
  expect_conserved(database);
}

// Both processes have a call under way, so none can run empty: only the one that reserved the suspect stops
// claiming.
TEST(Executor, ASuspectEmptiesOneProcessAndTheOtherGoesOn) {
  testing::TestDatabase database;
  auto body = [](const testing::TestDatabase& db) -> Task<> {
    const auto executor = co_await asio::this_coro::executor;
    Process one(executor, db.options()), two(executor, db.options());
    for (Process* process : {&one, &two}) {
      process->gateway.script = [first = true](PaymentId, int) mutable {
        return std::exchange(first, false) ? Behaviour::hold : Behaviour::succeed;
      };
      process->loop.start();
    }
    std::size_t accepted = 0;
    for (; one.gateway.under_way() + two.gateway.under_way() < 2; ++accepted) {
      co_await one.accept(1);
      co_await eventually(db, "SELECT count(*) FROM chunks WHERE queue < 100 AND claim = 0", "0");
      co_await pause(limits::idle_poll);
    }
    db.query("UPDATE queues SET paused = true");
    co_await one.accept(1);
    make_suspects(db);
    db.query("UPDATE queues SET paused = false");
    co_await eventually(db, "SELECT count(*) FROM messages WHERE due_at > clock_timestamp()", "1");
    for (std::size_t i = 1; i <= 10; ++i) {
      co_await one.accept(1);
      co_await eventually(db, "SELECT count(*) FROM events", std::to_string(accepted - 2 + i));
    }
    EXPECT_EQ(db.value("SELECT count(*) FROM messages WHERE suspect AND claim = 0"), "1");
    one.gateway.release_held();
    two.gateway.release_held();
    co_await eventually(db, "SELECT count(*) FROM events", std::to_string(accepted + 11));
    co_await one.stop();
    co_await two.stop();
  };
  testing::run(body(database));
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

TEST(WorkerLoop, LeavesAlsoWhenTheDatabaseRefusesToTakeItsWorkBack) {
  testing::TestDatabase database;
  auto body = [](const testing::TestDatabase& db) -> Task<> {
    Process process(co_await asio::this_coro::executor, db.options());
    process.loop.start();
    co_await eventually(db, "SELECT count(*) FROM workers", "1");
    db.query("DROP FUNCTION dead_workers");
    co_await process.stop();
  };
  testing::run(body(database));
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
