#include <fmt/format.h>

#include <future>
#include <set>

#include "base/limits.hpp"
#include "stage.hpp"

namespace bursar::api::test {
namespace {

class AcceptPayment : public ApiTest {};

TEST_F(AcceptPayment, IsStoredAndPending) {
  auto request =
      pay("order-1", payment_of(alice, R"(,"description":"Two\ntickets","reference":"order-1017",)"
                                       R"("payment_method":"pm_card_visa","metadata":{"b":"2","a":"é"})"));
  request.headers.emplace_back("X-Request-Id", "checkout-8f14e45f");
  request.headers.emplace_back("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  const Answer answer = send(request);
  ASSERT_EQ(answer.status, 202) << answer.body;
  EXPECT_EQ(answer.text("status"), "PENDING");
  EXPECT_EQ(answer.text("user_id"), alice);
  EXPECT_EQ(answer.text("created_by"), alice);
  EXPECT_EQ(answer.text("amount"), "1234");
  EXPECT_EQ(answer.text("currency"), "EUR");
  EXPECT_EQ(answer.text("description"), "Two\ntickets");
  EXPECT_EQ(answer.text("reference"), "order-1017");
  EXPECT_EQ(answer.text("payment_method"), "pm_card_visa");
  EXPECT_EQ(json::to_canonical_text(answer.object().at("metadata")), R"({"a":"é","b":"2"})");
  EXPECT_EQ(answer.text("request_id"), "checkout-8f14e45f");
  EXPECT_EQ(answer.field("Location"), "/payments/" + answer.text("id"));
  EXPECT_EQ(answer.field("Idempotent-Replayed"), "");
  EXPECT_EQ(answer.field("Cache-Control"), "no-store");
  EXPECT_EQ(
      database_.query("SELECT payment_id, amount, trace_id, to_hex(span_id), request_id, idempotency_key "
                      "FROM payment_intents"),
      (testing::Rows{{answer.text("id"), "1234", "0af76519-16cd-43dd-8448-eb211c80319c", "b7ad6b7169203331",
                      "checkout-8f14e45f", "order-1"}}));
}

TEST_F(AcceptPayment, TheSameKeyGivesTheSamePayment) {
  const std::string body = payment_of(alice, R"(,"reference":"r","metadata":{"k":"v"})");
  const Answer first = send(pay("k-1", body));
  ASSERT_EQ(first.status, 202) << first.body;
  auto other_spelling =
      pay("\"k-1\"", R"( { "currency":"EUR", "metadata":{"k":"v"}, "reference":"r", "amount":1234,)"
                     R"("user_id":"7B0E2F4C-96C4-4C1E-9A53-0D5B1F6A2C11"} )");
  other_spelling.target = "/payments/";
  for (const auto& again : {pay("k-1", body), pay("\"k-1\"", body), other_spelling}) {
    const Answer answer = send(again);
    ASSERT_EQ(answer.status, 202) << answer.body;
    EXPECT_EQ(answer.field("Idempotent-Replayed"), "true");
    EXPECT_EQ(answer.field("Location"), first.field("Location"));
    for (const auto* member : {"id", "user_id", "amount", "currency", "created_at", "reference"})
      EXPECT_EQ(answer.text(member), first.text(member)) << member;
    EXPECT_EQ(json::to_canonical_text(answer.object().at("metadata")), R"({"k":"v"})");
  }
  EXPECT_EQ(rows(), "1");
}

TEST_F(AcceptPayment, TheSameKeyWithAnotherBodyIsRefused) {
  ASSERT_EQ(send(pay("k", payment_of(alice))).status, 202);
  for (const std::string& other :
       {payment_of(alice, R"(,"reference":"r")"), payment_of(alice, R"(,"metadata":{})"),
        std::string(R"({"user_id":"7b0e2f4c-96c4-4c1e-9a53-0d5b1f6a2c11","amount":1235,"currency":"EUR"})")})
    check_refused(send(pay("k", other)), 422, "idempotency_key_reused");
  EXPECT_EQ(rows(), "1");
}

TEST_F(AcceptPayment, AKeyBelongsToItsPrincipal) {
  auto by_bob = pay("k", payment_of(bob));
  by_bob.token = customer(bob);
  auto by_shop = pay("k", payment_of(alice));
  by_shop.token = service();
  std::set<std::string> ids;
  for (const auto& request : {pay("k", payment_of(alice)), by_bob, by_shop}) {
    const Answer answer = send(request);
    ASSERT_EQ(answer.status, 202) << answer.body;
    EXPECT_EQ(answer.field("Idempotent-Replayed"), "");
    ids.insert(answer.text("id"));
  }
  EXPECT_EQ(ids.size(), 3U);
}

TEST_F(AcceptPayment, OnlyForItselfUnlessItIsAService) {
  const Answer refused = send(pay("k", payment_of(bob)));
  check_refused(refused, 403, "forbidden");
  // A customer of a foreign issuer learns its id from here.
  EXPECT_EQ(refused.text("detail"),
            fmt::format("A customer pays only for itself: its user_id is {}.", alice));
  for (const auto role : {auth::RoleName::support, auth::RoleName::analyst, auth::RoleName::operations,
                          auth::RoleName::admin}) {
    auto request = pay("k", payment_of(clerk));
    request.token = staff(role);
    check_refused(send(request), 403, "forbidden");
  }
  auto request = pay("k", payment_of(bob));
  request.token = service();
  const Answer answer = send(request);
  ASSERT_EQ(answer.status, 202) << answer.body;
  EXPECT_EQ(answer.text("created_by"), shop);
  EXPECT_EQ(answer.text("user_id"), bob);
  EXPECT_EQ(rows(), "1");
}

TEST_F(AcceptPayment, MayNotShowAReplayToWhoMayNotPay) {
  auto request = pay("k", payment_of(bob));
  request.token = service();
  ASSERT_EQ(send(request).status, 202);
  // The same principal and key, but no longer with the role.
  request.token = token(shop, {auth::RoleName::customer});
  check_refused(send(request), 403, "forbidden");
}

TEST_F(AcceptPayment, ARefusalLeavesItsKeyFree) {
  check_refused(send(pay("k", "{")), 400, "malformed_json");
  check_refused(send(pay("k", "{}")), 422, "invalid_request");
  check_refused(send(pay("k", payment_of(bob))), 403, "forbidden");
  auto unauthenticated = pay("k", payment_of(alice));
  unauthenticated.token = "nonsense";
  check_refused(send(unauthenticated), 401, "unauthenticated");
  const Answer answer = send(pay("k", payment_of(alice)));
  ASSERT_EQ(answer.status, 202) << answer.body;
  EXPECT_EQ(answer.field("Idempotent-Replayed"), "");
}

TEST_F(AcceptPayment, TheGreatestAmountIsTakenToTheUnit) {
  const Answer answer = send(pay(
      "k",
      R"({"user_id":"7b0e2f4c-96c4-4c1e-9a53-0d5b1f6a2c11","amount":9007199254740991,"currency":"EUR"})"));
  ASSERT_EQ(answer.status, 202) << answer.body;
  EXPECT_EQ(answer.text("amount"), "9007199254740991");
  EXPECT_EQ(database_.value("SELECT amount FROM payment_intents"), "9007199254740991");
}

struct BadBody {
  std::string body;
  std::vector<std::string> faults;
};

std::string with(std::string_view members) { return fmt::format("{{{}}}", members); }
std::string long_text(std::string_view name, std::size_t length) {
  return fmt::format(R"("{}":"{}")", name, std::string(length, 'x'));
}
// So many pairs, whose values are that many characters of three bytes.
std::string metadata_of(int pairs, int characters) {
  std::string text = R"("metadata":{)";
  for (int i = 0; i < pairs; ++i) {
    text += fmt::format(R"({}"k{}":")", i > 0 ? "," : "", i);
    for (int j = 0; j < characters; ++j) text += "€";
    text += '"';
  }
  return text + "}";
}

const std::string head = R"("user_id":"7b0e2f4c-96c4-4c1e-9a53-0d5b1f6a2c11","currency":"EUR")";
const std::string good = head + R"(,"amount":1)";

const BadBody bad_values[] = {
    {"{}", {"/user_id missing", "/amount missing", "/currency missing"}},
    {"[]", {" wrong_type"}},
    {"null", {" wrong_type"}},
    {"\"x\"", {" wrong_type"}},
    {with(R"("user_id":7,"amount":"1","currency":978)"),
     {"/user_id wrong_type", "/amount wrong_type", "/currency wrong_type"}},
    {with(head + R"(,"amount":0)"), {"/amount too_small"}},
    {with(head + R"(,"amount":-1)"), {"/amount too_small"}},
    {with(head + R"(,"amount":-0)"), {"/amount wrong_type"}},
    {with(head + R"(,"amount":1.0)"), {"/amount wrong_type"}},
    {with(head + R"(,"amount":1e3)"), {"/amount wrong_type"}},
    {with(head + R"(,"amount":"1000")"), {"/amount wrong_type"}},
    {with(head + R"(,"amount":true)"), {"/amount wrong_type"}},
    {with(head + R"(,"amount":null)"), {"/amount wrong_type"}},
    {with(head + R"(,"amount":9007199254740992)"), {"/amount too_large"}},
    {with(head + R"(,"amount":9223372036854775808)"), {"/amount too_large"}},
    {with(head + R"(,"amount":18446744073709551616)"), {"/amount wrong_type"}},
    {with(R"("user_id":"7b0e2f4c-96c4-4c1e-9a53-0d5b1f6a2c1","amount":1,"currency":"eur")"),
     {"/user_id malformed", "/currency not_supported"}},
    {with(R"("user_id":"{7b0e2f4c-96c4-4c1e-9a53-0d5b1f6a2c11}","amount":1,"currency":"XAU")"),
     {"/user_id malformed", "/currency not_supported"}},
};

const BadBody bad_members[] = {
    {with(good + R"(,"id":"x","status":"SUCCESS","role":"admin","user_Id":"")"),
     {"/id unknown_field", "/status unknown_field", "/role unknown_field", "/user_Id unknown_field"}},
    {with(good + R"(,"a/b~c":1)"), {"/a~1b~0c unknown_field"}},
    {with(good + R"(,"description":null,"reference":5,"payment_method":{},"metadata":[])"),
     {"/description wrong_type", "/reference wrong_type", "/payment_method wrong_type",
      "/metadata wrong_type"}},
    {with(good + R"(,"description":"","reference":"","payment_method":"")"),
     {"/description too_short", "/reference too_short", "/payment_method too_short"}},
    {with(good + "," + long_text("description", 501) + "," + long_text("reference", 101) + "," +
          long_text("payment_method", 256)),
     {"/description too_long", "/reference too_long", "/payment_method too_long"}},
    {with(good + R"(,"reference":"a\nb","payment_method":"a\u0001")"),
     {"/reference malformed", "/payment_method malformed"}},
    {with(good + R"(,"metadata":{"a":1,"b":null,"c":{"d":"e"},"":"x"})"),
     {"/metadata/a wrong_type", "/metadata/b wrong_type", "/metadata/c wrong_type", "/metadata/ too_short"}},
    {with(good + "," + metadata_of(21, 1)), {"/metadata too_many"}},
    {with(good + "," + metadata_of(20, 100)), {"/metadata too_long"}},
    {with(good + R"(,"metadata":{)" + long_text(std::string(41, 'k'), 1) + "," + long_text("v", 101) + "}"),
     {"/metadata/" + std::string(41, 'k') + " too_long", "/metadata/v too_long"}},
    {with(good + R"(,"description":"card 4111 1111 1111 1111","reference":"4111111111111111",)"
                 R"("payment_method":"4111-1111-1111-1111",)"
                 R"("metadata":{"pan":"5555555555554444","4111111111111111":"x"})"),
     {"/description card_number", "/reference card_number", "/payment_method card_number",
      "/metadata/pan card_number", "/metadata/[card number] card_number"}},
};

TEST_F(AcceptPayment, BadBodiesAreRefusedWithEveryFaultAndLeaveNothing) {
  std::vector<BadBody> table(std::begin(bad_values), std::end(bad_values));
  table.insert(table.end(), std::begin(bad_members), std::end(bad_members));
  for (const auto& [body, expected] : table) {
    SCOPED_TRACE(body.substr(0, 300));
    const Answer answer = send(pay("k", body));
    check_faults(answer, expected);
    EXPECT_EQ(answer.body.find("4111"), std::string::npos) << "a card number came back: " << answer.body;
  }
  EXPECT_EQ(rows(), "0");
}

TEST_F(AcceptPayment, WhatIsNoJsonIsRefusedAndLeavesNothing) {
  for (const std::string& body :
       {std::string(), std::string("{"), payment_of(alice) + "x", std::string(R"({"amount":1,"amount":2})"),
        std::string("{\"description\":\"\xFF\"}"), std::string(R"({"description":"\u0000"})"),
        std::string(R"({"description":"\uD800"})"),
        "{\"a\":" + std::string(40, '[') + std::string(40, ']') + "}", std::string("user_id=1&amount=2")})
    check_refused(send(pay("k", body)), 400, "malformed_json");
  EXPECT_EQ(rows(), "0");
}

TEST_F(AcceptPayment, OtherContentTypesAreRefused) {
  for (const auto* type :
       {"text/plain", "application/x-www-form-urlencoded", "application/jsonx",
        "application/json; charset=latin1", "application/json, text/plain", "application/problem+json", ""}) {
    auto request = pay("k", payment_of(alice));
    request.headers[1].second = type;
    check_refused(send(request), 415, "unsupported_media_type");
  }
  auto none = pay("k", payment_of(alice));
  none.headers.pop_back();
  check_refused(send(none), 415, "unsupported_media_type");
  auto packed = pay("k", payment_of(alice));
  packed.headers.emplace_back("Content-Encoding", "gzip");
  check_refused(send(packed), 415, "unsupported_media_type");
  packed.headers.back().second = "identity";
  packed.headers.emplace_back("content-encoding", "gzip");
  check_refused(send(packed), 415, "unsupported_media_type");
  EXPECT_EQ(rows(), "0");
  auto fine = pay("k", payment_of(alice));
  fine.headers[1].second = "Application/JSON ; charset=UTF-8";
  EXPECT_EQ(send(fine).status, 202);
}

TEST_F(AcceptPayment, KeysThatAreMissingOrMalformedAreRefused) {
  auto none = pay("k", payment_of(alice));
  none.headers.erase(none.headers.begin());
  check_refused(send(none), 400, "idempotency_key_missing");
  auto two = pay("k", payment_of(alice));
  two.headers.emplace_back("idempotency-key", "k");
  check_refused(send(two), 400, "idempotency_key_malformed");
  for (const std::string& key :
       {std::string(), std::string("\"\""), std::string("a b"), std::string("\"a"), std::string(256, 'k'),
        std::string("ключ"), std::string("4111111111111111"), std::string("\"a\";x=1")})
    check_refused(send(pay(key, payment_of(alice))), 400, "idempotency_key_malformed");
  EXPECT_EQ(rows(), "0");
}

TEST_F(AcceptPayment, ABodyOverTheLimitIsRefused) {
  const auto answer = send(pay(
      "k", payment_of(alice, ",\"description\":\"" + std::string(limits::request_body_bytes, 'x') + "\"")));
  check_refused(answer, 413, "payload_too_large");
  EXPECT_EQ(rows(), "0");
}

TEST_F(AcceptPayment, ThousandsOfFaultsAreCountedAndAHundredListed) {
  std::string body = "{";
  for (int i = 0; i < 3000; ++i) body += fmt::format(R"({}"x{}":1)", i > 0 ? "," : "", i);
  const Answer answer = send(pay("k", body + "}"));
  check_refused(answer, 422, "invalid_request");
  EXPECT_EQ(answer.object().at("errors").as_array().size(), limits::faults_listed);
  EXPECT_NE(answer.text("detail").find("3003 faults"), std::string::npos) << answer.text("detail");
}

TEST_F(AcceptPayment, TracesAndRequestIdsThatAreMalformedAreLeftOut) {
  auto request = pay("k", payment_of(alice));
  request.headers.emplace_back("traceparent", "00-00000000000000000000000000000000-b7ad6b7169203331-01");
  request.headers.emplace_back("X-Request-Id", "not a safe one");
  const Answer answer = send(request);
  ASSERT_EQ(answer.status, 202) << answer.body;
  EXPECT_EQ(answer.text("request_id"), answer.field("X-Request-Id"));
  EXPECT_EQ(database_.value("SELECT count(*) FROM payment_intents WHERE trace_id IS NULL AND request_id = '" +
                            answer.field("X-Request-Id") + "'"),
            "1");
}

TEST_F(AcceptPayment, ACardNumberAsRequestIdIsNotStored) {
  auto request = pay("k", payment_of(alice));
  request.headers.emplace_back("X-Request-Id", "4111111111111111");
  ASSERT_EQ(send(request).status, 202);
  EXPECT_EQ(database_.value("SELECT count(*) FROM payment_intents WHERE request_id IS NULL"), "1");
}

TEST_F(AcceptPayment, TheGatewaysTermsAreToldAtOnce) {
  GatewayTerms terms;
  terms.needs_payment_method = true;
  terms.refusal = [](const Money& money) {
    return money.currency.code() == "CLF" ? std::optional<std::string>("the gateway does not take CLF")
                                          : std::nullopt;
  };
  const Stage strict(database_.options(), terms);
  check_faults(strict.send(pay(
                   "k", R"({"user_id":"7b0e2f4c-96c4-4c1e-9a53-0d5b1f6a2c11","amount":1,"currency":"CLF"})")),
               {"/amount not_supported", "/payment_method missing"});
  EXPECT_EQ(strict.send(pay("k", payment_of(alice, R"(,"payment_method":"pm_1")"))).status, 202);
}

TEST_F(AcceptPayment, ARetryIsReplayedUnderTermsThatWouldRefuseItNow) {
  const Answer first = send(pay("k", payment_of(alice)));
  ASSERT_EQ(first.status, 202) << first.body;
  GatewayTerms terms;
  terms.needs_payment_method = true;
  terms.refusal = [](const Money&) { return std::optional<std::string>("the gateway takes nothing now"); };
  const Stage changed(database_.options(), terms);
  const Answer again = changed.send(pay("k", payment_of(alice)));
  EXPECT_EQ(again.status, 202) << again.body;
  EXPECT_EQ(again.field("Idempotent-Replayed"), "true");
  EXPECT_EQ(again.text("id"), first.text("id"));
  check_refused(changed.send(pay("k", payment_of(alice, R"(,"reference":"r")"))), 422,
                "idempotency_key_reused");
  auto by_bob = pay("k", payment_of(bob));
  by_bob.token = customer(bob);
  for (const auto& fresh : {pay("k-2", payment_of(alice)), by_bob}) {
    const Answer refused = changed.send(fresh);
    check_faults(refused, {"/amount not_supported", "/payment_method missing"});
    EXPECT_EQ(refused.text("detail"), "2 faults; this request stored nothing.");
  }
  EXPECT_EQ(rows(), "1");
}

// Two APIs with connections of their own on one database, as two processes have.
TEST_F(AcceptPayment, ConcurrentDuplicatesOnTwoApisAreOnePayment) {
  const Stage second(database_.options());
  const std::string body = payment_of(alice, R"(,"reference":"once")");
  std::vector<std::future<Answer>> answers;
  for (int i = 0; i < 200; ++i)
    answers.push_back(std::async(std::launch::async,
                                 [&, i] { return (i % 2 == 0 ? stage_ : second).send(pay("once", body)); }));
  std::set<std::string> ids;
  int created = 0;
  for (auto& pending : answers) {
    const Answer answer = pending.get();
    ASSERT_EQ(answer.status, 202) << answer.body;
    ids.insert(answer.text("id") + answer.text("created_at") + answer.text("reference") +
               answer.text("amount"));
    created += answer.field("Idempotent-Replayed").empty();
  }
  EXPECT_EQ(ids.size(), 1U);
  EXPECT_EQ(created, 1);
  EXPECT_EQ(rows(), "1");
}

}  // namespace
}  // namespace bursar::api::test
