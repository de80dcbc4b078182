// The simulator as a gateway: what it promises must hold, or it proves nothing about Bursar.
#include "devtools/gateway_sim.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/error.hpp"
#include "base/json.hpp"
#include "simulated.hpp"

namespace bursar::testing {
namespace {

using gateway::Answer;
using gateway::Charge;
using gateway::Verdict;
using http::ClientResponse;

json::object object_of(const ClientResponse& response) {
  const auto parsed = json::parse(response.body);
  EXPECT_TRUE(parsed && parsed->is_object()) << response.body;
  return parsed && parsed->is_object() ? parsed->get_object() : json::object();
}

std::string error_code(const ClientResponse& response) {
  const json::object object = object_of(response);
  const auto* error = object.if_contains("error");
  if (error == nullptr) return "no error";
  const auto* code = error->as_object().if_contains("code");
  const auto* type = error->as_object().if_contains("type");
  return std::string(code != nullptr ? code->as_string() : type->as_string());
}

Task<ClientResponse> create(Simulated& simulated, std::string key, std::string body) {
  const http::ClientOptions to = {.base_url = simulated.url()};
  http::Client client(co_await asio::this_coro::executor, to);
  http::ClientRequest request;
  request.path = "/v1/payment_intents";
  request.headers = {{"Authorization", "Bearer sk_x"}, {"Idempotency-Key", std::move(key)}};
  request.content_type = "application/x-www-form-urlencoded";
  request.body = std::move(body);
  co_return co_await client.call(std::move(request), seconds(5));
}

const std::string plain = "amount=500&currency=eur&confirm=true&metadata[bursar_payment_id]=p1";

int charges_in(const std::filesystem::path& ledger) {
  int sum = 0;
  for (const auto& [payment, count] : count_ledger(ledger).charges) sum += count;
  return sum;
}

class Simulator : public ::testing::Test {
 protected:
  TemporaryFolder folder;
  std::filesystem::path ledger = folder.path() / "ledger.jsonl";
};

Task<> same_key_twice(Simulated& simulated) {
  const ClientResponse first = co_await create(simulated, "k", plain);
  const ClientResponse second = co_await create(simulated, "k", plain);
  EXPECT_EQ(first.status, 200) << first.body;
  EXPECT_EQ(second.body, first.body);
  EXPECT_EQ(first.header("Idempotent-Replayed"), std::nullopt);
  EXPECT_EQ(second.header("Idempotent-Replayed"), "true");
  const ClientResponse other = co_await create(simulated, "k", plain + "&description=x");
  EXPECT_EQ(other.status, 400);
  EXPECT_EQ(error_code(other), "idempotency_error");
  const ClientResponse other_key = co_await create(simulated, "k2", plain);
  EXPECT_EQ(other_key.status, 200);
  EXPECT_NE(other_key.body, first.body);
}

TEST_F(Simulator, AnswersAKeyOnceAndRefusesItForAnotherBody) {
  with_simulator(ledger, same_key_twice);
  EXPECT_EQ(charges_in(ledger), 2);
  EXPECT_EQ(count_ledger(ledger).creates["k"], 3) << "raw calls are kept apart from charges";
}

Task<> twenty_at_once(Simulated& simulated) {
  TaskGroup group(co_await asio::this_coro::executor);
  std::map<int, int> statuses;
  auto one = [](Simulated& used, std::map<int, int>& seen) -> Task<> {
    const ClientResponse response = co_await create(used, "k", "amount=20006&currency=eur&confirm=true");
    ++seen[response.status];
    if (response.status == 409) EXPECT_EQ(error_code(response), "idempotency_key_in_use");
  };
  for (int i = 0; i < 20; ++i) group.spawn("caller", one(simulated, statuses));
  co_await group.join();
  EXPECT_EQ(statuses[200], 1) << "the slow first call";
  EXPECT_EQ(statuses[409], 19);
}

TEST_F(Simulator, AKeyInUseIsAConflict) {
  with_simulator(ledger, twenty_at_once);
  EXPECT_EQ(charges_in(ledger), 1);
}

Task<> pay_once(Simulated& simulated, Charge& charge, Answer& answer) {
  if (charge.payment == PaymentId()) charge = simulated.payment(500);
  answer = co_await simulated.stripe().charge(charge);
}

TEST_F(Simulator, WritesTheMoneyDownAsItWasCharged) {
  Charge charge = {.payment = PaymentId(), .money = {1, *Currency::from_code("EUR")}};
  Answer answer;
  with_simulator(ledger, [&](Simulated& one) { return pay_once(one, charge, answer); });
  const devtools::GatewayLedger read = devtools::read_gateway_ledger(ledger);
  ASSERT_EQ(read.charges.size(), 1u);
  EXPECT_EQ(read.charges[0].amount, 500);
  EXPECT_EQ(read.charges[0].currency, "eur");
  EXPECT_EQ(read.charges[0].payment_id, charge.payment.text());
  EXPECT_EQ(read.charges[0].intent, answer.gateway_reference);
  ASSERT_EQ(read.creates.size(), 1u);
  EXPECT_EQ(read.creates[0].payment_id, charge.payment.text());
  EXPECT_LE(read.creates[0].at, read.charges[0].at);
}

TEST_F(Simulator, RemembersEverythingOverARestart) {
  Charge charge = {.payment = PaymentId(), .money = {1, *Currency::from_code("EUR")}};
  Answer before;
  Answer behind;
  Answer found;
  with_simulator(ledger, [&](Simulated& one) { return pay_once(one, charge, before); });
  const Instant claimed = instant_of(charge.payment.value);
  with_simulator(ledger, [&](Simulated& one) { return pay_once(one, charge, behind); });
  auto look = [](Simulated& one, Charge& wanted, Instant since, Answer& out) -> Task<> {
    out = co_await one.stripe().look_up(wanted, since);
  };
  with_simulator(ledger, [&](Simulated& one) { return look(one, charge, claimed, found); });
  EXPECT_EQ(before.verdict, Verdict::succeeded) << before.evidence;
  EXPECT_EQ(behind.verdict, Verdict::succeeded) << behind.evidence;
  EXPECT_EQ(behind.gateway_reference, before.gateway_reference);
  EXPECT_NE(behind.evidence.find("replayed"), std::string::npos) << behind.evidence;
  EXPECT_EQ(found.gateway_reference, before.gateway_reference);
  EXPECT_EQ(charges_in(ledger), 1);
}

TEST_F(Simulator, ChargesAgainOnceTheKeysLifeIsOver) {
  Charge charge = {.payment = PaymentId(), .money = {1, *Currency::from_code("EUR")}};
  Answer first;
  Answer again;
  auto forgetful = [](devtools::GatewaySimOptions& options) { options.key_life = seconds(0); };
  with_simulator(ledger, [&](Simulated& one) { return pay_once(one, charge, first); }, forgetful);
  with_simulator(ledger, [&](Simulated& one) { return pay_once(one, charge, again); }, forgetful);
  EXPECT_NE(again.gateway_reference, first.gateway_reference);
  EXPECT_EQ(count_ledger(ledger).charges[charge.payment.text()], 2);
}

TEST_F(Simulator, WithoutIdempotencyEveryCallCharges) {
  Charge charge = {.payment = PaymentId(), .money = {1, *Currency::from_code("EUR")}};
  Answer answer;
  Answer found;
  auto careless = [](devtools::GatewaySimOptions& options) { options.idempotent = false; };
  auto scenario = [](Simulated& one, Charge& wanted, Answer& paid, Answer& seen) -> Task<> {
    co_await pay_once(one, wanted, paid);
    co_await pay_once(one, wanted, paid);
    seen = co_await one.stripe().look_up(wanted, instant_of(wanted.payment.value));
  };
  with_simulator(ledger, [&](Simulated& one) { return scenario(one, charge, answer, found); }, careless);
  EXPECT_EQ(count_ledger(ledger).charges[charge.payment.text()], 2);
  EXPECT_EQ(found.verdict, Verdict::succeeded);
  EXPECT_TRUE(found.alarm) << "a look-up that sees two charges must say so";
}

Task<> lagging(Simulated& simulated) {
  const Charge charge = simulated.payment(500);
  const Instant claimed = simulated.now();
  const Answer paid = co_await simulated.stripe().charge(charge);
  EXPECT_EQ(paid.verdict, Verdict::succeeded);
  const Answer early = co_await simulated.stripe().look_up(charge, claimed);
  EXPECT_EQ(early.verdict, Verdict::not_found) << "the list lags: not found is not 'not charged'";
  const Answer resent = co_await simulated.stripe().charge(charge);
  EXPECT_EQ(resent.gateway_reference, paid.gateway_reference);
  const Answer late = co_await simulated.look_up_until_decided(charge, claimed);
  EXPECT_EQ(late.verdict, Verdict::succeeded) << late.evidence;
}

TEST_F(Simulator, ALaggingListChargesNobodyTwice) {
  with_simulator(ledger, lagging,
                 [](devtools::GatewaySimOptions& options) { options.look_up_lag = milliseconds(200); });
  EXPECT_EQ(charges_in(ledger), 1);
}

Task<> many(Simulated& simulated, int count) {
  TaskGroup group(co_await asio::this_coro::executor);
  std::vector<Charge> charges;
  for (int i = 0; i < count; ++i) charges.push_back(simulated.payment(1000 + i));
  const Instant claimed = simulated.now();
  int succeeded = 0;
  auto one = [](Simulated& used, const Charge& charge, int& good) -> Task<> {
    const Answer answer = co_await used.stripe().charge(charge);
    good += answer.verdict == Verdict::succeeded;
  };
  for (const Charge& charge : charges) group.spawn("caller", one(simulated, charge, succeeded));
  co_await group.join();
  EXPECT_EQ(succeeded, count);
  // The first one is on the last page.
  const Answer found = co_await simulated.stripe().look_up(charges.front(), claimed);
  EXPECT_EQ(found.verdict, Verdict::succeeded) << found.evidence;
  const ClientResponse calls = co_await simulated.ask("GET", "/_sim/calls");
  const json::object seen = object_of(calls);
  EXPECT_EQ(seen.at("creates").to_number<int>(), count);
  EXPECT_EQ(seen.at("look_ups").to_number<int>(), (count + 99) / 100);
  EXPECT_EQ(seen.at("charges").to_number<int>(), count);
}

TEST_F(Simulator, ListsPageByPageNewestFirst) {
  with_simulator(ledger, [](Simulated& simulated) { return many(simulated, 250); });
  const LedgerCounts counts = count_ledger(ledger);
  EXPECT_EQ(counts.charges.size(), 250u);
  for (const auto& [payment, count] : counts.charges) EXPECT_EQ(count, 1) << payment;
}

Task<> bad_requests(Simulated& simulated) {
  const std::vector<std::string> bodies = {"",
                                           "amount=0&currency=eur&confirm=true",
                                           "amount=-5&currency=eur&confirm=true",
                                           "amount=5.5&currency=eur&confirm=true",
                                           "amount=99999999999999999999&currency=eur&confirm=true",
                                           "amount=500&currency=EUR&confirm=true",
                                           "amount=500&currency=e&confirm=true",
                                           "amount=500&currency=eur",
                                           "amount=500&amount=600&currency=eur&confirm=true",
                                           "amount=500&currency=eur&confirm=true&x=%zz"};
  for (const std::string& body : bodies) {
    const ClientResponse response = co_await create(simulated, "bad", body);
    EXPECT_EQ(response.status, 400) << body;
    EXPECT_EQ(error_code(response), "invalid_request_error") << body;
  }
  const ClientResponse good = co_await create(simulated, "bad", plain);
  EXPECT_EQ(good.status, 200) << "a refused request is not stored under its key: " << good.body;
  for (const std::string path :
       {"/v1/payment_intents/pi_sim_00000000ffff", "/v1/payment_intents/xx", "/v1/other"})
    EXPECT_EQ((co_await simulated.ask("GET", path)).status, 404) << path;
  for (const std::string query :
       {"limit=0", "limit=101", "limit=x", "created%5Bgte%5D=x", "search=x", "starting_after=pi_x"})
    EXPECT_EQ((co_await simulated.ask("GET", "/v1/payment_intents?" + query)).status, 400) << query;
  for (const std::string body :
       {"", "[]", R"({"fault":"nonsense"})", R"({"fault":"timeout_after","count":0})",
        R"({"fault":"timeout_after","on":"never"})"})
    EXPECT_GE((co_await simulated.ask("POST", "/_sim/faults", body)).status, 400) << body;
}

TEST_F(Simulator, RefusesBadRequestsAndStoresNothing) {
  with_simulator(ledger, bad_requests);
  EXPECT_EQ(charges_in(ledger), 1);
}

Task<> only_with_its_key(Simulated& simulated) {
  const Answer answer = co_await simulated.stripe().charge(simulated.payment(500));
  EXPECT_EQ(answer.verdict, Verdict::not_executed);
  EXPECT_TRUE(answer.alarm);
  const Answer found = co_await simulated.stripe().look_up(simulated.payment(500), simulated.now());
  EXPECT_EQ(found.verdict, Verdict::unknown);
  EXPECT_TRUE(found.alarm);
}

TEST_F(Simulator, LetsOnlyItsOwnApiKeyIn) {
  with_simulator(ledger, only_with_its_key,
                 [](devtools::GatewaySimOptions& options) { options.api_key = "sk_other"; });
  EXPECT_EQ(charges_in(ledger), 0);
}

Task<> ordered_faults(Simulated& simulated) {
  co_await simulated.order("error_before", 2);
  co_await simulated.order("unavailable", 1, "look_up");
  const Charge charge = simulated.payment(500);
  const Answer first = co_await simulated.stripe().charge(charge);
  const Answer second = co_await simulated.stripe().charge(charge);
  const Answer found = co_await simulated.stripe().look_up(charge, simulated.now());
  const Answer third = co_await simulated.stripe().charge(charge);
  EXPECT_EQ(first.verdict, Verdict::unknown);
  EXPECT_EQ(second.verdict, Verdict::unknown);
  EXPECT_EQ(found.verdict, Verdict::unknown) << "a look-up that failed found nothing out";
  EXPECT_EQ(third.verdict, Verdict::succeeded);
  co_await simulated.order("error_before", 1000);
  co_await simulated.ask("DELETE", "/_sim/faults");
  EXPECT_EQ((co_await simulated.stripe().charge(simulated.payment(600))).verdict, Verdict::succeeded);
}

TEST_F(Simulator, PlaysOrderedFaultsSoOftenAndNoMore) { with_simulator(ledger, ordered_faults); }

TEST_F(Simulator, NamesALedgerItCannotRead) {
  Loop loop;
  const SystemClock clock;
  devtools::GatewaySimOptions options;
  options.listen = "127.0.0.1:0";
  options.ledger = folder.path() / "absent" / "ledger";
  EXPECT_THROW(devtools::GatewaySim(loop, clock, options), UsageError);
}

}  // namespace
}  // namespace bursar::testing
