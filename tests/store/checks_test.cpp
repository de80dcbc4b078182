// What the schema itself refuses, and how a batch of payments meets stored keys.
#include "stage.hpp"
#include "store/statements.hpp"

namespace bursar::store::test {
namespace {

struct BadIntent {
  const char* what;
  const char* amount;
  const char* currency;
  const char* column;
  std::string value;
};

TEST(Schema, RefusesBadAmountsCurrenciesAndLongTexts) {
  on_stage([](Stage& stage) -> Task<> {
    std::string umlauts;
    for (int i = 0; i < 101; ++i) umlauts += "ä";
    const std::vector<BadIntent> table = {
        {"amount 0", "0", "EUR", "reference", ""},
        {"amount 2^53", "9007199254740992", "EUR", "reference", ""},
        {"negative amount", "-1", "EUR", "reference", ""},
        {"lower-case currency", "1", "eur", "reference", ""},
        {"currency of 4", "1", "EURO", "reference", ""},
        {"101 characters of reference", "1", "EUR", "reference", umlauts},
        {"501 characters of description", "1", "EUR", "description", std::string(501, 'x')},
        {"129 characters of request id", "1", "EUR", "request_id", std::string(129, 'x')},
        {"256 characters of payment method", "1", "EUR", "payment_method", std::string(256, 'x')},
        {"metadata over 4 kB", "1", "EUR", "metadata", "{\"a\": \"" + std::string(4096, 'x') + "\"}"}};
    const auto insert = [](const BadIntent& bad) {
      const auto id = "'" + payment(600).text() + "'";
      return "INSERT INTO payment_intents (payment_id, key_digest, created_by, user_id, created_at, gateway, "
             "amount, "
             "currency, fingerprint, idempotency_key, " +
             std::string(bad.column) + ") VALUES (" + id + ", " + id + ", " + id + ", " + id +
             ", now(), 1, " + bad.amount + ", '" + bad.currency + "', 'x', 'k', '" + bad.value + "')";
    };
    for (const auto& bad : table)
      EXPECT_EQ(co_await stage.refusal(Role::api, insert(bad)), "23514") << bad.what;
    BadIntent good{"good", "9007199254740991", "EUR", "reference", umlauts.substr(0, 200)};
    EXPECT_EQ(co_await stage.refusal(Role::api, insert(good)), "");
  });
}

struct Event {
  int sequence;
  const char* type;
  const char* state;
};

TEST(Schema, AnOutcomeIsSequenceOneAndThereIsOne) {
  on_stage([](Stage& stage) -> Task<> {
    co_await stage.pay(1, 1);
    const std::vector<Event> table = {
        {2, "failed", "23514"}, {2, "succeeded", "23514"}, {1, "refunded", "23514"}, {0, "refunded", "23514"},
        {1, "failed", "23505"}, {1, "paid", "22P02"},      {2, "refunded", ""}};
    for (const auto& [sequence, type, state] : table) {
      const auto id = "'" + payment(1).text() + "'";
      const auto sql = "INSERT INTO events (payment_id, sequence, type, created_by) VALUES (" + id + ", " +
                       std::to_string(sequence) + ", '" + type + "', " + id + ")";
      EXPECT_EQ(co_await stage.refusal(Role::executor, sql), state) << sequence << " " << type;
    }
  });
}

TEST(Schema, StartsWithTheQueuesOfTheDesign) {
  on_stage([](Stage& stage) -> Task<> {
    EXPECT_EQ(
        co_await stage.text("(SELECT string_agg(queue || ' ' || name, ', ' ORDER BY queue) FROM queues)"),
        "1 execute:simulator, 2 execute:stripe, 100 email, 101 sms");
    EXPECT_EQ(
        co_await stage.text("(SELECT string_agg(queue || ' ' || event_type, ', ' ORDER BY queue, event_type)"
                            " FROM subscriptions)"),
        "100 succeeded, 100 failed, 101 succeeded, 101 failed");
    // Every ladder rises, from seconds to a day.
    EXPECT_EQ(co_await stage.count(
                  "queues, LATERAL (SELECT array_agg(d ORDER BY d) AS sorted FROM unnest(delays) d) s"
                  " WHERE delays = sorted AND delays[1] = '5 s' AND sorted[cardinality(sorted)] = '24 h'"),
              4);
  });
}

TEST(Accept, DuplicatesInsideABatchMakeOneRowAKey) {
  on_stage([](Stage& stage) -> Task<> {
    Order order;
    order.last = 200;
    order.first_key = 1001;
    order.keys = 110;
    EXPECT_EQ(co_await stage.accept(order), 110);
    EXPECT_EQ(co_await stage.count("payment_intents"), 110);
    co_await stage.check_conserved();
  });
}

TEST(Accept, DuplicatesAcrossBatchesAreInNoChunk) {
  on_stage([](Stage& stage) -> Task<> {
    Order first;
    first.last = 110;
    first.first_key = 1001;
    Order second;
    second.first = 301;
    second.last = 400;
    second.first_key = 1060;
    EXPECT_EQ(co_await stage.accept(first), 110);
    EXPECT_EQ(co_await stage.accept(second), 49);
    EXPECT_EQ(co_await stage.number("(SELECT sum(cardinality(items)) FROM chunks)"), 159);
    co_await stage.check_conserved();
  });
}

TEST(Accept, LosersAreFoundWithTheBodyThatWon) {
  on_stage([](Stage& stage) -> Task<> {
    Order won;
    won.last = 10;
    won.first_key = 1001;
    auto lost = won;
    lost.first = 501;
    lost.last = 510;
    lost.body = 2;
    co_await stage.accept(won);
    EXPECT_EQ(co_await stage.accept(lost), 0);
    std::vector<Uuid> digests;
    for (int key = 1001; key <= 1011; ++key) digests.push_back(uuid(key));
    pg::Params params;
    params.array<Uuid>(digests, [](const Uuid& digest) { return digest; });
    auto* connection = co_await stage.as(Role::api);
    const auto losers = co_await connection->run(*find_statement("losers"), params);
    EXPECT_EQ(losers.rows(), 10);
    for (const auto row : losers) {
      EXPECT_EQ(row.get<std::vector<std::uint8_t>>("fingerprint"), std::vector<std::uint8_t>{1});
      EXPECT_EQ(row.get<std::string>("status"), "PENDING");
      EXPECT_EQ(row.get<std::string>("pending_reason"), "queued");
    }
  });
}

}  // namespace
}  // namespace bursar::store::test
