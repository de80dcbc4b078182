// Workers die, come back late, leave; nothing is lost, nothing is done twice, a poison stays alone.
#include "base/task_group.hpp"
#include "stage.hpp"

namespace bursar::store::test {
namespace {

Task<ExecuteHand> executor(Stage& stage, std::string name) {
  ExecuteHand hand;
  hand.queue = queues::simulator;
  hand.worker = co_await stage.worker(std::move(name));
  co_return hand;
}

TEST(TakeOver, TakesOnlyWhatHasNotAnswered) {
  on_stage([](Stage& stage) -> Task<> {
    auto victim = co_await executor(stage, "victim");
    const auto taker = co_await stage.worker("taker");
    co_await stage.accept(1, 100);
    co_await stage.claim(victim);
    co_await stage.finish(victim, ExecuteResult::succeeded, 50);
    co_await stage.finish(victim, ExecuteResult::unknown, 12, "time-out");
    const auto taken = co_await stage.take_over(taker, victim.worker);
    EXPECT_EQ(taken.execute.workers, 1);
    EXPECT_EQ(taken.execute.chunks, 1);
    EXPECT_EQ(taken.execute.exploded, 38);
    EXPECT_EQ(taken.execute.freed, 0);
    EXPECT_EQ(co_await stage.count(
                  "messages WHERE crashes = 1 AND tries = 0 AND unsure AND due_at <= clock_timestamp()"),
              38);
    EXPECT_EQ(co_await stage.count("journal WHERE entry = 'taken over'"), 38);
    co_await stage.check_conserved();
  });
}

TEST(TakeOver, AStaleWorkerChangesNothing) {
  on_stage([](Stage& stage) -> Task<> {
    auto stale = co_await executor(stage, "stale");
    auto taker = co_await executor(stage, "taker");
    co_await stage.accept(1, 10);
    co_await stage.claim(stale);
    co_await stage.take_over(taker.worker, stale.worker);
    EXPECT_EQ(co_await stage.finish(stale, ExecuteResult::succeeded), 0);
    EXPECT_EQ(co_await stage.claim_messages(taker), 10u);
    auto stale_again = taker;
    stale_again.worker = stale.worker;
    EXPECT_EQ(co_await stage.finish(stale_again, ExecuteResult::failed), 0);
    auto old_claim = taker;
    old_claim.shift_claims(-1);
    EXPECT_EQ(co_await stage.finish(old_claim, ExecuteResult::failed), 0);
    EXPECT_EQ(co_await stage.count("events"), 0);
    EXPECT_EQ(co_await stage.finish(taker, ExecuteResult::succeeded, 10, "looked up"), 10);
    co_await stage.check_conserved();
  });
}

TEST(TakeOver, FreesTheMessagesOfTheDead) {
  on_stage([](Stage& stage) -> Task<> {
    auto victim = co_await executor(stage, "victim");
    const auto taker = co_await stage.worker("taker");
    co_await stage.accept(1, 10);
    co_await stage.claim(victim);
    co_await stage.finish(victim, ExecuteResult::retry, 10, "429");
    co_await stage.everything_is_due();
    co_await stage.claim_messages(victim);
    const auto taken = co_await stage.take_over(taker, victim.worker);
    EXPECT_EQ(taken.execute.chunks, 0);
    EXPECT_EQ(taken.execute.freed, 10);
    EXPECT_EQ(co_await stage.finish(victim, ExecuteResult::succeeded, 10), 0);
    co_await stage.check_conserved();
  });
}

TEST(TakeOver, ATakerThatJustCameBackRobsNobody) {
  on_stage([](Stage& stage) -> Task<> {
    auto victim = co_await executor(stage, "victim");
    co_await stage.accept(1, 10);
    co_await stage.claim(victim);
    co_await stage.let_die(victim.worker);
    const auto fresh = co_await stage.worker("fresh");
    auto* connection = co_await stage.as(Role::executor);
    WorkerRegistry registry(*connection);
    const auto lost = co_await registry.lost(fresh);
    EXPECT_EQ(lost.workers, 0);
    const auto taken = co_await registry.take_over_execute(fresh, 0);
    EXPECT_EQ(taken.workers, 0);
    EXPECT_EQ(co_await stage.finish(victim, ExecuteResult::succeeded, 10), 10);
  });
}

TEST(TakeOver, ALivingWorkerIsLeftAlone) {
  on_stage([](Stage& stage) -> Task<> {
    auto alive = co_await executor(stage, "alive");
    auto dead = co_await executor(stage, "dead");
    const auto taker = co_await stage.worker("taker");
    co_await stage.accept(1, 10);
    co_await stage.claim(alive);
    const auto taken = co_await stage.take_over(taker, dead.worker);
    EXPECT_EQ(taken.execute.workers, 1);
    EXPECT_EQ(taken.execute.chunks, 0);
    EXPECT_EQ(co_await stage.finish(alive, ExecuteResult::succeeded), 10);
  });
}

TEST(TakeOver, ANewDeathChangesWhatIsLost) {
  on_stage([](Stage& stage) -> Task<> {
    const auto first = co_await stage.worker("first");
    const auto second = co_await stage.worker("second");
    const auto taker = co_await stage.worker("taker");
    co_await stage.run("UPDATE workers SET steady_since = 'yesterday'");
    auto* connection = co_await stage.as(Role::notifier);
    WorkerRegistry registry(*connection);
    const auto nobody = co_await registry.lost(taker);
    co_await stage.let_die(first);
    const auto one = co_await registry.lost(taker);
    const auto still_one = co_await registry.lost(taker);
    co_await stage.let_die(second);
    const auto two = co_await registry.lost(taker);
    EXPECT_EQ(nobody.workers, 0);
    EXPECT_EQ(one.workers, 1);
    EXPECT_EQ(still_one, one);
    EXPECT_EQ(two.workers, 2);
    EXPECT_GT(two.last_seen, one.last_seen);
  });
}

TEST(TakeOver, SeesAFinishThatItHadToWaitFor) {
  on_stage([](Stage& stage) -> Task<> {
    auto slow = co_await executor(stage, "slow");
    const auto taker = co_await stage.worker("taker");
    co_await stage.accept(1, 60);
    co_await stage.claim(slow);
    // The finish of 40 of 60 has its share lock and its events, but not yet its commit.
    auto* finishing = co_await stage.as(Role::executor);
    co_await finishing->run_script("BEGIN", milliseconds(5000));
    EXPECT_EQ(co_await stage.finish(slow, ExecuteResult::succeeded, 40), 40);
    co_await stage.let_die(slow.worker);
    co_await stage.run("UPDATE workers SET steady_since = 'yesterday' WHERE worker = " +
                       std::to_string(taker));
    auto taking = co_await stage.another(Role::executor);
    WorkerRegistry::TakenOver taken;
    auto take = [](pg::Connection& connection, WorkerNumber by, WorkerRegistry::TakenOver& result) -> Task<> {
      WorkerRegistry registry(connection);
      result = co_await registry.take_over_execute(by, 0);
    };
    TaskGroup group(stage.executor());
    group.spawn("take over", take(*taking, taker, taken));
    while (co_await stage.count(
               "pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") == 0)
      co_await pause(milliseconds(5));
    co_await finishing->run_script("COMMIT", milliseconds(5000));
    co_await group.join();
    EXPECT_EQ(taken.chunks, 1);
    EXPECT_EQ(taken.exploded, 20);
    co_await stage.check_conserved();
  });
}

TEST(Leaving, HandsBackAtOnceAndCountsNoCrash) {
  on_stage([](Stage& stage) -> Task<> {
    auto hand = co_await executor(stage, "leaving");
    co_await stage.accept(1, 10);
    co_await stage.claim(hand);
    co_await stage.finish(hand, ExecuteResult::succeeded, 4);
    const auto left = co_await stage.leave(hand.worker);
    EXPECT_EQ(left.execute.exploded, 6);
    EXPECT_EQ(co_await stage.count(
                  "messages WHERE crashes = 0 AND tries = 0 AND unsure AND due_at <= clock_timestamp()"),
              6);
    EXPECT_EQ(co_await stage.count("journal"), 0);
    co_await stage.check_conserved();
  });
}

TEST(Leaving, HandsMessagesBackAsTheyCame) {
  on_stage([](Stage& stage) -> Task<> {
    auto hand = co_await executor(stage, "leaving");
    co_await stage.accept(1, 3);
    co_await stage.claim(hand);
    co_await stage.finish(hand, ExecuteResult::retry, 3, "429");
    co_await stage.everything_is_due();
    co_await stage.claim_messages(hand);
    const auto left = co_await stage.leave(hand.worker);
    EXPECT_EQ(left.execute.freed, 3);
    EXPECT_EQ(co_await stage.count("messages WHERE crashes = 0 AND tries = 1 AND unsure AND claim = 0"), 3);
    EXPECT_EQ(co_await stage.count("journal WHERE entry <> 'retry'"), 0);
    co_await stage.check_conserved();
  });
}

// Payments 1 to `last` wait as messages, all suspects but the first.
Task<ExecuteHand> with_suspects(Stage& stage, int last) {
  auto hand = co_await executor(stage, "executor");
  co_await stage.accept(1, last);
  co_await stage.claim(hand);
  co_await stage.finish(hand, ExecuteResult::retry, 240, "429");
  co_await stage.everything_is_due();
  co_await stage.run("UPDATE messages SET crashes = 2 WHERE payment_id <> '" + payment(1).text() + "'");
  co_return hand;
}

TEST(Suspects, AreClaimedOneAtATimeAndNeverWithOthers) {
  on_stage([](Stage& stage) -> Task<> {
    auto hand = co_await with_suspects(stage, 10);
    EXPECT_EQ(co_await stage.claim_messages(hand), 1u);
    EXPECT_EQ(hand.open.front().payment, payment(1));
    EXPECT_EQ(co_await stage.claim_messages(hand, true), 2u);
    EXPECT_EQ(hand.open.back().crashes, 2);
  });
}

// As if all that was reserved so far were so for an hour more, and all workers beat for that long: no story
// depends on how fast it is told.
Task<Instant> for_an_hour(Stage& stage, Instant reserved) {
  const Instant later = reserved + std::chrono::hours(1);
  co_await stage.run("UPDATE messages SET due_at = '" + to_rfc3339(later) + "' WHERE due_at = '" +
                     to_rfc3339(reserved) + "'");
  co_await stage.run("UPDATE workers SET seen_at = clock_timestamp() + interval '1 h'");
  co_return later;
}

TEST(Suspects, AreReservedByOneWorkerEachUntilItDoesNotRenew) {
  on_stage([](Stage& stage) -> Task<> {
    const auto first = co_await with_suspects(stage, 3);
    const auto second = co_await executor(stage, "second");
    const auto own = co_await stage.another(Role::executor);
    ExecuteQueue one(*co_await stage.as(Role::executor), first.queue, first.worker);
    ExecuteQueue two(*own, second.queue, second.worker);
    co_await for_an_hour(stage, noon);
    const auto of_one = co_await one.reserve_suspect(std::nullopt);
    const auto held = co_await for_an_hour(stage, of_one.value());
    const auto of_two = co_await two.reserve_suspect(std::nullopt);
    const auto late = co_await for_an_hour(stage, of_two.value());
    EXPECT_EQ(co_await two.reserve_suspect(noon), std::nullopt) << "there are two, and each has one";
    const auto renewed = co_await one.reserve_suspect(held);
    EXPECT_LT(renewed.value(), held) << "from now on";
    const auto kept = co_await for_an_hour(stage, renewed.value());
    // The second does not renew: its suspect is due again, for whoever asks first.
    co_await stage.run("UPDATE messages SET due_at = clock_timestamp() WHERE due_at = '" + to_rfc3339(late) +
                       "'");
    const auto missed = co_await two.claim_suspect(late);
    EXPECT_EQ(missed.items.size(), 0u);
    const auto again = co_await two.reserve_suspect(late);
    const auto taken = co_await two.claim_suspect(again.value());
    const auto claimed = co_await one.claim_suspect(kept);
    EXPECT_EQ(taken.items.size(), 1u);
    EXPECT_EQ(claimed.items.size(), 1u);
  });
}

TEST(Suspects, ThatNobodyMayClaimKeepNoWorkerFromItsWork) {
  on_stage([](Stage& stage) -> Task<> {
    auto hand = co_await with_suspects(stage, 3);
    ExecuteQueue queue(*co_await stage.as(Role::executor), hand.queue, hand.worker);
    co_await for_an_hour(stage, noon);
    co_await stage.run("UPDATE queues SET paused = true");
    EXPECT_EQ(co_await queue.reserve_suspect(std::nullopt), std::nullopt);
    co_await stage.run("UPDATE queues SET paused = false");
    EXPECT_NE(co_await queue.reserve_suspect(std::nullopt), std::nullopt);
  });
}

TEST(Suspects, OverTheCrashLimitAPaymentParks) {
  on_stage([](Stage& stage) -> Task<> {
    auto hand = co_await executor(stage, "executor");
    const auto taker = co_await stage.worker("taker");
    co_await stage.accept(1, 10);
    co_await stage.claim(hand);
    co_await stage.finish(hand, ExecuteResult::retry, 10, "429");
    co_await stage.run("UPDATE messages SET crashes = 4, claim = 1, worker = " + std::to_string(hand.worker));
    const auto taken = co_await stage.take_over(taker, hand.worker);
    EXPECT_EQ(taken.execute.freed, 10);
    EXPECT_EQ(co_await stage.count("payments WHERE pending_reason = 'parked'"), 10);
    EXPECT_EQ(co_await stage.count("journal WHERE entry = 'parked'"), 10);
    co_await stage.check_conserved();
  });
}

TEST(Forget, RemovesWorkersUnseenForADayUnlessTheyHoldSomething) {
  on_stage([](Stage& stage) -> Task<> {
    auto holder = co_await executor(stage, "holder");
    co_await stage.worker("idle");
    co_await stage.accept(1, 10);
    co_await stage.claim(holder);
    co_await stage.run("UPDATE workers SET seen_at = clock_timestamp() - interval '25 h'");
    const auto recent = co_await stage.worker("recent");
    co_await stage.run("UPDATE workers SET seen_at = clock_timestamp() - interval '23 h' WHERE worker = " +
                       std::to_string(recent));
    auto* connection = co_await stage.as(Role::operations);
    WorkerRegistry registry(*connection);
    co_await registry.forget();
    EXPECT_EQ(co_await stage.text("(SELECT string_agg(name, ' ' ORDER BY name) FROM workers)"),
              "holder recent");
    const auto beat = co_await registry.beat(holder.worker);
    const auto unknown = co_await registry.beat(recent ^ 1);
    EXPECT_TRUE(beat.has_value());
    EXPECT_FALSE(unknown.has_value());
    EXPECT_EQ(beat->timeline, "00000001");
  });
}

}  // namespace
}  // namespace bursar::store::test
