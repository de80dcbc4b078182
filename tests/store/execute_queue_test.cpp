// Claiming and finishing payments: the fence, the partial finish, the ladder, parking, and what people
// decide.
#include "stage.hpp"
#include "store/waiting_payments.hpp"

namespace bursar::store::test {
namespace {

Task<ExecuteHand> a_worker_with(Stage& stage, int payments) {
  ExecuteHand hand;
  hand.queue = queues::simulator;
  hand.worker = co_await stage.worker("executor");
  co_await stage.accept(1, payments);
  co_await stage.claim(hand);
  co_return hand;
}

// All payments at the end of the ladder.
Task<ExecuteHand> parked_payments(Stage& stage, int payments) {
  co_await stage.run("UPDATE queues SET delays = '{5 s, 30 s}' WHERE queue = 1");
  auto hand = co_await a_worker_with(stage, payments);
  co_await stage.finish(hand, ExecuteResult::unknown, 240, "time-out");
  for (int look_up = 0; look_up < 2; ++look_up) {
    co_await stage.everything_is_due();
    co_await stage.claim_messages(hand);
    co_await stage.finish(hand, ExecuteResult::unknown, 240, "not found");
  }
  co_return hand;
}

std::vector<ExecuteAnswer> decided(const std::vector<int>& payments, ExecuteResult result,
                                   const std::string& evidence) {
  std::vector<ExecuteAnswer> answers;
  for (const int number : payments) {
    ExecuteAnswer answer;
    answer.item.payment = payment(number);
    answer.item.created_by = principal(1);
    answer.result = result;
    if (!evidence.empty()) answer.evidence = evidence;
    answers.push_back(std::move(answer));
  }
  return answers;
}

TEST(ClaimPayments, EachChunkGoesToOneWorkerWithAllThatAChargeNeeds) {
  on_stage([](Stage& stage) -> Task<> {
    auto first = co_await a_worker_with(stage, 159);
    ExecuteHand second;
    second.queue = queues::simulator;
    second.worker = co_await stage.worker("second");
    const auto left = co_await stage.claim(second);
    EXPECT_EQ(first.open.size(), 159u);
    EXPECT_EQ(left, 0u);
    EXPECT_EQ(first.chunks.size(), 1u);
    const auto& item = first.open.front();
    EXPECT_EQ(item.created_by, principal(1));
    EXPECT_EQ(item.user_id, user(1));
    EXPECT_EQ(item.amount_minor, 1);
    EXPECT_EQ(item.currency, "EUR");
    EXPECT_EQ(item.description, "a description");
    EXPECT_EQ(item.request_id->substr(0, 8), "request-");
    EXPECT_EQ(item.trace, std::nullopt);
    EXPECT_FALSE(item.unsure);
    EXPECT_GT(item.first_claimed_at, noon);
    co_await stage.check_conserved();
  });
}

TEST(ClaimPayments, APausedQueueGivesNothingUntilItIsResumed) {
  on_stage([](Stage& stage) -> Task<> {
    co_await stage.run("UPDATE queues SET paused = true WHERE queue = 1");
    auto hand = co_await a_worker_with(stage, 10);
    EXPECT_EQ(hand.open.size(), 0u);
    co_await stage.run("UPDATE queues SET paused = false WHERE queue = 1");
    EXPECT_EQ(co_await stage.claim(hand), 10u);
  });
}

TEST(ClaimPayments, AWorkerWhoseBeatIsOldGetsNeitherChunksNorMessages) {
  on_stage([](Stage& stage) -> Task<> {
    auto hand = co_await a_worker_with(stage, 10);
    co_await stage.finish(hand, ExecuteResult::retry, 10, "429");
    co_await stage.everything_is_due();
    co_await stage.accept(11, 20);
    co_await stage.run("UPDATE workers SET seen_at = clock_timestamp() - interval '4.001 s'");
    auto* connection = co_await stage.as(Role::executor);
    ExecuteQueue queue(*connection, hand.queue, hand.worker);
    const auto chunks = co_await queue.claim(10);
    const auto messages = co_await queue.claim_messages(10);
    EXPECT_EQ(chunks.items.size() + messages.items.size(), 0u);
  });
}

TEST(ClaimPayments, EndWithTheChunkThatReachesTheBound) {
  on_stage([](Stage& stage) -> Task<> {
    for (int chunk = 0; chunk < 5; ++chunk) co_await stage.accept(1 + 10 * chunk, 10 + 10 * chunk);
    const auto worker = co_await stage.worker("executor");
    ExecuteQueue queue(*co_await stage.as(Role::executor), queues::simulator, worker);
    const auto first = co_await queue.claim(240, 11);
    EXPECT_EQ(first.items.size(), 20u);
    const auto one = co_await queue.claim(240, 1);
    EXPECT_EQ(one.items.size(), 10u) << "a chunk comes whole";
    EXPECT_EQ(co_await stage.count("chunks WHERE claim = 0"), 2);
    co_await stage.check_conserved();
  });
}

TEST(ClaimPayments, AMessageWhosePaymentHasItsOutcomeEndsThere) {
  on_stage([](Stage& stage) -> Task<> {
    auto hand = co_await a_worker_with(stage, 3);
    co_await stage.finish(hand, ExecuteResult::succeeded, 1);
    co_await stage.finish(hand, ExecuteResult::retry, 2);
    // As a take-over leaves it that raced with the finish.
    co_await stage.run(
        "INSERT INTO messages (queue, payment_id, sequence, due_at, crashes, unsure)"
        " SELECT 1, payment_id, 0, now(), 1, true FROM events");
    co_await stage.everything_is_due();
    EXPECT_EQ(co_await stage.claim_messages(hand), 2u);
    EXPECT_EQ(co_await stage.count("messages"), 2);
    co_await stage.check_conserved();
  });
}

TEST(FinishPayments, OnlyTheHolderOfTheClaimIsHeard) {
  on_stage([](Stage& stage) -> Task<> {
    auto holder = co_await a_worker_with(stage, 10);
    auto stranger = holder;
    stranger.shift_claims(-1);
    auto namesake = holder;
    namesake.worker = co_await stage.worker("namesake");
    EXPECT_EQ(co_await stage.finish(stranger, ExecuteResult::succeeded), 0);
    EXPECT_EQ(co_await stage.finish(namesake, ExecuteResult::succeeded), 0);
    EXPECT_EQ(co_await stage.count("events"), 0);
    EXPECT_EQ(co_await stage.finish(holder, ExecuteResult::succeeded), 10);
    co_await stage.check_conserved();
  });
}

TEST(FinishPayments, AMiscountedChunkIsNotWritten) {
  on_stage([](Stage& stage) -> Task<> {
    auto hand = co_await a_worker_with(stage, 10);
    auto& chunk = hand.chunks.begin()->second;
    for (const int wrong : {-1, 1}) {
      chunk.items += wrong;
      EXPECT_EQ(co_await stage.finish(hand, ExecuteResult::succeeded, 5), 0) << wrong;
      chunk.items -= wrong;
    }
    EXPECT_EQ(co_await stage.count("events"), 0);
    EXPECT_EQ(co_await stage.finish(hand, ExecuteResult::succeeded, 5), 5);
  });
}

TEST(FinishPayments, WhatHasAnsweredIsFinishedAndTheChunkKeptForTheRest) {
  on_stage([](Stage& stage) -> Task<> {
    auto hand = co_await a_worker_with(stage, 159);
    EXPECT_EQ(co_await stage.finish(hand, ExecuteResult::succeeded, 100), 100);
    EXPECT_EQ(co_await stage.count("chunks WHERE queue = 1"), 1);
    co_await stage.check_conserved();
    EXPECT_EQ(co_await stage.finish(hand, ExecuteResult::failed, 58), 58);
    EXPECT_EQ(co_await stage.count("chunks WHERE queue = 1"), 1);
    EXPECT_EQ(co_await stage.finish(hand, ExecuteResult::succeeded, 1), 1);
    EXPECT_EQ(co_await stage.count("chunks WHERE queue = 1"), 0);
    EXPECT_EQ(co_await stage.count("payments WHERE status = 'FAILED' AND finished_at IS NOT NULL"), 58);
    for (const char* channel : {"100", "101"})
      EXPECT_EQ(
          co_await stage.number(std::string("(SELECT sum(cardinality(items)) FROM chunks WHERE queue = ") +
                                channel + " AND sequence = 1)"),
          159);
    co_await stage.check_conserved();
  });
}

TEST(FinishPayments, ATwinWhoseAnswerWasLostWritesNoSecondEvent) {
  on_stage([](Stage& stage) -> Task<> {
    auto hand = co_await a_worker_with(stage, 159);
    auto twin = hand;
    co_await stage.finish(hand, ExecuteResult::succeeded, 100);
    EXPECT_EQ(co_await sqlstate_of(stage.finish(twin, ExecuteResult::failed, 100)), "23505");
    EXPECT_EQ(co_await stage.count("events"), 100);
    EXPECT_EQ(co_await stage.count("events WHERE type = 'failed'"), 0);
    co_await stage.check_conserved();
  });
}

struct Unfinished {
  ExecuteResult result;
  int tries;
  bool unsure;
  int journal;
};

TEST(FinishPayments, WhatIsNotDefiniteBecomesAMessage) {
  on_stage([](Stage& stage) -> Task<> {
    auto hand = co_await a_worker_with(stage, 3);
    const std::vector<Unfinished> table = {{ExecuteResult::unknown, 1, true, 1},
                                           {ExecuteResult::retry, 1, false, 1},
                                           {ExecuteResult::postponed, 0, false, 0}};
    for (const auto& [result, tries, unsure, journal] : table) {
      const auto id = hand.open.front().payment.text();
      EXPECT_EQ(co_await stage.finish(hand, result, 1, "why"), 1);
      const auto where = " WHERE payment_id = '" + id + "'";
      EXPECT_EQ(co_await stage.text("(SELECT (tries, unsure, reason) FROM messages" + where + ")"),
                "(" + std::to_string(tries) + (unsure ? ",t," : ",f,") + "why)");
      EXPECT_EQ(co_await stage.count("journal" + where), journal) << to_text(result);
      EXPECT_EQ(co_await stage.text("(SELECT pending_reason FROM payments" + where + ")"),
                unsure ? "outcome unknown" : "queued");
      // What was not tried is not made to wait.
      EXPECT_EQ(co_await stage.count("messages" + where + " AND due_at > now() + interval '1 s'"), tries);
      EXPECT_EQ(co_await stage.count("messages" + where + " AND first_claimed_at IS NOT NULL"), 1);
    }
    EXPECT_EQ(co_await stage.count("chunks"), 0);
    co_await stage.check_conserved();
  });
}

TEST(LookUps, FollowTheLadderAndParkAtItsEnd) {
  on_stage([](Stage& stage) -> Task<> {
    auto hand = co_await parked_payments(stage, 11);
    EXPECT_EQ(co_await stage.count("payments WHERE pending_reason = 'parked' AND next_step_at IS NULL"), 11);
    EXPECT_EQ(co_await stage.count("journal WHERE entry = 'parked'"), 11);
    EXPECT_EQ(co_await stage.count("journal WHERE entry = 'unknown'"), 22);
    co_await stage.everything_is_due();
    EXPECT_EQ(co_await stage.claim_messages(hand), 0u);
    EXPECT_EQ(co_await stage.claim_messages(hand, true), 0u);
    co_await stage.check_conserved();
  });
}

TEST(ParkedPayments, AreNeverDeadLettersAndNeverDiscarded) {
  on_stage([](Stage& stage) -> Task<> {
    co_await parked_payments(stage, 1);
    const auto id = "'" + payment(1).text() + "'";
    EXPECT_EQ(co_await stage.refusal(Role::operations, "INSERT INTO dead_letters VALUES (1, " + id +
                                                           ", 0, 0, 0, 0, 0, now(), now(), 'x')"),
              "23514");
    EXPECT_EQ(co_await stage.refusal(
                  Role::operations, "INSERT INTO deliveries (payment_id, sequence, channel, state) VALUES (" +
                                        id + ", 0, 1, 'discarded')"),
              "23514");
  });
}

struct Decision {
  ExecuteResult result;
  const char* evidence;
  std::int64_t taken;
};

TEST(ParkedPayments, EndOnlyByADefiniteResultWithEvidence) {
  on_stage([](Stage& stage) -> Task<> {
    co_await parked_payments(stage, 2);
    pg::Pool pool(stage.executor(), connect_as(stage.database(), Role::operations), 1);
    WaitingPayments waiting(pool);
    const std::vector<Decision> table = {{ExecuteResult::succeeded, "", 0},
                                         {ExecuteResult::unknown, "a guess", 0},
                                         {ExecuteResult::postponed, "a guess", 0},
                                         {ExecuteResult::succeeded, "settlement file", 1}};
    const std::vector<int> first = {1};
    for (const auto& [result, evidence, taken] : table) {
      auto answers = decided(first, result, evidence);
      EXPECT_EQ(co_await waiting.resolve(queues::simulator, std::move(answers), principal(3)), taken)
          << evidence;
    }
    EXPECT_EQ(co_await stage.count("journal WHERE decided_by = '" + principal(3).text() +
                                   "' AND answer = 'settlement file' AND entry = 'succeeded'"),
              1);
    EXPECT_EQ(co_await stage.count("payments WHERE status = 'SUCCESS'"), 1);
    co_await stage.check_conserved();
  });
}

TEST(ParkedPayments, AreResumedOnlyOnRecordAndStartTheLadderAnew) {
  on_stage([](Stage& stage) -> Task<> {
    auto hand = co_await parked_payments(stage, 1);
    pg::Pool pool(stage.executor(), connect_as(stage.database(), Role::operations), 1);
    WaitingPayments waiting(pool);
    const std::vector<PaymentId> one = {payment(1)};
    EXPECT_EQ(co_await waiting.resume(queues::simulator, one, "a callback", std::nullopt), 0);
    EXPECT_EQ(co_await waiting.resume(queues::simulator, one, "asked the bank", principal(3)), 1);
    EXPECT_EQ(co_await stage.claim_messages(hand), 1u);
    EXPECT_TRUE(hand.open.front().unsure);
    EXPECT_EQ(hand.open.front().tries, 0);
    EXPECT_EQ(co_await stage.finish(hand, ExecuteResult::failed, 1, "declined"), 1);
    EXPECT_EQ(co_await stage.text("(SELECT string_agg(entry, ' ' ORDER BY recorded_at) FROM journal)"),
              "unknown unknown parked resumed failed");
    EXPECT_EQ(co_await stage.count("journal WHERE entry = 'resumed' AND decided_by = '" +
                                   principal(3).text() + "'"),
              1);
    co_await stage.check_conserved();
  });
}

TEST(WaitingPayments, ACallbackMakesTheNextLookUpNow) {
  on_stage([](Stage& stage) -> Task<> {
    auto hand = co_await a_worker_with(stage, 1);
    co_await stage.finish(hand, ExecuteResult::retry, 1, "429");
    EXPECT_EQ(co_await stage.claim_messages(hand), 0u);
    pg::Pool pool(stage.executor(), connect_as(stage.database(), Role::executor), 1);
    WaitingPayments waiting(pool);
    const std::vector<PaymentId> one = {payment(1)};
    EXPECT_EQ(co_await waiting.resume(queues::simulator, one, "a callback", std::nullopt), 1);
    EXPECT_EQ(co_await stage.claim_messages(hand), 1u);
    EXPECT_TRUE(hand.open.front().unsure);
    EXPECT_EQ(hand.open.front().tries, 1);
    EXPECT_EQ(co_await waiting.resume(queues::simulator, one, "while it is held", std::nullopt), 0);
  });
}

}  // namespace
}  // namespace bursar::store::test
