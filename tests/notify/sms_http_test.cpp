// SMS over HTTP against a provider that says what each test wrote down: every answer has its verdict.
#include "notify/sms_http.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "base/json.hpp"
#include "messages.hpp"
#include "testing/run.hpp"
#include "testing/scripted_peer.hpp"

namespace bursar::notify {
namespace {

using bursar::testing::Exchange;
using bursar::testing::http_answer;
using bursar::testing::run;
using bursar::testing::ScriptedPeer;
using bursar::testing::sms_to;
using std::chrono::seconds;
using Then = Exchange::Then;

const std::string number = "+447700900123";

struct Answered {
  Receipt receipt;
  std::vector<std::string> requests;
  std::size_t connections = 0;
};

Task<Answered> send_to(std::vector<Exchange> exchanges, Message message,
                       milliseconds deadline = milliseconds(10'000)) {
  const auto executor = co_await asio::this_coro::executor;
  std::vector<std::vector<Exchange>> script;
  script.push_back(std::move(exchanges));
  ScriptedPeer peer(executor, std::move(script));
  SmsOptions options;
  options.url = peer.url() + "/v1/messages?account=7";
  options.token = "secret-token";
  options.deadline = deadline;
  SmsHttpChannel channel(executor, options);
  Answered answered;
  answered.receipt = co_await channel.send(std::move(message));
  channel.close();
  co_await peer.stop();
  answered.requests = peer.requests();
  answered.connections = peer.connections();
  co_return answered;
}

Answered answered_with(int status, const std::string& body, const std::string& more = "") {
  Exchange exchange;
  exchange.answer = http_answer(status, body, more);
  return run(send_to({exchange}, sms_to(number)));
}

TEST(SmsHttp, PostsTheMessageWithItsIdAsIdempotencyKey) {
  Message message = sms_to(number);
  message.text = "say \"hi\" \\ \n ü \x01";
  message.request_id = "req-1";
  Exchange exchange;
  exchange.answer = http_answer(201, "{\"id\":\"m-1\",\"reference\":\"" + message.event.text() + "\"}");
  const Answered answered = run(send_to({exchange}, message));
  EXPECT_EQ(answered.receipt.verdict, Verdict::sent) << answered.receipt.answer;
  EXPECT_EQ(answered.receipt.provider_reference, "m-1");
  ASSERT_EQ(answered.requests.size(), 1U);
  const std::string& request = answered.requests.front();
  EXPECT_TRUE(request.starts_with("POST /v1/messages?account=7 HTTP/1.1\r\n")) << request;
  EXPECT_NE(request.find("Idempotency-Key: " + message.message_id + "\r\n"), std::string::npos) << request;
  EXPECT_NE(request.find("Authorization: Bearer secret-token\r\n"), std::string::npos);
  EXPECT_NE(request.find("X-Request-Id: req-1\r\n"), std::string::npos);
  EXPECT_NE(request.find("Content-Type: application/json\r\n"), std::string::npos);
  const auto body = json::parse(request.substr(request.find("\r\n\r\n") + 4));
  ASSERT_TRUE(body) << body.error().what;
  const json::object& members = body->as_object();
  EXPECT_EQ(members.size(), 3U);
  EXPECT_EQ(members.at("to").as_string(), number);
  EXPECT_EQ(members.at("text").as_string(), message.text);
  EXPECT_EQ(members.at("reference").as_string(), message.event.text());
}

struct Row {
  int status;
  std::string body;
  Verdict verdict;
  bool unavailable = false;
};

TEST(SmsHttp, EveryAnswerHasItsVerdict) {
  const std::string event = bursar::testing::some_event().text();
  const std::vector<Row> table = {
      {200, "{\"id\":\"m\"}", Verdict::sent},
      {202, "{\"id\":\"m\",\"error\":null}", Verdict::sent},
      {200, "{\"id\":\"m\",\"reference\":\"" + event + "\"}", Verdict::sent},
      // Somebody may have taken the message, and nothing proves that it is ours.
      {200, "{\"id\":\"m\",\"reference\":\"another\"}", Verdict::ambiguous},
      {200, "{}", Verdict::ambiguous},
      {200, "{\"id\":\"\"}", Verdict::ambiguous},
      {200, "{\"id\":7}", Verdict::ambiguous},
      {200, "<html>ok</html>", Verdict::ambiguous},
      {200, "", Verdict::ambiguous},
      {200, "[]", Verdict::ambiguous},
      {200, "{\"id\":\"m\",\"id\":\"n\"}", Verdict::ambiguous},
      {200, "{\"error\":{\"code\":\"throttled\"}}", Verdict::retry},
      {200, "{\"id\":\"m\",\"error\":{\"code\":\"throttled\"}}", Verdict::retry},
      {200, "{\"error\":{\"code\":\"new_code\"}}", Verdict::retry},
      {200, "{\"error\":\"throttled\"}", Verdict::retry},
      {200, "{\"error\":7}", Verdict::retry},
      {200, "{\"error\":{\"code\":\"invalid_number\",\"message\":\"no\"}}", Verdict::dead},
      {200, "{\"error\":\"opted_out\"}", Verdict::dead},
      {400, "{\"error\":{\"code\":\"invalid_number\"}}", Verdict::dead},
      {422, "bad", Verdict::dead},
      {410, "gone", Verdict::dead},
      {401, "no", Verdict::retry, true},
      {402, "pay", Verdict::retry, true},
      {403, "no", Verdict::retry, true},
      {404, "<html>", Verdict::retry, true},
      {408, "", Verdict::retry, true},
      {409, "key in use", Verdict::retry, false},
      {429, "slow down", Verdict::retry, true},
      {500, "oops", Verdict::retry, true},
      {503, "", Verdict::retry, true},
      {502, "<html>", Verdict::ambiguous, true},
      {504, "", Verdict::ambiguous, true},
      {301, "", Verdict::retry, true},
  };
  for (const Row& row : table) {
    const Answered answered = answered_with(row.status, row.body);
    EXPECT_EQ(answered.receipt.verdict, row.verdict) << row.status << " " << row.body;
    EXPECT_EQ(answered.receipt.unavailable, row.unavailable) << row.status << " " << row.body;
    EXPECT_EQ(answered.requests.size(), 1U) << "one attempt is one request";
    EXPECT_FALSE(answered.receipt.answer.empty());
    EXPECT_EQ(answered.receipt.provider_reference.has_value(), row.verdict == Verdict::sent);
  }
}

TEST(SmsHttp, RetryAfterIsHonouredCappedAndJunkIsIgnored) {
  struct Asked {
    std::string lines;
    std::optional<seconds> wait;
  };
  const std::vector<Asked> table = {
      {"", std::nullopt},
      {"Retry-After: 7\r\n", seconds(7)},
      {"Retry-After: 0\r\n", seconds(0)},
      {"Retry-After: 100000000000000000000\r\n", limits::retry_after_max},
      {"Retry-After: -5\r\n", std::nullopt},
      {"Retry-After: soon\r\n", std::nullopt},
      {"Retry-After: 1.5\r\n", std::nullopt},
      {"Retry-After: 5\r\nRetry-After: 7\r\n", std::nullopt},
      {"Retry-After: Wed, 99 Nov 2026 00:00:00 GMT\r\n", std::nullopt},
  };
  for (const Asked& row : table) {
    for (const int status : {429, 503}) {
      const Answered answered = answered_with(status, "", row.lines);
      EXPECT_EQ(answered.receipt.verdict, Verdict::retry);
      EXPECT_EQ(answered.receipt.retry_after, row.wait) << row.lines;
    }
  }
  const Answered in_body = answered_with(200, "{\"error\":{\"code\":\"throttled\"}}", "Retry-After: 9\r\n");
  EXPECT_EQ(in_body.receipt.retry_after, seconds(9));
}

TEST(SmsHttp, ALostAnswerIsAmbiguousAndIsNotAskedAgain) {
  std::vector<Exchange> table(4);
  table[0].then = Then::close;
  table[1].then = Then::reset;
  table[2].answer = "HTTP/1.1 201 Created\r\nContent-Length: 50\r\n\r\n{\"id\":";
  table[2].then = Then::close;
  table[3].then = Then::hang;
  for (const Exchange& exchange : table) {
    const Answered answered = run(send_to({exchange}, sms_to(number), milliseconds(700)));
    EXPECT_EQ(answered.receipt.verdict, Verdict::ambiguous) << answered.receipt.answer;
    EXPECT_TRUE(answered.receipt.unavailable);
    EXPECT_EQ(answered.requests.size(), 1U);
    EXPECT_EQ(answered.connections, 1U);
  }
}

TEST(SmsHttp, NobodyListeningIsARetry) {
  auto refused = []() -> Task<Receipt> {
    const auto executor = co_await asio::this_coro::executor;
    SmsOptions options;
    {
      ScriptedPeer peer(executor, {});
      options.url = peer.url() + "/messages";
      co_await peer.stop();
    }
    SmsHttpChannel channel(executor, options);
    co_return co_await channel.send(sms_to(number));
  };
  const Receipt receipt = run(refused());
  EXPECT_EQ(receipt.verdict, Verdict::retry) << receipt.answer;
  EXPECT_TRUE(receipt.unavailable);
}

TEST(SmsHttp, WhatCannotBeSentIsDeadWithoutACall) {
  std::vector<Message> table = {sms_to(""), sms_to("0447700900123"), sms_to("+44 7700 900123"),
                                sms_to("+447700900123\r\nX: y")};
  table.push_back(sms_to(number));
  table.back().text = std::string(limits::sms_text_characters + 1, 'x');
  for (const Message& message : table) {
    const Answered answered = run(send_to({}, message));
    EXPECT_EQ(answered.receipt.verdict, Verdict::dead) << message.to;
    EXPECT_FALSE(answered.receipt.unavailable);
    EXPECT_EQ(answered.connections, 0U);
  }
}

TEST(SmsHttp, AnAnswerIsSafeForTheLedgerAndHoldsNoToken) {
  const Answered answered = answered_with(400, std::string("\xFF\0", 2) + std::string(50'000, 'x'));
  EXPECT_LE(answered.receipt.answer.size(), limits::peer_text_characters);
  EXPECT_EQ(answered.receipt.answer.find('\0'), std::string::npos);
  EXPECT_EQ(answered.receipt.answer.find("secret-token"), std::string::npos);
}

TEST(SmsHttp, AnUnusableUrlOrTokenIsAUsageError) {
  auto make = [](std::string url, std::string token) -> Task<> {
    const auto executor = co_await asio::this_coro::executor;
    SmsOptions options;
    options.url = std::move(url);
    options.token = std::move(token);
    const SmsHttpChannel channel(executor, options);
  };
  run(make("http://127.0.0.1:1/messages", "t"));
  for (const std::string url :
       {"", "messages", "ftp://h/x", "https://user:pw@h/x", "https://h/x#y", "https:///x"})
    EXPECT_THROW(run(make(url, "t")), UsageError) << url;
  EXPECT_THROW(run(make("http://127.0.0.1:1/messages", "a\r\nb")), UsageError);
}

}  // namespace
}  // namespace bursar::notify
