// The adapter's own behaviour on the wire, against a peer that says what each test wrote down.
#include "gateway/stripe.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "testing/manual_clock.hpp"
#include "testing/run.hpp"
#include "testing/scripted_peer.hpp"

namespace bursar::gateway {
namespace {

using bursar::testing::Exchange;
using bursar::testing::http_answer;
using bursar::testing::ManualClock;
using bursar::testing::run;
using bursar::testing::ScriptedPeer;
using Then = Exchange::Then;
using Script = std::vector<std::vector<Exchange>>;

constexpr std::string_view our_id = "01935f3a-0000-7000-8000-0000000000aa";
const Instant claimed = *from_rfc3339("2026-11-26T01:00:00.500000Z");

Charge charge() {
  return {.payment = PaymentId(*parse_uuid(our_id)),
          .money = {1234, *Currency::from_code("EUR")},
          .payment_method = "pm_card_visa",
          .request_id = "req-7",
          .trace = TraceContext{*parse_uuid("0af76519-16cd-43dd-8448-eb211c80319c"), 0xb7ad6b7169203331}};
}

std::string intent(std::string_view payment, std::string_view id = "pi_1",
                   std::string_view status = "succeeded") {
  return fmt::format(
      R"({{"id":"{}","object":"payment_intent","amount":1234,"amount_received":1234,"currency":"eur",)"
      R"("status":"{}","last_payment_error":{{"type":"card_error","code":"card_declined"}},)"
      R"("metadata":{{"bursar_payment_id":"{}"}}}})",
      id, status, payment);
}

std::string page(const std::vector<std::string>& intents, bool has_more) {
  return fmt::format(R"({{"object":"list","data":[{}],"has_more":{}}})", fmt::join(intents, ","), has_more);
}

struct Seen {
  std::vector<Answer> answers;
  std::vector<std::string> requests;
};

using Step = Task<Answer> (*)(Stripe&, Charge);
Task<Answer> pay(Stripe& stripe, Charge one) { return stripe.charge(std::move(one)); }
Task<Answer> find(Stripe& stripe, Charge one) { return stripe.look_up(std::move(one), claimed); }

Task<Seen> play(Script script, std::vector<std::pair<Step, Charge>> steps, bool simulator) {
  const auto executor = co_await asio::this_coro::executor;
  ScriptedPeer peer(executor, std::move(script));
  const ManualClock clock;
  Seen seen;
  {
    StripeOptions options;
    options.base_url = peer.url();
    options.api_key = "sk_test_1";
    options.simulator = simulator;
    options.deadline = milliseconds(2000);
    Stripe stripe(executor, clock, options);
    for (auto& [step, one] : steps) seen.answers.push_back(co_await step(stripe, one));
  }
  co_await peer.stop();
  seen.requests = peer.requests();
  co_return seen;
}

Seen check(Script script, std::vector<std::pair<Step, Charge>> steps, bool simulator = false) {
  return run(play(std::move(script), std::move(steps), simulator));
}

bool has_line(std::string_view request, std::string_view line) {
  return request.find(fmt::format("\r\n{}\r\n", line)) != std::string_view::npos;
}

TEST(Stripe, SendsKeyVersionAndTraceWithTheCharge) {
  const Seen seen = check({{{http_answer(200, intent(our_id))}}}, {{pay, charge()}});
  ASSERT_EQ(seen.requests.size(), 1u);
  const std::string& wire = seen.requests[0];
  EXPECT_EQ(seen.answers[0].verdict, Verdict::succeeded) << seen.answers[0].evidence;
  EXPECT_EQ(seen.answers[0].gateway_reference, "pi_1");
  EXPECT_TRUE(wire.starts_with("POST /v1/payment_intents HTTP/1.1\r\n")) << wire;
  EXPECT_TRUE(has_line(wire, "Authorization: Bearer sk_test_1")) << wire;
  EXPECT_TRUE(has_line(wire, fmt::format("Idempotency-Key: bursar-{}", our_id))) << wire;
  EXPECT_TRUE(has_line(wire, "Content-Type: application/x-www-form-urlencoded")) << wire;
  EXPECT_TRUE(has_line(wire, "X-Request-Id: req-7")) << wire;
  EXPECT_TRUE(has_line(wire, "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")) << wire;
  EXPECT_NE(wire.find("\r\nStripe-Version: 20"), std::string::npos) << wire;
}

TEST(Stripe, AResendIsByteEqualAndUnderTheSameKey) {
  const Script script = {{{http_answer(500, "")}, {http_answer(200, intent(our_id))}}};
  const Seen seen = check(script, {{pay, charge()}, {pay, charge()}});
  ASSERT_EQ(seen.requests.size(), 2u);
  EXPECT_EQ(seen.requests[0], seen.requests[1]);
}

TEST(Stripe, ABrokenCallIsUnknownAndNeverRepeatedByItself) {
  const std::vector<Exchange> broken = {
      {"", Then::close}, {"", Then::reset}, {"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{", Then::close}};
  for (const Exchange& exchange : broken) {
    const Seen seen = check({{exchange}, {{http_answer(200, intent(our_id))}}}, {{pay, charge()}});
    EXPECT_EQ(seen.answers[0].verdict, Verdict::unknown) << seen.answers[0].evidence;
    EXPECT_TRUE(seen.answers[0].unavailable);
    EXPECT_EQ(seen.requests.size(), 1u);
  }
}

TEST(Stripe, ARequestIdThatCouldBreakTheHeadStaysHere) {
  Charge one = charge();
  one.request_id = "a\r\nIdempotency-Key: other";
  const Seen seen = check({{{http_answer(200, intent(our_id))}}}, {{pay, one}});
  EXPECT_EQ(seen.answers[0].verdict, Verdict::succeeded);
  EXPECT_EQ(seen.requests[0].find("other"), std::string::npos);
}

TEST(Stripe, RefusesByItselfWhatItCannotSayExactly) {
  Charge inexact = charge();
  inexact.money = {5124, *Currency::from_code("KWD")};
  Charge no_method = charge();
  no_method.payment_method.reset();
  const Seen seen = check({}, {{pay, inexact}, {pay, no_method}, {find, inexact}});
  EXPECT_EQ(seen.answers[0].verdict, Verdict::not_executed);
  EXPECT_TRUE(seen.answers[0].alarm);
  EXPECT_EQ(seen.answers[1].verdict, Verdict::not_executed);
  EXPECT_EQ(seen.answers[2].verdict, Verdict::not_found);
  EXPECT_TRUE(seen.requests.empty());
  const Seen simulated = check({{{http_answer(200, intent(our_id))}}}, {{pay, no_method}}, true);
  EXPECT_EQ(simulated.answers[0].verdict, Verdict::succeeded) << "the simulator has a default";
}

TEST(Stripe, RetrievesByReferenceWhereOneIsKnown) {
  Charge known = charge();
  known.gateway_reference = "pi_1";
  const Seen seen = check({{{http_answer(200, intent(our_id))}}}, {{find, known}});
  EXPECT_EQ(seen.answers[0].verdict, Verdict::succeeded) << seen.answers[0].evidence;
  EXPECT_TRUE(seen.requests[0].starts_with("GET /v1/payment_intents/pi_1 HTTP/1.1\r\n")) << seen.requests[0];
  EXPECT_EQ(seen.requests[0].find("Idempotency-Key"), std::string::npos);
}

TEST(Stripe, PagesThroughTheWindowOfTheFirstClaim) {
  const Script script = {{{http_answer(200, page({intent("x", "pi_9"), intent("y", "pi_8")}, true))},
                          {http_answer(200, page({intent(our_id, "pi_7")}, true))}}};
  const Seen seen = check(script, {{find, charge()}});
  EXPECT_EQ(seen.answers[0].verdict, Verdict::succeeded) << seen.answers[0].evidence;
  EXPECT_EQ(seen.answers[0].gateway_reference, "pi_7");
  ASSERT_GE(seen.requests.size(), 2u);
  const std::string window = "created%5Bgte%5D=1795654798&created%5Blte%5D=1795654805";
  EXPECT_TRUE(seen.requests[0].starts_with("GET /v1/payment_intents?limit=100&" + window + " "))
      << seen.requests[0];
  EXPECT_TRUE(
      seen.requests[1].starts_with("GET /v1/payment_intents?limit=100&" + window + "&starting_after=pi_8 "));
}

TEST(Stripe, LooksFurtherWhenTheNearWindowHasNothing) {
  const Script script = {
      {{http_answer(200, page({}, false))}, {http_answer(200, page({intent(our_id)}, false))}}};
  const Seen seen = check(script, {{find, charge()}});
  EXPECT_EQ(seen.answers[0].verdict, Verdict::succeeded);
  EXPECT_TRUE(seen.requests[1].starts_with("GET /v1/payment_intents?limit=100&created%5Bgte%5D=1795654680 "))
      << seen.requests[1];
}

TEST(Stripe, SaysNotFoundOnlyBehindAListThatWasReadToItsEnd) {
  const Exchange empty = {http_answer(200, page({}, false))};
  EXPECT_EQ(check({{empty, empty}}, {{find, charge()}}).answers[0].verdict, Verdict::not_found);
  const std::vector<Exchange> broken = {
      {http_answer(500, "")}, {http_answer(200, "<html>")}, {"", Then::reset}};
  for (const Exchange& exchange : broken)
    EXPECT_EQ(check({{empty, exchange}}, {{find, charge()}}).answers[0].verdict, Verdict::unknown);
}

TEST(Stripe, LooksSecondBySecondWhereABusyAccountHasTooManyInTheNearWindow) {
  std::vector<Exchange> script(limits::gateway_look_up_pages,
                               Exchange{http_answer(200, page({intent("x", "pi_9")}, true))});
  const Exchange nothing = {http_answer(200, page({}, false))};
  // The claim's own second and the five behind it, then the two before.
  script.insert(script.end(), 7, nothing);
  script.push_back({http_answer(200, page({intent(our_id, "pi_7")}, false))});
  const Seen seen = check({script}, {{find, charge()}});
  EXPECT_EQ(seen.answers[0].verdict, Verdict::succeeded) << seen.answers[0].evidence;
  ASSERT_EQ(seen.requests.size(), script.size());
  for (const auto& [place, second] : {std::pair(0, 800), {1, 801}, {5, 805}, {6, 799}, {7, 798}}) {
    const std::string window =
        fmt::format("created%5Bgte%5D=1795654{0}&created%5Blte%5D=1795654{0} ", second);
    const auto& request = seen.requests[limits::gateway_look_up_pages + static_cast<std::size_t>(place)];
    EXPECT_NE(request.find(window), std::string::npos) << request;
  }
}

TEST(Stripe, LooksAtEverySecondAlsoBehindAFind) {
  std::vector<Exchange> script(limits::gateway_look_up_pages,
                               Exchange{http_answer(200, page({intent("x", "pi_9")}, true))});
  const Exchange nothing = {http_answer(200, page({}, false))};
  script.push_back({http_answer(200, page({intent(our_id, "pi_1", "requires_payment_method")}, false))});
  script.insert(script.end(), 3, nothing);
  script.push_back({http_answer(200, page({intent("x", "pi_8"), intent(our_id, "pi_2")}, false))});
  script.insert(script.end(), 3, nothing);
  const Seen seen = check({script}, {{find, charge()}});
  EXPECT_EQ(seen.answers[0].verdict, Verdict::succeeded) << seen.answers[0].evidence;
  EXPECT_EQ(seen.answers[0].gateway_reference, "pi_2");
  EXPECT_TRUE(seen.answers[0].alarm) << "two payments of ours";
  EXPECT_EQ(seen.requests.size(), script.size());
}

TEST(Stripe, ADeclineIsOneOnlyWhenAllListsWereReadAndHoldNoSuccess) {
  const Exchange declined = {
      http_answer(200, page({intent(our_id, "pi_1", "requires_payment_method")}, false))};
  const Exchange both = {http_answer(
      200, page({intent(our_id, "pi_2"), intent(our_id, "pi_1", "requires_payment_method")}, false))};
  struct Case {
    Exchange far;
    Verdict verdict;
    bool alarm;
  };
  const std::vector<Case> cases = {{declined, Verdict::declined, false},
                                   {both, Verdict::succeeded, true},
                                   {{http_answer(500, "")}, Verdict::unknown, false},
                                   {{"", Then::reset}, Verdict::unknown, false}};
  for (const Case& one : cases) {
    const Seen seen = check({{declined, one.far}}, {{find, charge()}});
    EXPECT_EQ(static_cast<int>(seen.answers[0].verdict), static_cast<int>(one.verdict))
        << seen.answers[0].evidence;
    EXPECT_EQ(seen.answers[0].alarm, one.alarm) << seen.answers[0].evidence;
    EXPECT_EQ(seen.requests.size(), 2u);
  }
}

TEST(Stripe, SaysThatItDidNotLookAtEverything) {
  std::vector<Exchange> endless(500, Exchange{http_answer(200, page({intent("x", "pi_9")}, true))});
  const Seen seen = check({endless}, {{find, charge()}});
  EXPECT_EQ(seen.answers[0].verdict, Verdict::not_found);
  EXPECT_NE(seen.answers[0].evidence.find("there are more"), std::string::npos) << seen.answers[0].evidence;
  constexpr auto lists = 1u + 8u + 1u;  // the near window, its seconds, and everything since
  EXPECT_EQ(seen.requests.size(), lists * limits::gateway_look_up_pages);
}

TEST(Stripe, TwoPaymentsOfOursAreAnAlarm) {
  struct Case {
    std::string first, second;
    Verdict verdict;
  };
  const std::string refused = "requires_payment_method";
  const std::vector<Case> cases = {{"succeeded", "succeeded", Verdict::succeeded},
                                   {refused, "succeeded", Verdict::succeeded},
                                   {refused, refused, Verdict::declined},
                                   {refused, "processing", Verdict::unknown}};
  for (const Case& one : cases) {
    const std::string both =
        page({intent(our_id, "pi_2", one.second), intent(our_id, "pi_1", one.first)}, false);
    const Exchange list = {http_answer(200, both)};
    const Seen seen = check({{list, list}}, {{find, charge()}});
    EXPECT_EQ(static_cast<int>(seen.answers[0].verdict), static_cast<int>(one.verdict))
        << seen.answers[0].evidence;
    EXPECT_TRUE(seen.answers[0].alarm);
    EXPECT_NE(seen.answers[0].evidence.find("pi_2"), std::string::npos) << seen.answers[0].evidence;
  }
}

TEST(Stripe, CountsOnAKeyForLessThanTheGatewayKeepsIt) {
  Loop loop;
  const ManualClock clock;
  const Stripe stripe(loop.get_executor(), clock, {.base_url = "http://127.0.0.1:1", .api_key = "sk"});
  EXPECT_LT(stripe.key_life(), std::chrono::hours(24));
}

TEST(Stripe, RefusesAKeyThatIsNone) {
  Loop loop;
  const ManualClock clock;
  for (const char* key : {"", "sk test", "sk\r\nX: y", "sk\n"})
    EXPECT_THROW(Stripe(loop.get_executor(), clock, {.base_url = "http://127.0.0.1:1", .api_key = key}),
                 UsageError);
}

}  // namespace
}  // namespace bursar::gateway
