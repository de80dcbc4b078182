// Listings of payments: every page by key, together all payments once, newest first.
#include <algorithm>

#include "stage.hpp"
#include "store/payments.hpp"

namespace bursar::store::test {
namespace {

using Numbers = std::vector<int>;

// The number that stage.hpp's uuid() was made of.
int number_of(const PaymentId& id) {
  const auto& bytes = id.value.bytes;
  return bytes[12] << 24 | bytes[13] << 16 | bytes[14] << 8 | bytes[15];
}

// All pages, one after the other.
Task<Numbers> all_pages(Stage& stage, PaymentFilter filter, Viewer viewer, std::size_t limit = 7) {
  pg::Pool pool(stage.executor(), connect_as(stage.database(), Role::api), 1);
  Payments payments(pool);
  Numbers found;
  std::optional<PaymentId> below;
  do {
    const auto page = co_await payments.list(filter, viewer, below, limit);
    EXPECT_LE(page.payments.size(), limit);
    for (const auto& payment : page.payments) found.push_back(number_of(payment.id));
    below = page.next;
  } while (below.has_value());
  co_return found;
}

Numbers down_from(int last, int first) {
  Numbers numbers;
  for (int n = last; n >= first; --n) numbers.push_back(n);
  return numbers;
}

// 1–10 SUCCESS, 11–20 FAILED, 21–25 in a held chunk, 26–30 outcome unknown, 31–40 parked, 41–50 free.
Task<> a_mixed_company(Stage& stage) {
  ExecuteHand hand;
  hand.queue = queues::simulator;
  hand.worker = co_await stage.worker("executor");
  co_await stage.accept(1, 40);
  co_await stage.claim(hand);
  std::ranges::sort(hand.open, {}, &ExecuteItem::payment);
  co_await stage.finish(hand, ExecuteResult::succeeded, 10);
  co_await stage.finish(hand, ExecuteResult::failed, 10);
  std::ranges::rotate(hand.open, hand.open.begin() + 5);
  co_await stage.finish(hand, ExecuteResult::unknown, 15, "time-out");
  co_await stage.run("UPDATE messages SET due_at = 'infinity' WHERE payment_id > '" + payment(30).text() +
                     "'");
  co_await stage.accept(41, 50);
}

TEST(Listing, OfAllPagesThroughEveryPaymentOnce) {
  on_stage([](Stage& stage) -> Task<> {
    co_await a_mixed_company(stage);
    PaymentFilter any;
    for (const std::size_t limit : {1u, 7u, 10u, 50u, 200u})
      EXPECT_EQ(co_await all_pages(stage, any, std::nullopt, limit), down_from(50, 1)) << limit;
  });
}

TEST(Listing, ByStatusFindsEachInItsPlace) {
  on_stage([](Stage& stage) -> Task<> {
    co_await a_mixed_company(stage);
    PaymentFilter filter;
    filter.status = PaymentStatus::success;
    EXPECT_EQ(co_await all_pages(stage, filter, std::nullopt), down_from(10, 1));
    filter.status = PaymentStatus::failed;
    EXPECT_EQ(co_await all_pages(stage, filter, std::nullopt), down_from(20, 11));
    filter.status = PaymentStatus::pending;
    EXPECT_EQ(co_await all_pages(stage, filter, std::nullopt), down_from(50, 21));
  });
}

TEST(Listing, OfPendingIsTheSameWithABacklog) {
  on_stage([](Stage& stage) -> Task<> {
    co_await a_mixed_company(stage);
    // More chunks than a page may look at: from here on the intents are walked.
    for (int n = 51; n <= 100; ++n) co_await stage.accept(n, n);
    PaymentFilter filter;
    filter.status = PaymentStatus::pending;
    EXPECT_EQ(co_await all_pages(stage, filter, std::nullopt), down_from(100, 21));
  });
}

TEST(Listing, ShowsOnlyWhatTheViewerCreatedOrPays) {
  on_stage([](Stage& stage) -> Task<> {
    const std::vector<std::pair<int, int>> owner_and_payer = {{1, 1}, {1, 2}, {2, 2}, {3, 1}, {3, 3}};
    int number = 1;
    for (const auto& [owner, payer] : owner_and_payer) {
      Order order;
      order.first = order.last = number++;
      order.owner = owner;
      order.payer = payer;
      co_await stage.accept(order);
    }
    PaymentFilter any;
    EXPECT_EQ(co_await all_pages(stage, any, principal(1)), (Numbers{4, 2, 1}));
    EXPECT_EQ(co_await all_pages(stage, any, principal(2)), (Numbers{3, 2}));
    PaymentFilter of_user;
    of_user.user_id = user(1);
    EXPECT_EQ(co_await all_pages(stage, of_user, principal(3)), (Numbers{4}));
    EXPECT_EQ(co_await all_pages(stage, of_user, std::nullopt), (Numbers{4, 1}));
    EXPECT_EQ(co_await all_pages(stage, of_user, principal(9)), Numbers());
  });
}

TEST(Listing, FiltersByReferenceCurrencyAndInstant) {
  on_stage([](Stage& stage) -> Task<> {
    int number = 1;
    for (const char* currency : {"EUR", "JPY"})
      for (int hour = 0; hour < 3; ++hour) {
        Order order;
        order.first = order.last = number++;
        order.currency = currency;
        order.at = noon + std::chrono::hours(hour);
        co_await stage.accept(order);
      }
    PaymentFilter reference;
    reference.reference = "reference-5";
    EXPECT_EQ(co_await all_pages(stage, reference, std::nullopt), (Numbers{5}));
    PaymentFilter yen;
    yen.currency = Currency::from_code("JPY");
    EXPECT_EQ(co_await all_pages(stage, yen, std::nullopt), (Numbers{6, 5, 4}));
    PaymentFilter later;
    later.created_after = noon;
    EXPECT_EQ(co_await all_pages(stage, later, std::nullopt), (Numbers{6, 3, 5, 2}));
    later.created_after = noon - std::chrono::microseconds(1);
    EXPECT_EQ(co_await all_pages(stage, later, std::nullopt, 4), (Numbers{6, 3, 5, 2, 4, 1}));
  });
}

// 1 and 2 in one millisecond, whose id is that of .251; 3 in the next.
Task<> three_within_a_millisecond(Stage& stage) {
  constexpr int micros[] = {251'700, 251'900, 252'000};
  for (int number = 1; number <= 3; ++number) {
    Order order;
    order.first = order.last = number;
    order.at = noon + std::chrono::microseconds(micros[number - 1]);
    co_await stage.accept(order);
  }
}

TEST(Listing, AfterAnInstantLosesNobodyOfItsMillisecond) {
  on_stage([](Stage& stage) -> Task<> {
    co_await three_within_a_millisecond(stage);
    PaymentFilter any, pending, failed, of_user, second;
    pending.status = PaymentStatus::pending;
    failed.status = PaymentStatus::failed;
    of_user.user_id = user(1);
    second.reference = "reference-2";
    for (auto* filter : {&any, &pending, &failed, &of_user, &second})
      filter->created_after = noon + std::chrono::microseconds(251'700);
    EXPECT_EQ(co_await all_pages(stage, any, std::nullopt), (Numbers{3, 2}));
    EXPECT_EQ(co_await all_pages(stage, pending, std::nullopt), (Numbers{3, 2}));
    EXPECT_EQ(co_await all_pages(stage, of_user, std::nullopt), (Numbers{3, 2}));
    EXPECT_EQ(co_await all_pages(stage, second, std::nullopt), (Numbers{2}));
    ExecuteHand hand{co_await stage.worker("executor"), queues::simulator, {}, {}};
    co_await stage.claim(hand);
    co_await stage.finish(hand, ExecuteResult::failed);
    EXPECT_EQ(co_await all_pages(stage, failed, std::nullopt), (Numbers{3, 2}));
    any.created_after = noon + std::chrono::microseconds(251'900);
    EXPECT_EQ(co_await all_pages(stage, any, std::nullopt), (Numbers{3}));
  });
}

TEST(Listing, AfterAnInstantBefore1970IsEverybody) {
  on_stage([](Stage& stage) -> Task<> {
    co_await three_within_a_millisecond(stage);
    constexpr std::chrono::sys_days year_1{std::chrono::year{1} / 1 / 1};
    for (const Instant before : {Instant(year_1), Instant(std::chrono::microseconds(-1)), Instant()}) {
      PaymentFilter filter;
      filter.created_after = before;
      EXPECT_EQ(co_await all_pages(stage, filter, std::nullopt), (Numbers{3, 2, 1})) << to_rfc3339(before);
    }
  });
}

TEST(FirstId, IsCutAsIdsAreMade) {
  on_stage([](Stage& stage) -> Task<> {
    const std::pair<std::string, std::string> table[] = {
        {"'1970-01-01 00:00:00.251+00'", "00000000-00fb"},
        {"'1970-01-01 00:00:00.251999+00'", "00000000-00fb"},
        {"'1969-12-31 23:59:59.999999+00'", "00000000-0000"},
        {"'0001-01-01 00:00:00+00'", "00000000-0000"},
        {"'9999-12-31 23:59:59.999999+00'", "e677d21f-dbff"},
    };
    for (const auto& [at, first] : table)
      EXPECT_EQ(co_await stage.text("first_id(" + at + ")::text"), first + "-0000-0000-000000000000") << at;
    EXPECT_EQ(co_await stage.text("first_id(NULL)::text"), "") << "NULL";
  });
}

TEST(Listing, ASparsePageIsShortAndOnlyNoCursorIsTheEnd) {
  on_stage([](Stage& stage) -> Task<> {
    co_await stage.run(
        "INSERT INTO payment_intents (payment_id, key_digest, created_by, user_id, created_at, gateway, "
        "amount,"
        " currency, fingerprint, idempotency_key)"
        " SELECT overlay(first_id(at)::text PLACING lpad(to_hex(i), 12, '0') FROM 25)::uuid, "
        "gen_random_uuid(), u, u,"
        " at, 1, 1, CASE WHEN i <= 3 THEN 'JPY' ELSE 'EUR' END, 'x', 'k' FROM generate_series(1, 25000) i,"
        " LATERAL (SELECT '2024-07-01 00:00+00'::timestamptz + i * interval '1 s') t (at),"
        " LATERAL (SELECT '00000000-0000-0000-0000-000000000001'::uuid) p (u)");
    pg::Pool pool(stage.executor(), connect_as(stage.database(), Role::api), 1);
    Payments payments(pool);
    PaymentFilter yen;
    yen.currency = Currency::from_code("JPY");
    std::vector<std::size_t> sizes;
    std::optional<PaymentId> below;
    do {
      const auto page = co_await payments.list(yen, std::nullopt, below, 50);
      sizes.push_back(page.payments.size());
      below = page.next;
    } while (below.has_value());
    EXPECT_EQ(sizes, (std::vector<std::size_t>{0, 0, 3}));  // 10,000 + 10,000 + 5,000 looked at
  });
}

TEST(Find, NotYoursAndNotThereAreTheSame) {
  on_stage([](Stage& stage) -> Task<> {
    co_await stage.accept(1, 1);
    pg::Pool pool(stage.executor(), connect_as(stage.database(), Role::api), 1);
    Payments payments(pool);
    const auto mine = co_await payments.find(payment(1), principal(1));
    const auto staffs = co_await payments.find(payment(1), std::nullopt);
    const auto not_yours = co_await payments.find(payment(1), principal(2));
    const auto not_there = co_await payments.find(payment(2), principal(1));
    EXPECT_EQ(mine->status, PaymentStatus::pending);
    EXPECT_EQ(mine->pending_reason, PendingReason::queued);
    EXPECT_EQ(mine->created_at, noon);
    EXPECT_TRUE(staffs.has_value());
    EXPECT_FALSE(not_yours.has_value());
    EXPECT_FALSE(not_there.has_value());
    const auto hidden = co_await payments.timeline(payment(1), principal(2));
    EXPECT_EQ(hidden.size(), 0u);
  });
}

TEST(Timeline, TellsTheWholeStoryInOrder) {
  on_stage([](Stage& stage) -> Task<> {
    ExecuteHand cashier;
    cashier.queue = queues::simulator;
    cashier.worker = co_await stage.worker("cashier");
    co_await stage.accept(1, 1);
    co_await stage.claim(cashier);
    co_await stage.finish(cashier, ExecuteResult::unknown, 1, "time-out");
    co_await stage.everything_is_due();
    co_await stage.claim_messages(cashier);
    co_await stage.finish(cashier, ExecuteResult::succeeded, 1, "looked up");
    ChannelHand postman;
    postman.queue = queues::email;
    postman.worker = co_await stage.worker("postman");
    co_await stage.claim(postman);
    co_await stage.deliver(postman, DeliveryResult::sent);
    pg::Pool pool(stage.executor(), connect_as(stage.database(), Role::api), 1);
    Payments payments(pool);
    auto entries = co_await payments.timeline(payment(1), principal(1));
    // The outcome and its evidence are of one commit, in either order.
    std::ranges::sort(entries.begin() + 2, entries.begin() + 4, {}, &TimelineEntry::queue);
    std::vector<std::string> told;
    for (const auto& entry : entries) told.push_back(entry.what + " " + entry.queue.value_or("-"));
    EXPECT_EQ(told, (std::vector<std::string>{"accepted execute:simulator", "unknown execute:simulator",
                                              "succeeded -", "succeeded execute:simulator", "sent email"}));
    EXPECT_EQ(entries.front().detail, "request-1");
    EXPECT_EQ(entries[1].detail, "time-out");
  });
}

}  // namespace
}  // namespace bursar::store::test
