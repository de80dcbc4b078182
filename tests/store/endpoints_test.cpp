// Webhook endpoints behind a router, reservations, and a poison among innocents.
#include "stage.hpp"
#include "store/router.hpp"

namespace bursar::store::test {
namespace {

constexpr QueueNumber router_queue = 199;

// Owner 9 has endpoints 7 and 8 for successes, 9 for failures and a disabled one; owner 10 has endpoint 10.
Task<> add_endpoints(Stage& stage) {
  const auto nine = "'" + principal(9).text() + "'";
  const auto ten = "'" + principal(10).text() + "'";
  co_await stage.run(
      "INSERT INTO queues (queue, name, kind, delays) VALUES (102, 'webhook', 'channel', '{5 s, 5 min}'),"
      " (199, 'endpoints', 'router', '{5 s}');"
      "INSERT INTO subscriptions VALUES ('succeeded', 199), ('failed', 199);"
      "INSERT INTO endpoints VALUES (7, " +
      nine + ", 102, '{succeeded}', true), (8, " + nine + ", 102, '{succeeded}', true), (9, " + nine +
      ", 102, '{failed}', true), (10, " + ten + ", 102, '{succeeded}', true), (11, " + nine +
      ", 102, '{succeeded}', false)");
}

Task<> pay_for(Stage& stage, int first, int last, int owner) {
  Order order;
  order.first = first;
  order.last = last;
  order.owner = owner;
  co_await stage.accept(order);
  ExecuteHand hand;
  hand.queue = queues::simulator;
  hand.worker = co_await stage.worker("cashier");
  co_await stage.claim(hand);
  co_await stage.finish(hand, ExecuteResult::succeeded);
}

TEST(Router, TurnsOneChunkIntoOnePerEndpointOfTheOwner) {
  on_stage([](Stage& stage) -> Task<> {
    co_await add_endpoints(stage);
    co_await pay_for(stage, 1, 2, 9);
    co_await pay_for(stage, 3, 3, 10);
    co_await pay_for(stage, 4, 4, 1);
    ChannelHand hand;
    hand.queue = router_queue;
    hand.worker = co_await stage.worker("notifier");
    EXPECT_EQ(co_await stage.claim(hand), 0u) << "a router is expanded, not claimed";
    co_await stage.check_conserved();
    auto* connection = co_await stage.as(Role::notifier);
    Router router(*connection, router_queue);
    const auto expanded = co_await router.expand(10);
    EXPECT_EQ(expanded.chunks, 3);
    EXPECT_EQ(expanded.items, 5);
    EXPECT_EQ(co_await stage.count("chunks WHERE queue = 102"), 3);
    co_await router.refresh_low_water();
    const auto nothing_left = co_await router.expand(10);
    EXPECT_EQ(nothing_left.chunks, 0);
    co_await stage.check_conserved();
  });
}

TEST(Endpoints, TwoTargetsOfOneEventRetryIndependently) {
  on_stage([](Stage& stage) -> Task<> {
    co_await add_endpoints(stage);
    co_await pay_for(stage, 1, 1, 9);
    auto* connection = co_await stage.as(Role::notifier);
    Router router(*connection, router_queue);
    co_await router.expand(10);
    ChannelHand hand;
    hand.queue = queues::webhook;
    hand.worker = co_await stage.worker("notifier");
    EXPECT_EQ(co_await stage.claim(hand), 2u);
    const auto failing = hand.open.front().target;
    const auto working = hand.open.back().target;
    EXPECT_NE(failing, working);
    EXPECT_EQ(co_await stage.settle(hand, DeliveryResult::retry, 1, "503"), 1);
    EXPECT_EQ(co_await stage.settle(hand, DeliveryResult::sent, 1), 1);
    EXPECT_EQ(co_await stage.count("messages WHERE target = " + std::to_string(failing)), 1);
    EXPECT_EQ(co_await stage.count("deliveries WHERE state = 'sent' AND target = " + std::to_string(working)),
              1);
    co_await stage.check_conserved();
    co_await stage.everything_is_due();
    EXPECT_EQ(co_await stage.claim_messages(hand), 1u);
    EXPECT_EQ(hand.open.front().target, failing);
    EXPECT_EQ(co_await stage.settle(hand, DeliveryResult::discarded, 1, "deleted"), 1);
    EXPECT_EQ(co_await stage.count("deliveries WHERE state = 'discarded' AND tries = 2"), 1);
    co_await stage.check_conserved();
  });
}

TEST(Reserve, EachItemIsSentByOneWorkerUntilItDies) {
  on_stage([](Stage& stage) -> Task<> {
    co_await stage.pay(1, 3);
    ChannelHand first;
    first.queue = queues::sms;
    first.worker = co_await stage.worker("first");
    co_await stage.claim(first);
    const auto second = co_await stage.worker("second");
    auto* connection = co_await stage.as(Role::notifier);
    ChannelQueue mine(*connection, queues::sms, first.worker);
    ChannelQueue other(*connection, queues::sms, second);
    const auto reserved = co_await mine.reserve(first.open);
    const auto refused = co_await other.reserve(first.open);
    EXPECT_EQ(reserved.size(), 3u);
    EXPECT_FALSE(reserved.front().unsure);
    EXPECT_EQ(refused.size(), 0u);
    co_await stage.let_die(first.worker);
    const auto inherited = co_await other.reserve(first.open);
    EXPECT_EQ(inherited.size(), 3u);
    EXPECT_TRUE(inherited.front().unsure);
    EXPECT_EQ(co_await stage.count("deliveries WHERE state = 'reserved' AND tries = 2"), 3);
  });
}

TEST(Reserve, OnlyItsHolderSettles) {
  on_stage([](Stage& stage) -> Task<> {
    co_await stage.pay(1, 3);
    ChannelHand holder;
    holder.queue = queues::sms;
    holder.worker = co_await stage.worker("holder");
    co_await stage.claim(holder);
    auto* connection = co_await stage.as(Role::notifier);
    ChannelQueue queue(*connection, queues::sms, holder.worker);
    co_await queue.reserve(holder.open);
    for (auto& item : holder.open) item.claim = Claim();  // a transport without our claims
    auto stranger = holder;
    stranger.worker = co_await stage.worker("stranger");
    EXPECT_EQ(co_await stage.settle(stranger, DeliveryResult::sent), 0);
    EXPECT_EQ(co_await stage.settle(holder, DeliveryResult::sent), 3);
    EXPECT_EQ(co_await stage.count("deliveries WHERE state = 'sent' AND worker IS NULL"), 3);
  });
}

bool is(const ExecuteItem& item, const EventId& poison) { return item.payment == poison.payment; }
bool is(const ChannelItem& item, const EventId& poison) { return item.event == poison; }

// Whoever touches the poison dies. Returns how many deaths it took until nothing was left to claim.
template <class SomeHand, class Answer>
Task<int> live_with_poison(Stage& stage, WorkerNumber taker, QueueNumber queue, EventId poison,
                           Answer answer) {
  int deaths = 0;
  for (int round = 0; round < 300; ++round) {
    SomeHand hand;
    hand.queue = queue;
    hand.worker = co_await stage.worker("victim");
    if (co_await stage.claim(hand) == 0 && co_await stage.claim_messages(hand, true) == 0 &&
        co_await stage.claim_messages(hand) == 0)
      co_return deaths;
    bool touched = false;
    for (const auto& item : hand.open) touched = touched || is(item, poison);
    if (touched) {
      ++deaths;
      co_await stage.take_over(taker, hand.worker);
    } else {
      while (!hand.open.empty()) co_await answer(stage, hand);
    }
  }
  co_return -1;
}

TEST(Poison, AmongAHundredAndTwentyEventsIsDeadAlone) {
  on_stage([](Stage& stage) -> Task<> {
    const auto taker = co_await stage.worker("taker");
    co_await stage.pay(1, 120);
    const auto sent = [](Stage& on, ChannelHand& hand) -> Task<> {
      co_await on.settle(hand, DeliveryResult::sent);
    };
    EXPECT_EQ(co_await live_with_poison<ChannelHand>(stage, taker, queues::email, outcome_of(50), sent), 5);
    EXPECT_EQ(co_await stage.count("deliveries WHERE channel = 100 AND state = 'sent'"), 119);
    EXPECT_EQ(co_await stage.text("(SELECT payment_id || ': ' || reason FROM dead_letters)"),
              payment(50).text() + ": its worker died 5 times");
    EXPECT_EQ(co_await stage.count("messages WHERE queue = 100"), 0);
    co_await stage.check_conserved();
  });
}

TEST(Poison, AmongAHundredAndTwentyPaymentsParksAlone) {
  on_stage([](Stage& stage) -> Task<> {
    const auto taker = co_await stage.worker("taker");
    co_await stage.accept(1, 120);
    const auto charged = [](Stage& on, ExecuteHand& hand) -> Task<> {
      co_await on.finish(hand, ExecuteResult::succeeded);
    };
    EXPECT_EQ(
        co_await live_with_poison<ExecuteHand>(stage, taker, queues::simulator, outcome_of(50), charged), 5);
    EXPECT_EQ(co_await stage.count("payments WHERE status = 'SUCCESS'"), 119);
    EXPECT_EQ(co_await stage.text(
                  "(SELECT string_agg(payment_id::text, ' ') FROM payments WHERE pending_reason = 'parked')"),
              payment(50).text());
    EXPECT_EQ(co_await stage.count("dead_letters"), 0);
    co_await stage.check_conserved();
  });
}

}  // namespace
}  // namespace bursar::store::test
