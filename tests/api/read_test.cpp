#include <set>

#include "stage.hpp"

namespace bursar::api::test {
namespace {

using auth::RoleName;

class ReadPayments : public ApiTest {
 protected:
  // The id of a new payment.
  std::string paid(const std::string& key, std::string_view by, std::string_view user,
                   std::string_view more = "") {
    auto request = pay(key, payment_of(user, more));
    request.token = by == shop ? service() : customer(by);
    const Answer answer = send(request);
    EXPECT_EQ(answer.status, 202) << answer.body;
    return answer.text("id");
  }

  std::vector<std::string> ids(const std::string& target, const std::string& with_token) {
    const Answer answer = send(get(target, with_token));
    EXPECT_EQ(answer.status, 200) << target << " " << answer.body;
    std::vector<std::string> found;
    for (const auto& payment : answer.object().at("payments").as_array())
      found.emplace_back(payment.at("id").as_string());
    return found;
  }
};

using Ids = std::vector<std::string>;

TEST_F(ReadPayments, AreForTheirCreatorTheirPayerAndStaff) {
  const std::string by_shop = paid("1", shop, alice);
  const std::string by_alice = paid("2", alice, alice);
  struct {
    std::string token;
    bool sees_first, sees_second;
  } const table[] = {
      {customer(alice), true, true},
      {service(), true, false},
      {customer(bob), false, false},
      {token(bob, {RoleName::service}), false, false},
      {staff(RoleName::support), true, true},
      {staff(RoleName::analyst), true, true},
      {staff(RoleName::operations), true, true},
      {staff(RoleName::admin), true, true},
  };
  for (const auto& [who, sees_first, sees_second] : table)
    for (const auto* tail : {"", "/timeline"})
      for (const auto& [id, sees] : {std::pair(by_shop, sees_first), std::pair(by_alice, sees_second)}) {
        const Answer answer = send(get("/payments/" + id + tail, who));
        if (sees)
          EXPECT_EQ(answer.status, 200) << answer.body;
        else
          check_refused(answer, 404, "not_found");
      }
}

TEST_F(ReadPayments, NotYoursAndNotThereAndNoIdAreTheSameAnswer) {
  const std::string id = paid("1", alice, alice);
  const auto without_request_id = [](const Answer& answer) {
    auto body = answer.object();
    body.erase("request_id");
    return json::to_text(body);
  };
  for (const auto* tail : {"", "/timeline"}) {
    std::set<std::string> answers;
    for (const std::string& other :
         {id, std::string("0199a3c2-7f10-7abc-8def-0123456789ab"), std::string("x"), std::string("..%2e"),
          std::string("0199a3c2-7f10-7abc-8def-0123456789AB")}) {
      const Answer answer = send(get("/payments/" + other + tail, customer(bob)));
      ASSERT_EQ(answer.status, 404);
      answers.insert(without_request_id(answer));
    }
    EXPECT_EQ(answers.size(), 1U) << *answers.begin();
  }
}

TEST_F(ReadPayments, ListTheOwnNewestFirst) {
  const auto first = paid("1", alice, alice);
  const auto second = paid("2", shop, alice);
  const auto third = paid("3", shop, bob);
  EXPECT_EQ(ids("/payments", customer(alice)), (Ids{second, first}));
  EXPECT_EQ(ids("/payments/", customer(bob)), (Ids{third}));
  EXPECT_EQ(ids("/payments", service()), (Ids{third, second}));
  EXPECT_EQ(ids("/payments", staff()), (Ids{third, second, first}));
  EXPECT_EQ(ids("/payments", customer(clerk)), Ids());
}

TEST_F(ReadPayments, PagesMeetWithoutGapOrOverlap) {
  Ids made;
  for (int i = 0; i < 7; ++i) made.insert(made.begin(), paid(std::to_string(i), alice, alice));
  Ids seen;
  std::string target = "/payments?limit=3";
  int pages = 0;
  while (!target.empty()) {
    ASSERT_LT(++pages, 10);
    const Answer answer = send(get(target, customer(alice)));
    ASSERT_EQ(answer.status, 200) << answer.body;
    for (const auto& payment : answer.object().at("payments").as_array())
      seen.emplace_back(payment.at("id").as_string());
    target = answer.object().contains("next_cursor")
                 ? "/payments?limit=3&cursor=" + answer.text("next_cursor")
                 : "";
  }
  EXPECT_EQ(seen, made);
}

TEST_F(ReadPayments, FiltersThatAnIndexServesAreServed) {
  const auto plain = paid("1", shop, alice);
  const auto referred = paid("2", shop, alice, R"(,"reference":"a b+c")");
  const auto of_bob = paid("3", shop, bob);
  const std::string of_alice = "user_id=" + std::string(alice);
  struct {
    std::string query;
    Ids found;
  } const table[] = {
      {of_alice, {referred, plain}},
      {"user_id=" + std::string(bob), {of_bob}},
      {"reference=a%20b%2Bc", {referred}},
      {"reference=a%20b+c", {referred}},
      {"reference=nothing", {}},
      {"status=PENDING", {of_bob, referred, plain}},
      {"status=SUCCESS", {}},
      {"status=FAILED", {}},
      {"currency=EUR", {of_bob, referred, plain}},
      {"currency=JPY", {}},
      {of_alice + "&status=PENDING&currency=EUR", {referred, plain}},
      {of_alice + "&status=FAILED", {}},
      {"reference=a%20b%2Bc&status=PENDING&currency=EUR", {referred}},
      {"created_after=2020-01-01T00:00:00Z", {of_bob, referred, plain}},
      {"created_after=2020-01-01T00:00:00%2B01:00&status=PENDING", {of_bob, referred, plain}},
      {"created_after=2020-01-01T00:00:00+01:00", {of_bob, referred, plain}},
      {"created_after=2999-01-01T00:00:00Z", {}},
      {"created_after=9999-12-31T23:59:59Z", {}},
      {"created_after=1970-01-01T00:00:00Z", {of_bob, referred, plain}},
      {"created_after=1969-12-31T23:59:59.999999Z", {of_bob, referred, plain}},
      {"created_after=0001-01-01T00:00:00Z", {of_bob, referred, plain}},
      {"created_after=0001-01-01T00:00:00Z&status=PENDING", {of_bob, referred, plain}},
      {"created_after=0001-01-01T00:00:00Z&reference=a%20b%2Bc", {referred}},
      {"created_after=0001-01-01T00:00:00Z&" + of_alice, {referred, plain}},
  };
  for (const auto& [query, found] : table) EXPECT_EQ(ids("/payments?" + query, staff()), found) << query;
}

TEST_F(ReadPayments, WhoAsksForWhatCameLaterLosesNothingOfTheSameMillisecond) {
  const std::string id = "01a217ba-12fb-7000-8000-00000000000";
  for (const auto& [end, time] : {std::pair("1", ".251700"), std::pair("2", ".251900")})
    database_.query(fmt::format(
        "INSERT INTO payment_intents (payment_id, key_digest, created_by, user_id, created_at, gateway, "
        "amount, currency, fingerprint, idempotency_key) VALUES ('{}', gen_random_uuid(), '{}', '{}', "
        "'2026-11-26T12:00:00{}Z', 1, 1, 'EUR', 'x', 'k')",
        id + end, alice, alice, time));
  const std::string seen = send(get("/payments/" + id + "1", customer(alice))).text("created_at");
  EXPECT_EQ(ids("/payments?created_after=" + seen, customer(alice)), (Ids{id + "2"}));
  EXPECT_EQ(ids("/payments?currency=EUR&created_after=" + seen, staff()), (Ids{id + "2"}));
}

TEST_F(ReadPayments, OtherQueriesAreRefusedWithEveryFault) {
  const std::string of_alice = "user_id=" + std::string(alice);
  struct {
    std::string query;
    std::vector<std::string> faults;
  } const table[] = {
      {"status=PENDING&currency=EUR", {"currency unsupported_filter"}},
      {of_alice + "&reference=r", {"reference unsupported_filter"}},
      {"status=pending&currency=euro&user_id=x&limit=0&created_after=yesterday",
       {"status malformed", "currency not_supported", "user_id malformed", "limit too_small",
        "created_after malformed"}},
      {"limit=201", {"limit too_large"}},
      {"limit=-1", {"limit too_small"}},
      {"limit=99999999999999999999", {"limit too_large"}},
      {"limit=5.0", {"limit malformed"}},
      {"limit=", {"limit malformed"}},
      {"limit=%205", {"limit malformed"}},
      {"offset=5&order=asc", {"offset unknown_field", "order unknown_field"}},
      {"limit=1&limit=2", {"limit repeated"}},
      {"created_after=2026-11-26T12:00:00", {"created_after malformed"}},
      {"created_after=2026-11-26", {"created_after malformed"}},
      {"created_after=2026-11-26T12:00:00%2001:00", {"created_after malformed"}},
      {"reference=4111%201111%201111%201111", {"reference card_number"}},
      {"reference=" + std::string(101, 'r'), {"reference too_long"}},
      {"cursor=abc", {"cursor invalid_cursor"}},
      {"cursor=AQGZo8J_EHq8je8BI0VniavjsMRCmPwcFB", {"cursor invalid_cursor"}},
      {"limit", {" malformed"}},
  };
  for (const auto& [query, faults] : table) {
    SCOPED_TRACE(query);
    check_faults(send(get("/payments?" + query, staff())), faults);
  }
  check_refused(send(get("/payments?limit=%zz", staff())), 400, "bad_request");
}

TEST_F(ReadPayments, ACursorBelongsToItsFilters) {
  for (int i = 0; i < 3; ++i) paid(std::to_string(i), alice, alice);
  const Answer page = send(get("/payments?limit=1&currency=EUR", staff()));
  const std::string cursor = page.text("next_cursor");
  EXPECT_EQ(ids("/payments?limit=1&currency=EUR&cursor=" + cursor, staff()).size(), 1U);
  for (const auto* other :
       {"", "&currency=JPY", "&status=PENDING", "&created_after=2020-01-01T00:00:00Z&currency=EUR"})
    check_faults(send(get("/payments?limit=1&cursor=" + cursor + other, staff())), {"cursor invalid_cursor"});
}

TEST_F(ReadPayments, TheTimelineTellsWhatHappenedAndWhatComesNext) {
  const auto id = paid("1", shop, alice);
  const Answer answer = send(get("/payments/" + id + "/timeline", customer(alice)));
  ASSERT_EQ(answer.status, 200) << answer.body;
  const auto body = answer.object();
  EXPECT_EQ(body.at("payment").at("id").as_string(), id);
  EXPECT_EQ(body.at("payment").at("status").as_string(), "PENDING");
  EXPECT_NE(std::string_view(body.at("explanation").as_string()).find("waits for its turn"),
            std::string_view::npos);
  ASSERT_EQ(body.at("entries").as_array().size(), 1U);
  EXPECT_EQ(body.at("entries").at(0).at("what").as_string(), "accepted");
}

TEST_F(ReadPayments, TheTimelineCarriesTheIdsOfTheRequest) {
  Request request = pay("1", payment_of(alice));
  request.headers.emplace_back("X-Request-Id", "checkout-8f14e45f");
  request.headers.emplace_back("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  const std::string id = send(request).text("id");
  const auto body = send(get("/payments/" + id + "/timeline", customer(alice))).object();
  EXPECT_EQ(body.at("trace_id").as_string(), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(body.at("entries").at(0).at("detail").as_string(), "checkout-8f14e45f");
  const Answer untraced = send(get("/payments/" + paid("2", alice, alice) + "/timeline", customer(alice)));
  EXPECT_EQ(untraced.text("trace_id"), "(absent)");
}

TEST_F(ReadPayments, TheTimelineBeginsWithTheAcceptanceAlsoWhenItsClockIsAhead) {
  const auto id = paid("1", alice, alice);
  database_.query(
      fmt::format("INSERT INTO events (payment_id, sequence, type, created_by, recorded_at, "
                  "gateway_reference) VALUES ('{}', 1, 'succeeded', '{}', "
                  "clock_timestamp() - interval '1 s', 'pi_1')",
                  id, alice));
  const auto body = send(get("/payments/" + id + "/timeline", customer(alice))).object();
  ASSERT_EQ(body.at("entries").as_array().size(), 2U);
  EXPECT_EQ(body.at("entries").at(0).at("what").as_string(), "accepted");
  EXPECT_EQ(body.at("entries").at(1).at("what").as_string(), "succeeded");
}

TEST_F(ReadPayments, AFinishedOneShowsItsOutcome) {
  const auto good = paid("1", alice, alice);
  const auto bad = paid("2", alice, alice);
  const auto finish = [&](const std::string& id, std::string_view type, std::string_view rest) {
    database_.query(
        fmt::format("INSERT INTO events (payment_id, sequence, type, created_by, recorded_at, "
                    "gateway_reference, failure_code) "
                    "VALUES ('{}', 1, '{}', '{}', clock_timestamp(), {})",
                    id, type, alice, rest));
  };
  finish(good, "succeeded", "'pi_1', NULL");
  finish(bad, "failed", "'pi_2', 'card_declined'");
  const Answer succeeded = send(get("/payments/" + good, customer(alice)));
  EXPECT_EQ(succeeded.text("status"), "SUCCESS");
  EXPECT_EQ(succeeded.text("gateway_reference"), "pi_1");
  EXPECT_EQ(succeeded.text("failure_code"), "(absent)");
  EXPECT_EQ(succeeded.text("pending_reason"), "(absent)");
  EXPECT_NE(succeeded.text("finished_at"), "(absent)");
  const Answer failed = send(get("/payments/" + bad, customer(alice)));
  EXPECT_EQ(failed.text("status"), "FAILED");
  EXPECT_EQ(failed.text("failure_code"), "card_declined");
  EXPECT_EQ(ids("/payments?status=FAILED", customer(alice)), (Ids{bad}));
  EXPECT_EQ(ids("/payments?status=SUCCESS", customer(alice)), (Ids{good}));
  const Answer story = send(get("/payments/" + bad + "/timeline", customer(alice)));
  EXPECT_NE(story.text("explanation").find("card_declined"), std::string::npos);
  EXPECT_EQ(story.object().at("entries").at(1).at("event_id").as_string(), bad + ".1");
  // A replay shows the current state.
  const Answer replay = send(pay("1", payment_of(alice)));
  EXPECT_EQ(replay.status, 202);
  EXPECT_EQ(replay.text("status"), "SUCCESS");
}

}  // namespace
}  // namespace bursar::api::test
