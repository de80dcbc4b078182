// Every kind of answer and what it means. The rows are the rules: FAILED only by the typed decline that names
// our payment, success only with our payment, amount and currency, "not executed" only where nothing can have
// happened.
#include "gateway/stripe_answer.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"

namespace bursar::gateway {
namespace {

const PaymentId ours(*parse_uuid("01935f3a-0000-7000-8000-0000000000aa"));
const Expected expected = {ours, {1234, "eur"}};

struct IntentText {
  std::string status = "succeeded";
  std::string payment = "01935f3a-0000-7000-8000-0000000000aa";
  std::string amount = "1234";
  std::string received = "1234";
  std::string currency = "eur";
  std::string id = "pi_3abc";
  std::string error = "null";
};

std::string text_of(const IntentText& intent) {
  return fmt::format(
      R"({{"id":"{}","object":"payment_intent","amount":{},"amount_received":{},)"
      R"("currency":"{}","status":"{}",)"
      R"("last_payment_error":{},"metadata":{{"bursar_payment_id":"{}"}},"cancellation_reason":null}})",
      intent.id, intent.amount, intent.received, intent.currency, intent.status, intent.error,
      intent.payment);
}

std::string error_text(std::string_view type, std::string_view code, std::string_view more = "") {
  return fmt::format(R"({{"error":{{"type":"{}","code":"{}","message":"Because."{}}}}})", type, code, more);
}

std::string decline_text(const IntentText& intent, std::string_view decline_code = "insufficient_funds") {
  return error_text(
      "card_error", "card_declined",
      fmt::format(R"(,"decline_code":"{}","payment_intent":{})", decline_code, text_of(intent)));
}

const IntentText undecided = {.status = "requires_payment_method", .received = "0"};
constexpr std::string_view card_error =
    R"({"type":"card_error","code":"card_declined","decline_code":"lost_card"})";

struct Case {
  std::string name;
  int status;
  std::string body;
  Verdict verdict;
  bool alarm = false;
  bool unavailable = false;
  std::vector<std::pair<std::string, std::string>> headers = {};
};

void check(const std::vector<Case>& cases, Answer (*read)(const http::ClientResponse&, const Expected&)) {
  for (const Case& one : cases) {
    http::ClientResponse response;
    response.status = one.status;
    response.body = one.body;
    response.headers = one.headers;
    const Answer answer = read(response, expected);
    EXPECT_EQ(static_cast<int>(answer.verdict), static_cast<int>(one.verdict))
        << one.name << ": " << answer.evidence;
    EXPECT_EQ(answer.alarm, one.alarm) << one.name << ": " << answer.evidence;
    EXPECT_EQ(answer.unavailable, one.unavailable) << one.name << ": " << answer.evidence;
    EXPECT_FALSE(answer.evidence.empty()) << one.name;
    EXPECT_TRUE(is_utf8(answer.evidence)) << one.name;
    EXPECT_EQ(answer.evidence.find('\0'), std::string::npos) << one.name;
    EXPECT_LE(code_points(answer.evidence), limits::peer_text_characters) << one.name;
  }
}

TEST(ChargeAnswer, SuccessNeedsOurPaymentAmountAndCurrency) {
  const std::vector<Case> cases = {
      {"charged", 200, text_of({}), Verdict::succeeded},
      {"another amount", 200, text_of({.amount = "1235"}), Verdict::unknown, true},
      {"another amount received", 200, text_of({.received = "1"}), Verdict::unknown, true},
      {"the amount as a text", 200, text_of({.amount = "\"1234\""}), Verdict::unknown, true},
      {"the amount as a fraction", 200, text_of({.amount = "1234.0"}), Verdict::unknown, true},
      {"another currency", 200, text_of({.currency = "usd"}), Verdict::unknown, true},
      {"another payment", 200, text_of({.payment = "01935f3a-0000-7000-8000-0000000000ab"}), Verdict::unknown,
       true},
      {"no payment", 200, text_of({.payment = ""}), Verdict::unknown, true},
      {"no metadata", 200,
       R"({"id":"pi_1","object":"payment_intent","amount":1234,"currency":"eur","status":"succeeded"})",
       Verdict::unknown, true},
      {"the amount twice", 200,
       R"({"id":"pi_1","object":"payment_intent","amount":1234,"amount":1234,"currency":"eur",)"
       R"("status":"succeeded"})",
       Verdict::unknown},
      {"another object", 200,
       R"({"id":"ch_1","object":"charge","amount":1234,"currency":"eur","status":"succeeded"})",
       Verdict::unknown},
      {"a foreign id", 200, text_of({.id = "xx_1"}), Verdict::unknown},
      {"an id with a control character", 200, text_of({.id = "pi_\\u0007"}), Verdict::unknown},
      {"an error in a success", 200, decline_text(undecided), Verdict::unknown, true},
  };
  check(cases, read_charge_answer);
}

TEST(ChargeAnswer, EveryStateIsMappedExplicitly) {
  const std::vector<Case> cases = {
      {"processing", 200, text_of({.status = "processing", .received = "0"}), Verdict::unknown},
      {"requires_action", 200, text_of({.status = "requires_action", .received = "0"}), Verdict::unknown},
      {"not tried", 200, text_of(undecided), Verdict::unknown},
      {"tried and declined", 200,
       text_of({.status = "requires_payment_method", .received = "0", .error = std::string(card_error)}),
       Verdict::declined},
      {"tried and failed otherwise", 200,
       text_of({.status = "requires_payment_method", .received = "0", .error = R"({"type":"api_error"})"}),
       Verdict::unknown},
      {"canceled", 200, text_of({.status = "canceled", .received = "0"}), Verdict::declined},
      {"held but not captured", 200, text_of({.status = "requires_capture", .received = "0"}),
       Verdict::unknown, true},
      {"not confirmed", 200, text_of({.status = "requires_confirmation", .received = "0"}), Verdict::unknown,
       true},
      {"a state nobody knows", 200, text_of({.status = "levitating"}), Verdict::unknown, true},
      {"no state", 200, text_of({.status = ""}), Verdict::unknown, true},
  };
  check(cases, read_charge_answer);
}

TEST(ChargeAnswer, OnlyTheTypedDeclineThatNamesOurPaymentIsADecline) {
  IntentText other = undecided;
  other.payment = "01935f3a-0000-7000-8000-0000000000ab";
  IntentText cheaper = undecided;
  cheaper.amount = "1";
  const std::vector<Case> cases = {
      {"declined", 402, decline_text(undecided), Verdict::declined},
      {"declined for another payment", 402, decline_text(other), Verdict::unknown, true},
      {"declined for another amount", 402, decline_text(cheaper), Verdict::unknown, true},
      {"declined but charged", 402, decline_text({}), Verdict::unknown, true},
      {"declined but processing", 402, decline_text({.status = "processing"}), Verdict::unknown, true},
      {"declined without a payment", 402, error_text("card_error", "card_declined"), Verdict::unknown},
      {"402 of a proxy", 402, "<html>Payment required</html>", Verdict::unknown},
      {"402 with another error", 402, error_text("api_error", "x"), Verdict::unknown},
      {"402 with another error about our payment", 402,
       error_text("api_error", "x", R"(,"decline_code":"lost_card","payment_intent":)" + text_of(undecided)),
       Verdict::unknown},
      {"402 with an untyped error", 402, R"({"error":"declined"})", Verdict::unknown},
      {"402 with a card_error outside of error", 402, R"({"type":"card_error","code":"card_declined"})",
       Verdict::unknown},
      {"card_error with another status", 400, decline_text(undecided), Verdict::unknown},
      {"card_error in a server's error", 500, decline_text(undecided), Verdict::unknown, false, true},
      {"404 page", 404, "<html>nginx</html>", Verdict::unknown},
  };
  check(cases, read_charge_answer);
}

TEST(ChargeAnswer, NotExecutedOnlyWhereNothingCanHaveHappened) {
  const std::string in_use = error_text("idempotency_error", "idempotency_key_in_use");
  const std::vector<Case> cases = {
      {"wrong key", 401, error_text("invalid_request_error", ""), Verdict::not_executed, true, true},
      {"key without permission", 403, error_text("invalid_request_error", ""), Verdict::not_executed, true,
       true},
      {"a proxy wants credentials", 407, "", Verdict::not_executed, true, true},
      {"rate limit", 429, error_text("invalid_request_error", "rate_limit"), Verdict::not_executed, false,
       true},
      {"rate limit of a proxy", 429, "slow down", Verdict::unknown, false, true},
      {"an object is locked", 429, error_text("invalid_request_error", "lock_timeout"), Verdict::unknown,
       false, true},
      {"our key is in use", 409, in_use, Verdict::unknown},
      {"our key is in use, as 400", 400, in_use, Verdict::unknown},
      {"a conflict", 409, error_text("invalid_request_error", ""), Verdict::unknown},
      {"our key had another body", 400, error_text("idempotency_error", ""), Verdict::unknown, true},
      {"our request is invalid", 400, error_text("invalid_request_error", "amount_too_small"),
       Verdict::not_executed, true},
      {"unknown payment method", 404, error_text("invalid_request_error", "resource_missing"),
       Verdict::not_executed, true},
  };
  check(cases, read_charge_answer);
}

TEST(ChargeAnswer, WhatNobodyUnderstandsIsUnknown) {
  const std::vector<std::pair<std::string, std::string>> replayed = {{"idempotent-replayed", "true"}};
  const std::vector<Case> cases = {
      {"error of the gateway", 500, error_text("api_error", ""), Verdict::unknown, false, true},
      {"a stored error, replayed", 500, error_text("api_error", ""), Verdict::unknown, false, false,
       replayed},
      {"page of a proxy", 502, "<html>Bad gateway</html>", Verdict::unknown, false, true},
      {"nothing", 503, "", Verdict::unknown, false, true},
      {"invalid request with a server's status", 500, error_text("invalid_request_error", ""),
       Verdict::unknown, false, true},
      {"page of a portal", 200, "<html>Welcome to the hotel</html>", Verdict::unknown},
      {"an empty success", 200, "", Verdict::unknown},
      {"no content", 204, "", Verdict::unknown},
      {"cut JSON", 200, text_of({}).substr(0, 80), Verdict::unknown},
      {"JSON and more", 200, text_of({}) + "{}", Verdict::unknown},
      {"a list", 200, "[" + text_of({}) + "]", Verdict::unknown},
      {"a number", 200, "42", Verdict::unknown},
      {"NUL and broken UTF-8", 200, std::string("\0\xFF\xFE{", 4), Verdict::unknown},
      {"deep JSON", 200, std::string(10'000, '['), Verdict::unknown},
      {"a redirect", 301, "", Verdict::unknown, true},
      {"a redirect that keeps the method", 307, text_of({}), Verdict::unknown, true},
      {"a status nobody knows", 299, "", Verdict::unknown},
      {"a teapot", 418, error_text("", ""), Verdict::unknown},
      {"a long message", 500, error_text("api_error", std::string(10'000, 'x')), Verdict::unknown, false,
       true},
  };
  check(cases, read_charge_answer);
}

TEST(ChargeAnswer, CarriesReferenceCodeAndRetryAfter) {
  http::ClientResponse response;
  response.status = 402;
  response.body = decline_text(undecided);
  response.headers = {{"Request-Id", "req_1"}};
  const Answer declined = read_charge_answer(response, expected);
  EXPECT_EQ(declined.gateway_reference, "pi_3abc");
  EXPECT_EQ(declined.failure_code, "insufficient_funds");
  response.body = decline_text(undecided, std::string(5000, 'x'));
  EXPECT_EQ(read_charge_answer(response, expected).failure_code->size(), 100u);

  response.status = 429;
  response.body = error_text("invalid_request_error", "rate_limit");
  response.headers = {{"Retry-After", "7"}};
  EXPECT_EQ(read_charge_answer(response, expected).retry_after, std::chrono::seconds(7));

  response.status = 401;
  EXPECT_NE(read_charge_answer(response, expected).evidence.find("API key"), std::string::npos);
}

TEST(RetrieveAnswer, NeverSaysNotExecuted) {
  const std::string decline =
      text_of({.status = "requires_payment_method", .received = "0", .error = std::string(card_error)});
  const std::vector<Case> cases = {
      {"charged", 200, text_of({}), Verdict::succeeded},
      {"declined", 200, decline, Verdict::declined},
      {"processing", 200, text_of({.status = "processing", .received = "0"}), Verdict::unknown},
      {"another amount", 200, text_of({.amount = "1"}), Verdict::unknown, true},
      {"gone", 404, error_text("invalid_request_error", "resource_missing"), Verdict::unknown, true},
      {"page of a proxy", 404, "<html>", Verdict::unknown},
      {"wrong key", 401, error_text("invalid_request_error", ""), Verdict::unknown, true, true},
      {"rate limit", 429, error_text("invalid_request_error", "rate_limit"), Verdict::unknown, false, true},
      {"error of the gateway", 500, "", Verdict::unknown, false, true},
      {"a decline as an answer to a look-up", 402, decline_text(undecided), Verdict::unknown},
  };
  check(cases, read_retrieve_answer);
}

ListPage read_list(std::string_view body, int status = 200) {
  http::ClientResponse response;
  response.status = status;
  response.body = body;
  return read_list_answer(response, expected);
}

TEST(ListAnswer, FindsOurPaymentAmongStrangers) {
  const std::string stranger = text_of({.payment = "x", .id = "pi_9"});
  const ListPage page =
      read_list(R"({"object":"list","data":[)" + stranger + "," + text_of({}) + R"(],"has_more":true})");
  ASSERT_EQ(page.matches.size(), 1u);
  EXPECT_EQ(page.matches[0].verdict, Verdict::succeeded);
  EXPECT_EQ(page.looked_at, 2u);
  EXPECT_EQ(page.last_id, "pi_3abc");
  EXPECT_TRUE(page.has_more);
  EXPECT_FALSE(page.failure);
}

TEST(ListAnswer, WhatIsNoListIsAFailureAndNotAnEmptyList) {
  const std::vector<std::string> bad = {"",
                                        "<html>",
                                        "[]",
                                        "{}",
                                        R"({"object":"list"})",
                                        R"({"object":"list","data":[]})",
                                        R"({"object":"list","data":{},"has_more":false})",
                                        R"({"object":"search_result","data":[],"has_more":false})",
                                        R"({"object":"list","data":[1],"has_more":false})",
                                        R"({"object":"list","data":[{"id":"../x"}],"has_more":false})"};
  for (const std::string& body : bad) {
    const ListPage page = read_list(body);
    ASSERT_TRUE(page.failure) << body;
    EXPECT_EQ(page.failure->verdict, Verdict::unknown) << body;
  }
  ASSERT_TRUE(read_list(R"({"object":"list","data":[],"has_more":false})", 401).failure);
  EXPECT_TRUE(read_list("{}", 401).failure->alarm);
  EXPECT_FALSE(read_list(R"({"object":"list","data":[],"has_more":true})").has_more) << "would never end";
}

TEST(FailedCall, IsNotExecutedOnlyWhenNothingWasSent) {
  EXPECT_EQ(answer_of_failed_charge(http::CallFailed("refused", false, false)).verdict,
            Verdict::not_executed);
  EXPECT_EQ(answer_of_failed_charge(http::CallFailed("reset", true, false)).verdict, Verdict::unknown);
  EXPECT_EQ(answer_of_failed_charge(http::CallFailed("late", true, true)).verdict, Verdict::unknown);
  EXPECT_EQ(answer_of_failed_look_up(http::CallFailed("refused", false, false)).verdict, Verdict::unknown);
}

}  // namespace
}  // namespace bursar::gateway
