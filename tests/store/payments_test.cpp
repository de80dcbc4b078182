// What owners and staff read: why a payment is pending, and every listing against the plain view.
#include "store/payments.hpp"

#include "stage.hpp"

namespace bursar::store::test {
namespace {

struct Reader {
  explicit Reader(Stage& stage)
      : pool(stage.executor(), connect_as(stage.database(), Role::api), 2), payments(pool) {}
  pg::Pool pool;
  Payments payments;
};

TEST(ReadPayment, SaysWhyItIsPendingAndWhatComesNext) {
  on_stage([](Stage& stage) -> Task<> {
    co_await stage.accept(1, 4);
    Reader reader(stage);
    auto found = co_await reader.payments.find(payment(1), std::nullopt);
    EXPECT_EQ(found->status, PaymentStatus::pending);
    EXPECT_EQ(found->pending_reason, PendingReason::queued);

    ExecuteHand hand{co_await stage.worker("executor"), queues::simulator, {}, {}};
    co_await stage.claim(hand);
    co_await stage.finish(hand, ExecuteResult::succeeded, 1);
    co_await stage.finish(hand, ExecuteResult::failed, 1, "card_declined");
    co_await stage.finish(hand, ExecuteResult::unknown, 2, "timeout");
    co_await stage.run("UPDATE messages SET due_at = 'infinity' WHERE payment_id = '" + uuid(4).text() + "'");

    found = co_await reader.payments.find(payment(1), std::nullopt);
    EXPECT_EQ(found->status, PaymentStatus::success);
    EXPECT_FALSE(found->pending_reason.has_value());
    EXPECT_TRUE(found->finished_at.has_value());
    found = co_await reader.payments.find(payment(2), std::nullopt);
    EXPECT_EQ(found->status, PaymentStatus::failed);
    EXPECT_TRUE(found->finished_at.has_value());
    found = co_await reader.payments.find(payment(3), std::nullopt);
    EXPECT_EQ(found->pending_reason, PendingReason::outcome_unknown);
    EXPECT_TRUE(found->next_step_at.has_value());
    found = co_await reader.payments.find(payment(4), std::nullopt);
    EXPECT_EQ(found->pending_reason, PendingReason::parked);
    EXPECT_FALSE(found->next_step_at.has_value()) << "nothing comes by itself";
  });
}

// ── Listings
// ─────────────────────────────────────────────────────────────────────────────────────────────────────

// Sixty payments in every state: finished both ways, held, looked up, parked, free.
Task<> populate(Stage& stage) {
  ExecuteHand hand{co_await stage.worker("executor"), queues::simulator, {}, {}};
  for (int n = 1; n <= 60; ++n) {
    const Order order{.first = n,
                      .last = n,
                      .owner = 1 + n % 3,
                      .payer = 1 + n % 4,
                      .currency = n % 5 < 3 ? "EUR" : "USD",
                      .at = noon + std::chrono::minutes(n)};
    co_await stage.accept(order);
    if (n == 50) co_await stage.claim(hand);
  }
  co_await stage.finish(hand, ExecuteResult::succeeded, 15);
  co_await stage.finish(hand, ExecuteResult::failed, 12, "declined");
  co_await stage.finish(hand, ExecuteResult::unknown, 10, "?");
  co_await stage.run(
      "UPDATE messages SET due_at = 'infinity' WHERE payment_id = (SELECT payment_id FROM messages ORDER BY "
      "payment_id DESC LIMIT 1)");
}

struct Listing {
  PaymentFilter filter;
  Viewer viewer;
  std::size_t limit;
};

std::string quoted(const std::string& text) { return "'" + text + "'"; }

// The plain view is the judge.
std::string expected_of(const Listing& listing) {
  std::string sql =
      "coalesce((SELECT string_agg(payment_id::text, ' ' ORDER BY payment_id DESC) FROM payments "
      "WHERE true";
  const auto& filter = listing.filter;
  if (filter.status) sql += " AND status = " + quoted(std::string(to_text(*filter.status)));
  if (filter.user_id) sql += " AND user_id = " + quoted(filter.user_id->text());
  if (filter.reference) sql += " AND reference = " + quoted(*filter.reference);
  if (filter.currency) sql += " AND currency = " + quoted(std::string(filter.currency->code()));
  if (filter.created_after) sql += " AND created_at > " + quoted(to_rfc3339(*filter.created_after));
  if (listing.viewer) {
    const auto id = quoted(listing.viewer->text());
    sql += " AND (created_by = " + id + " OR user_id = " + id + ")";
  }
  return sql + "), '')";
}

Task<std::string> walk(Payments& payments, Listing listing) {
  std::string ids;
  std::optional<PaymentId> below;
  for (int page_number = 0; page_number < 100; ++page_number) {
    const auto page = co_await payments.list(listing.filter, listing.viewer, below, listing.limit);
    EXPECT_LE(page.payments.size(), listing.limit);
    for (const Payment& payment : page.payments) ids += (ids.empty() ? "" : " ") + payment.id.text();
    if (!page.next) co_return ids;
    below = page.next;
  }
  ADD_FAILURE() << "no end after 100 pages";
  co_return ids;
}

std::vector<Listing> every_listing() {
  std::vector<Listing> listings;
  const std::optional<PaymentStatus> statuses[] = {std::nullopt, PaymentStatus::pending,
                                                   PaymentStatus::success, PaymentStatus::failed};
  for (const auto& status : statuses)
    for (const auto& payer : {std::optional<UserId>(), std::optional(user(2))})
      for (const auto& currency : {std::optional<Currency>(), Currency::from_code("USD")})
        for (const auto& after :
             {std::optional<Instant>(), std::optional<Instant>(noon + std::chrono::minutes(20))})
          for (const auto& viewer : {Viewer(), Viewer(principal(1)), Viewer(principal(2))})
            for (const std::size_t limit : {4UZ, 200UZ})
              listings.push_back({{status, payer, std::nullopt, currency, after}, viewer, limit});
  for (const int number : {3, 20, 33, 45, 58, 61})
    listings.push_back({{.reference = "reference-" + std::to_string(number)}, std::nullopt, 10});
  return listings;
}

TEST(ListPayments, EveryFilterAgreesWithThePlainView) {
  on_stage([](Stage& stage) -> Task<> {
    co_await populate(stage);
    Reader reader(stage);
    int found = 0;
    for (const Listing& listing : every_listing()) {
      const auto expected = co_await stage.text(expected_of(listing));
      const auto listed = co_await walk(reader.payments, listing);
      EXPECT_EQ(listed, expected) << expected_of(listing) << " limit " << listing.limit;
      if (!listed.empty()) ++found;
    }
    EXPECT_GT(found, 100) << "most listings are to find something";
  });
}

}  // namespace
}  // namespace bursar::store::test
