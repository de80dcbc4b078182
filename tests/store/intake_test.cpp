// Accepting by group commit: what callers are told, what is stored, and who waits for whom.
#include "base/limits.hpp"
#include "callers.hpp"
#include "stage.hpp"
#include "testing/postgres.hpp"

namespace bursar::store::test {
namespace {

using testing::query;

TEST(AcceptPayment, StoresEveryMember) {
  on_stage([](Stage& stage) -> Task<> {
    Callers callers(stage.executor(), stage.database());
    co_await callers.start();
    NewPayment full = ask(1);
    full.reference = "ä reference";
    full.payment_method = "pm_card_visa";
    full.metadata = R"({"basket": "7", "żółw": "yes"})";
    full.trace = TraceContext{uuid(77), 0xF000'0000'0000'0001U};
    NewPayment bare = ask(2);
    bare.description = bare.request_id = std::nullopt;
    callers.call(full);
    callers.call(bare);
    co_await callers.all_told();
    co_await callers.stop();

    const std::string columns =
        "SELECT created_by, user_id, amount, currency, gateway, encode(fingerprint, 'hex'), idempotency_key, "
        "description, reference, payment_method, metadata ->> 'żółw', request_id, trace_id, span_id "
        "FROM payment_intents WHERE key_digest = ";
    const auto with_all = query(stage.database().url, columns + "'" + full.key_digest.text() + "'");
    const testing::Rows all = {{uuid(1).text(), uuid(1).text(), "101", "EUR", "1", "0101", "key-1", "order 1",
                                "ä reference", "pm_card_visa", "yes", "request-1", uuid(77).text(),
                                "-1152921504606846975"}};
    EXPECT_EQ(with_all, all);
    const auto with_little = query(stage.database().url, columns + "'" + bare.key_digest.text() + "'");
    const testing::Rows little = {{uuid(1).text(), uuid(1).text(), "102", "EUR", "1", "0102", "key-2", "∅",
                                   "∅", "∅", "∅", "∅", "∅", "∅"}};
    EXPECT_EQ(with_little, little);
    check_acknowledged(stage.database().url, callers.answers());
  });
}

TEST(AcceptPayment, IdAndCreationAreOneInstantOfTheDatabasesClock) {
  on_stage([](Stage& stage) -> Task<> {
    Callers callers(stage.executor(), stage.database());
    co_await callers.start();
    const auto before =
        co_await stage.number("(SELECT extract(epoch FROM clock_timestamp()) * 1000)::bigint");
    for (int number = 1; number <= 50; ++number) callers.call(ask(number));
    co_await callers.all_told();
    const auto after = co_await stage.number("(SELECT extract(epoch FROM clock_timestamp()) * 1000)::bigint");
    co_await callers.stop();
    // The clock is known to about a round trip.
    constexpr std::int64_t error = 50;
    for (const Told& told : callers.answers()) {
      const Instant created = told.payment->created_at;
      EXPECT_EQ(instant_of(told.payment->id.value), std::chrono::floor<milliseconds>(created));
      const auto at = std::chrono::floor<milliseconds>(created).time_since_epoch().count();
      EXPECT_TRUE(at >= before - error && at <= after + error) << before << " " << at << " " << after;
    }
    const auto disorder = co_await stage.count(
        "(SELECT created_at < lag(created_at) OVER (ORDER BY payment_id) AS wrong FROM payment_intents) s "
        "WHERE wrong");
    EXPECT_EQ(disorder, 0);
  });
}

TEST(AcceptPayment, SameKeySameBodyIsAReplay) {
  on_stage([](Stage& stage) -> Task<> {
    Callers callers(stage.executor(), stage.database());
    co_await callers.start();
    co_await callers.call_and_wait(ask(1));
    co_await callers.call_and_wait(ask(1));
    EXPECT_EQ(callers.answers()[0].what, "created");
    EXPECT_EQ(callers.answers()[1].what, "replayed");
    const Payment& first = *callers.answers()[0].payment;
    const Payment& again = *callers.answers()[1].payment;
    EXPECT_EQ(first.id, again.id);
    EXPECT_EQ(first.created_at, again.created_at);
    EXPECT_EQ(first.money, again.money);
    EXPECT_EQ(first.description, again.description);
    EXPECT_EQ(again.status, PaymentStatus::pending);
    co_await callers.stop();
  });
}

TEST(AcceptPayment, AReplayShowsTheCurrentState) {
  on_stage([](Stage& stage) -> Task<> {
    Callers callers(stage.executor(), stage.database());
    co_await callers.start();
    co_await callers.call_and_wait(ask(1));
    ExecuteHand hand{co_await stage.worker("executor"), queues::simulator, {}, {}};
    co_await stage.claim(hand);
    const auto taken = co_await stage.finish(hand, ExecuteResult::succeeded);
    EXPECT_EQ(taken, 2);  // and the payment with which the lane started
    co_await callers.call_and_wait(ask(1));
    EXPECT_EQ(callers.answers()[1].what, "replayed");
    EXPECT_EQ(callers.answers()[1].payment->status, PaymentStatus::success);
    EXPECT_TRUE(callers.answers()[1].payment->finished_at.has_value());
    co_await callers.stop();
  });
}

TEST(AcceptPayment, SameKeyOtherBodyIsRefused) {
  on_stage([](Stage& stage) -> Task<> {
    Callers callers(stage.executor(), stage.database());
    co_await callers.start();
    NewPayment other = ask(1);
    other.fingerprint = {1, 99};
    other.money.minor = 5;
    co_await callers.call_and_wait(ask(1));
    co_await callers.call_and_wait(other);
    EXPECT_EQ(callers.answers()[1].what, "key reused");
    EXPECT_EQ(co_await stage.number("(SELECT amount FROM payment_intents WHERE idempotency_key = 'key-1')"),
              101);
    co_await callers.stop();
  });
}

TEST(AcceptPayment, DuplicatesOfOneBatchAreOnePayment) {
  on_stage([](Stage& stage) -> Task<> {
    Callers callers(stage.executor(), stage.database());
    co_await callers.start();
    const auto commits = callers.intake().counters().commits;
    NewPayment other = ask(1);
    other.fingerprint = {1, 99};
    for (int i = 0; i < 20; ++i) callers.call(ask(1));
    callers.call(other);
    co_await callers.all_told();
    EXPECT_EQ(callers.intake().counters().commits, commits + 1) << "they were to meet in one batch";
    EXPECT_EQ(callers.count("created"), 1U);
    EXPECT_EQ(callers.count("replayed"), 19U);
    EXPECT_EQ(callers.count("key reused"), 1U);
    check_acknowledged(stage.database().url, callers.answers());
    co_await callers.stop();
  });
}

TEST(AcceptPayment, WhatWaitsGoesInFullBatches) {
  on_stage([](Stage& stage) -> Task<> {
    Callers callers(stage.executor(), stage.database());
    co_await callers.start();
    const auto commits = callers.intake().counters().commits;
    for (int number = 1; number <= 1200; ++number) callers.call(ask(number));
    co_await callers.all_told();
    EXPECT_EQ(callers.count("created"), 1200U);
    EXPECT_EQ(callers.intake().counters().commits, commits + 5);
    EXPECT_EQ(co_await stage.number("(SELECT max(cardinality(items)) FROM chunks)"), 240);
    check_acknowledged(stage.database().url, callers.answers());
    co_await callers.stop();
  });
}

struct Refusal {
  std::string why;
  void (*spoil)(NewPayment&);
  std::string what;
};

const std::vector<Refusal> refusals = {
    {"amount 0", [](NewPayment& p) { p.money.minor = 0; }, "refused 23514 payment_intents_amount_check"},
    {"amount above 2^53", [](NewPayment& p) { p.money.minor = limits::amount_minor_max + 1; },
     "refused 23514 payment_intents_amount_check"},
    {"no gateway", [](NewPayment& p) { p.gateway = 0; }, "refused 23514 payment_intents_gateway_check"},
    {"a channel as gateway", [](NewPayment& p) { p.gateway = 100; },
     "refused 23514 payment_intents_gateway_check"},
    {"NUL", [](NewPayment& p) { p.description = std::string("a\0b", 3); }, "refused 22021 "},
    {"no UTF-8", [](NewPayment& p) { p.reference = "\xFF"; }, "refused 22021 "},
    {"long description", [](NewPayment& p) { p.description = std::string(501, 'x'); },
     "refused 23514 payment_intents_description_check"},
    {"long reference", [](NewPayment& p) { p.reference = std::string(101, 'x'); },
     "refused 23514 payment_intents_reference_check"},
    {"long key", [](NewPayment& p) { p.idempotency_key = std::string(256, 'x'); },
     "refused 23514 payment_intents_idempotency_key_check"},
    {"long fingerprint", [](NewPayment& p) { p.fingerprint = Fingerprint(65, 1); },
     "refused 23514 payment_intents_fingerprint_check"},
    {"metadata that is no JSON", [](NewPayment& p) { p.metadata = "{"; }, "refused 22P02 "},
    {"NUL in metadata", [](NewPayment& p) { p.metadata = R"({"a": "\u0000"})"; }, "refused 22P05 "},
};

TEST(AcceptPayment, RowsTheDatabaseRefusesLeaveNothing) {
  on_stage([](Stage& stage) -> Task<> {
    Callers callers(stage.executor(), stage.database());
    co_await callers.start();
    int number = 0;
    for (const Refusal& refusal : refusals) {
      NewPayment bad = ask(++number);
      refusal.spoil(bad);
      co_await callers.call_and_wait(bad);
      EXPECT_EQ(callers.answers().back().what, refusal.what) << refusal.why;
    }
    EXPECT_EQ(co_await stage.count("payment_intents"), 1) << "only the payment with which the lane started";
    co_await callers.check_recovers();
    co_await callers.stop();
  });
}

TEST(AcceptPayment, OneBadOneNulOneLockedAmong200AreAnsweredLast) {
  on_stage([](Stage& stage) -> Task<> {
    Callers callers(stage.executor(), stage.database());
    co_await callers.start();
    const NewPayment locked = ask(100);
    auto holder = co_await stage.another(Role::api);
    const std::string hold =
        "BEGIN; INSERT INTO payment_intents (payment_id, created_at, key_digest, created_by, user_id, "
        "gateway, "
        "amount, currency, fingerprint, idempotency_key) SELECT '" +
        uuid(5'000'000).text() + "', now(), '" + locked.key_digest.text() + "', '" + uuid(2).text() + "', '" +
        uuid(2).text() + "', 1, 1, 'EUR', 'x', 'held'";
    co_await holder->run_script(hold, seconds(5));
    for (int number = 1; number <= 200; ++number) {
      NewPayment payment = ask(number);
      if (number == 3) payment.money.minor = 0;
      if (number == 150) payment.description = std::string("a\0b", 3);
      callers.call(payment);
    }
    co_await callers.all_told();
    EXPECT_EQ(callers.count("created"), 197U);
    EXPECT_EQ(callers.answer_of(3).what, "refused 23514 payment_intents_amount_check");
    EXPECT_EQ(callers.answer_of(150).what, "refused 22021 ");
    EXPECT_EQ(callers.answer_of(100).what, "unavailable") << "nobody knows yet";
    for (std::size_t i = 0; i < 197; ++i) EXPECT_EQ(callers.answers()[i].what, "created") << i;
    const std::string release = "ROLLBACK";
    co_await holder->run_script(release, seconds(5));
    co_await callers.call_and_wait(ask(100));
    EXPECT_EQ(callers.answers().back().what, "created");
    check_acknowledged(stage.database().url, callers.answers());
    co_await callers.stop();
  });
}

TEST(AcceptPayment, AFullIntakeRefusesAtOnce) {
  on_stage([](Stage& stage) -> Task<> {
    Callers callers(stage.executor(), stage.database());
    co_await callers.start();
    co_await callers.stop_lane();
    const int room = static_cast<int>(limits::intake_waiting);
    for (int number = 1; number <= room + 1; ++number) callers.call(ask(number));
    co_await callers.told(1);
    EXPECT_EQ(callers.answer_of(room + 1).what, "unavailable");
    EXPECT_LT(callers.answer_of(room + 1).after, limits::intake_give_up);
    co_await callers.all_told();
    EXPECT_EQ(callers.count("unavailable"), limits::intake_waiting + 1);
    co_await callers.stop();
  });
}

TEST(AcceptPayment, ACallerWhoLeavesHarmsNobody) {
  on_stage([](Stage& stage) -> Task<> {
    Callers callers(stage.executor(), stage.database());
    co_await callers.start();
    for (int number = 1; number <= 300; ++number) callers.call(ask(number));
    while (callers.intake().counters().commits < 2) co_await pause(milliseconds(0));
    co_await callers.leave();
    EXPECT_LT(callers.answers().size(), 300U);
    co_await callers.check_recovers();
    check_acknowledged(stage.database().url, callers.answers());
    co_await callers.stop();
  });
}

}  // namespace
}  // namespace bursar::store::test
