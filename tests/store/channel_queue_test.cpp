// Telling channels: the ledger, retries, dead letters, decisions of people, endpoints.
#include "stage.hpp"
#include "store/contacts.hpp"
#include "store/dead_letters.hpp"
#include "store/router.hpp"

namespace bursar::store::test {
namespace {

Task<ChannelHand> notifier(Stage& stage, QueueNumber channel = queues::email) {
  ChannelHand hand;
  hand.queue = channel;
  hand.worker = co_await stage.worker("notifier");
  co_return hand;
}

Task<ChannelHand> a_notifier_with(Stage& stage, int events, QueueNumber channel = queues::email) {
  auto hand = co_await notifier(stage, channel);
  co_await stage.pay(1, events);
  co_await stage.claim(hand);
  co_return hand;
}

std::string of(int number) { return " WHERE payment_id = '" + payment(number).text() + "'"; }

TEST(ClaimEvents, ComeWithAllThatANotificationNeeds) {
  on_stage([](Stage& stage) -> Task<> {
    pg::Pool pool(stage.executor(), connect_as(stage.database(), Role::api), 1);
    Contacts contacts(pool);
    Contact contact;
    contact.email = "ada@example.test";
    contact.locale = "de";
    co_await contacts.put(user(1), contact);
    auto hand = co_await a_notifier_with(stage, 10);
    EXPECT_EQ(hand.open.size(), 10u);
    const auto& item = hand.open.front();
    EXPECT_EQ(item.event.sequence, 1);
    EXPECT_EQ(item.type, "succeeded");
    EXPECT_EQ(item.created_by, principal(1));
    EXPECT_EQ(item.user_id, user(1));
    EXPECT_EQ(item.currency, "EUR");
    EXPECT_EQ(item.reference->substr(0, 10), "reference-");
    EXPECT_EQ(item.email, "ada@example.test");
    EXPECT_EQ(item.phone, std::nullopt);
    EXPECT_EQ(item.locale, "de");
    EXPECT_GT(item.recorded_at, noon);
  });
}

TEST(Contact, IsReplacedAsAWhole) {
  on_stage([](Stage& stage) -> Task<> {
    pg::Pool pool(stage.executor(), connect_as(stage.database(), Role::api), 1);
    Contacts contacts(pool);
    EXPECT_FALSE((co_await contacts.find(user(1))).has_value());
    Contact contact;
    contact.email = "ada@example.test";
    contact.phone = "+4915112345678";
    co_await contacts.put(user(1), contact);
    contact.email = std::nullopt;
    contact.locale = "fr";
    co_await contacts.put(user(1), contact);
    const auto found = co_await contacts.find(user(1));
    EXPECT_EQ(found->email, std::nullopt);
    EXPECT_EQ(found->phone, "+4915112345678");
    EXPECT_EQ(found->locale, "fr");
    EXPECT_FALSE((co_await contacts.find(user(2))).has_value());
  });
}

TEST(Deliver, WritesTheLedgerAndKeepsTheChunkForTheRest) {
  on_stage([](Stage& stage) -> Task<> {
    auto hand = co_await a_notifier_with(stage, 20);
    EXPECT_EQ(co_await stage.deliver(hand, DeliveryResult::sent, 12), 12);
    EXPECT_EQ(co_await stage.deliver(hand, DeliveryResult::suppressed, 3), 3);
    EXPECT_EQ(co_await stage.count("chunks WHERE queue = 100"), 1);
    co_await stage.check_conserved();
    EXPECT_EQ(co_await stage.deliver(hand, DeliveryResult::sent), 5);
    EXPECT_EQ(co_await stage.count("chunks WHERE queue = 100"), 0);
    EXPECT_EQ(co_await stage.count("deliveries WHERE state = 'sent' AND tries = 1"), 17);
    co_await stage.check_conserved();
  });
}

TEST(Deliver, ATwinIsRefusedAndThenSettledWithoutASecondOutcome) {
  on_stage([](Stage& stage) -> Task<> {
    auto hand = co_await a_notifier_with(stage, 20);
    auto twin = hand;
    co_await stage.deliver(hand, DeliveryResult::suppressed, 10);
    EXPECT_EQ(co_await sqlstate_of(stage.deliver(twin, DeliveryResult::sent, 10)), "23505");
    EXPECT_EQ(co_await stage.settle(twin, DeliveryResult::sent, 10), 10);
    EXPECT_EQ(co_await stage.count("deliveries WHERE state = 'suppressed'"), 10);
    EXPECT_EQ(co_await stage.count("deliveries"), 10);
    co_await stage.check_conserved();
  });
}

TEST(Settle, RetriesAndPostponedItemsBecomeMessages) {
  on_stage([](Stage& stage) -> Task<> {
    auto hand = co_await a_notifier_with(stage, 10);
    EXPECT_EQ(co_await stage.settle(hand, DeliveryResult::retry, 5, "451"), 5);
    EXPECT_EQ(co_await stage.settle(hand, DeliveryResult::postponed, 1), 1);
    EXPECT_EQ(co_await stage.count("messages WHERE queue = 100 AND tries = 1 AND reason = '451'"), 5);
    EXPECT_EQ(
        co_await stage.count("messages WHERE queue = 100 AND tries = 0 AND due_at <= clock_timestamp()"), 1);
    EXPECT_EQ(co_await stage.count("messages WHERE queue = 100 AND due_at > clock_timestamp()"), 5);
    EXPECT_EQ(co_await stage.count("deliveries WHERE state = 'retry'"), 5);
    EXPECT_EQ(co_await stage.deliver(hand, DeliveryResult::sent), 4);
    co_await stage.check_conserved();
  });
}

TEST(Settle, JitterNeverComesBeforeRetryAfter) {
  on_stage([](Stage& stage) -> Task<> {
    auto hand = co_await a_notifier_with(stage, 20);
    co_await stage.settle(hand, DeliveryResult::retry, 20, "429", 600);
    EXPECT_EQ(co_await stage.count(
                  "messages WHERE due_at - clock_timestamp() BETWEEN interval '590 s' AND interval '600 s'"),
              20);
  });
}

TEST(Settle, GapsFollowTheLadderAndItsEndIsADeadLetter) {
  on_stage([](Stage& stage) -> Task<> {
    co_await stage.run("UPDATE queues SET delays = '{10 s, 100 s}' WHERE queue = 100");
    auto hand = co_await a_notifier_with(stage, 20);
    co_await stage.settle(hand, DeliveryResult::retry, 20, "first");
    for (const char* gap : {"interval '7 s' AND interval '13 s'", "interval '79 s' AND interval '121 s'"}) {
      EXPECT_EQ(
          co_await stage.count(
              std::string("messages JOIN deliveries USING (payment_id) WHERE due_at - recorded_at BETWEEN ") +
              gap),
          20)
          << gap;
      co_await stage.everything_is_due();
      co_await stage.claim_messages(hand);
      EXPECT_EQ(co_await stage.settle(hand, DeliveryResult::retry, 20, "again"), 20);
    }
    EXPECT_EQ(co_await stage.count("messages WHERE queue = 100"), 0);
    EXPECT_EQ(co_await stage.count("dead_letters WHERE tries = 3 AND reason = 'again'"), 20);
    EXPECT_EQ(co_await stage.count("deliveries WHERE state = 'dead' AND tries = 3"), 20);
    co_await stage.check_conserved();
  });
}

TEST(Settle, ARepeatedRetryLeavesTheMessageWithItsHolder) {
  on_stage([](Stage& stage) -> Task<> {
    auto hand = co_await a_notifier_with(stage, 10);
    auto twin = hand;
    co_await stage.settle(hand, DeliveryResult::retry, 4, "451");
    co_await stage.everything_is_due();
    auto other = co_await notifier(stage);
    EXPECT_EQ(co_await stage.claim_messages(other), 4u);
    for (const auto repeated : {DeliveryResult::retry, DeliveryResult::sent, DeliveryResult::dead}) {
      auto again = twin;
      co_await stage.settle(again, repeated, 4, "451");
      EXPECT_EQ(co_await stage.count("messages WHERE claim > 0"), 4) << to_text(repeated);
    }
    EXPECT_EQ(co_await stage.settle(other, DeliveryResult::sent), 4);
    EXPECT_EQ(co_await stage.count("deliveries WHERE state = 'sent' AND tries = 2"), 4);
    co_await stage.check_conserved();
  });
}

TEST(Settle, AMessageWhoseLedgerRowIsFinalIsNotSentAgain) {
  on_stage([](Stage& stage) -> Task<> {
    auto hand = co_await a_notifier_with(stage, 2);
    co_await stage.settle(hand, DeliveryResult::retry, 2, "451");
    co_await stage.everything_is_due();
    co_await stage.run("UPDATE deliveries SET state = 'sent'" + of(1));
    EXPECT_EQ(co_await stage.claim_messages(hand), 1u);
    EXPECT_EQ(hand.open.front().event, outcome_of(2));
    EXPECT_EQ(co_await stage.count("messages WHERE queue = 100"), 1);
    co_await stage.check_conserved();
  });
}

TEST(Discard, HoldsAgainstTheWorkerThatHasTheItem) {
  on_stage([](Stage& stage) -> Task<> {
    auto hand = co_await a_notifier_with(stage, 5);
    pg::Pool pool(stage.executor(), connect_as(stage.database(), Role::operations), 1);
    DeadLetters letters(pool);
    DeliveryKey key;
    key.event = hand.open.front().event;
    const std::vector<DeliveryKey> one = {key};
    EXPECT_EQ(co_await letters.discard(queues::email, one, "opted out", staff(3)), 1);
    EXPECT_EQ(co_await sqlstate_of(stage.deliver(hand, DeliveryResult::sent, 1)), "23505");
    EXPECT_EQ(co_await stage.settle(hand, DeliveryResult::sent), 5);
    EXPECT_EQ(co_await stage.count("deliveries WHERE state = 'discarded'"), 1);
    EXPECT_EQ(co_await stage.count("deliveries WHERE state = 'sent'"), 4);
    EXPECT_EQ(
        co_await stage.count("journal WHERE entry = 'discarded' AND answer = 'opted out' AND decided_by = '" +
                             principal(3).text() + "'"),
        1);
    EXPECT_EQ(co_await letters.discard(queues::email, one, "again", staff(3)), 1);
    co_await stage.check_conserved();
  });
}

TEST(DeadLetter, IsRedrivenOnRecordAndStartsAnew) {
  on_stage([](Stage& stage) -> Task<> {
    auto hand = co_await a_notifier_with(stage, 3);
    co_await stage.settle(hand, DeliveryResult::dead, 2, "550");
    co_await stage.deliver(hand, DeliveryResult::sent);
    pg::Pool pool(stage.executor(), connect_as(stage.database(), Role::operations), 1);
    DeadLetters letters(pool);
    const auto all = co_await letters.list(std::nullopt, std::nullopt, 10);
    EXPECT_EQ(all.size(), 2u);
    EXPECT_EQ(all.front().queue, queues::email);
    EXPECT_EQ(all.front().reason, "550");
    EXPECT_EQ(all.front().tries, 1);
    const auto older = co_await letters.list(queues::email, all.front().dead_at, 10);
    EXPECT_EQ(older.size(), 1u);
    const auto of_sms = co_await letters.list(queues::sms, std::nullopt, 10);
    EXPECT_EQ(of_sms.size(), 0u);
    EXPECT_EQ(co_await letters.redrive(queues::email, all, staff(3)), 2);
    EXPECT_EQ(co_await letters.redrive(queues::email, all, staff(3)), 0);
    EXPECT_EQ(co_await stage.count("journal WHERE entry = 'redriven' AND decided_by = '" +
                                   principal(3).text() + "'"),
              2);
    EXPECT_EQ(co_await stage.count("staff_actions s WHERE s.xmin IN (SELECT xmin FROM journal WHERE entry = "
                                   "'redriven') AND principal_id = '" +
                                   principal(3).text() + "'"),
              1)
        << "with the change";
    EXPECT_EQ(co_await stage.count("staff_actions"), 2) << "also when nothing was left to redrive";
    EXPECT_EQ(co_await stage.claim_messages(hand), 2u);
    EXPECT_EQ(hand.open.front().tries, 0);
    EXPECT_EQ(co_await stage.settle(hand, DeliveryResult::sent), 2);
    EXPECT_EQ(co_await stage.count("deliveries WHERE state = 'sent'"), 3);
    co_await stage.check_conserved();
  });
}

TEST(Fence, AStaleWorkerChangesNothingAfterTakeOverAndRedrive) {
  on_stage([](Stage& stage) -> Task<> {
    auto stale = co_await a_notifier_with(stage, 5);
    auto taker = co_await notifier(stage);
    co_await stage.settle(stale, DeliveryResult::dead, 5, "550");
    pg::Pool pool(stage.executor(), connect_as(stage.database(), Role::operations), 1);
    DeadLetters letters(pool);
    auto all = co_await letters.list(std::nullopt, std::nullopt, 10);
    co_await letters.redrive(queues::email, all, staff(3));
    co_await stage.claim_messages(stale);
    const auto taken = co_await stage.take_over(taker.worker, stale.worker);
    EXPECT_EQ(taken.channel.freed, 5);
    EXPECT_EQ(co_await stage.settle(stale, DeliveryResult::sent), 0);
    EXPECT_EQ(co_await stage.claim_messages(taker), 5u);
    stale.worker = taker.worker;  // only its claim is old now
    EXPECT_EQ(co_await stage.settle(stale, DeliveryResult::dead), 0);
    EXPECT_EQ(co_await stage.settle(taker, DeliveryResult::sent), 5);
    EXPECT_EQ(co_await stage.count("deliveries WHERE state = 'sent'"), 5);
    co_await stage.check_conserved();
  });
}

// A sequence that went back (fail-over, restore) may draw the same number for another worker.
TEST(Fence, TheSameClaimNumberOfAnotherWorkerIsNotHeard) {
  on_stage([](Stage& stage) -> Task<> {
    auto holder = co_await a_notifier_with(stage, 4);
    auto namesake = holder;
    namesake.worker = co_await stage.worker("namesake");
    EXPECT_EQ(co_await stage.deliver(namesake, DeliveryResult::sent), 0);
    co_await stage.settle(holder, DeliveryResult::retry, 4, "451");
    co_await stage.everything_is_due();
    co_await stage.claim_messages(holder);
    namesake.open = holder.open;
    EXPECT_EQ(co_await stage.settle(namesake, DeliveryResult::sent), 0);
    EXPECT_EQ(co_await stage.count("deliveries WHERE state = 'sent'"), 0);
    EXPECT_EQ(co_await stage.settle(holder, DeliveryResult::sent), 4);
    co_await stage.check_conserved();
  });
}

TEST(TakeOver, OfAChannelTakesOnlyWhatTheLedgerLacks) {
  on_stage([](Stage& stage) -> Task<> {
    auto victim = co_await a_notifier_with(stage, 20);
    auto taker = co_await notifier(stage);
    co_await stage.deliver(victim, DeliveryResult::sent, 8);
    co_await stage.settle(victim, DeliveryResult::retry, 3, "451");
    co_await stage.settle(victim, DeliveryResult::postponed, 1);
    const auto taken = co_await stage.take_over(taker.worker, victim.worker);
    EXPECT_EQ(taken.channel.exploded, 8);
    EXPECT_EQ(co_await stage.deliver(victim, DeliveryResult::sent), 0);
    co_await stage.check_conserved();
  });
}

TEST(Resend, IsRefusedForADeadLetterWhichIsRedriven) {
  on_stage([](Stage& stage) -> Task<> {
    auto hand = co_await a_notifier_with(stage, 1);
    co_await stage.settle(hand, DeliveryResult::dead, 1, "550");
    pg::Pool pool(stage.executor(), connect_as(stage.database(), Role::operations), 1);
    DeadLetters letters(pool);
    DeliveryKey key;
    key.event = outcome_of(1);
    EXPECT_FALSE(co_await letters.resend(queues::email, key, "asked", staff(3)));
    EXPECT_EQ(co_await stage.count("messages"), 0);
    EXPECT_EQ(co_await stage.count("dead_letters"), 1);
    co_await stage.check_conserved();
  });
}

TEST(Resend, IsANewReplayAndOnlyWhenNoneIsUnderWay) {
  on_stage([](Stage& stage) -> Task<> {
    auto hand = co_await a_notifier_with(stage, 1);
    pg::Pool pool(stage.executor(), connect_as(stage.database(), Role::operations), 1);
    DeadLetters letters(pool);
    DeliveryKey key;
    key.event = outcome_of(1);
    EXPECT_FALSE(co_await letters.resend(queues::email, key, "too early", staff(3)));
    co_await stage.deliver(hand, DeliveryResult::sent);
    EXPECT_TRUE(co_await letters.resend(queues::email, key, "asked", staff(3)));
    EXPECT_FALSE(co_await letters.resend(queues::email, key, "twice", staff(3)));
    EXPECT_EQ(co_await stage.claim_messages(hand), 1u);
    EXPECT_EQ(hand.open.front().replay, 1);
    EXPECT_EQ(co_await stage.settle(hand, DeliveryResult::sent), 1);
    EXPECT_EQ(co_await stage.text(
                  "(SELECT string_agg(replay || ' ' || state, ', ' ORDER BY replay) FROM deliveries)"),
              "0 sent, 1 sent");
    co_await stage.check_conserved();
  });
}

}  // namespace
}  // namespace bursar::store::test
