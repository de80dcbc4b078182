// One Idempotency-Key, two hundred callers, two processes.
#include <gtest/gtest.h>

#include <set>

#include "base/json.hpp"
#include "http/client.hpp"
#include "testing/postgres.hpp"
#include "testing/run.hpp"
#include "tests/binary/settings.hpp"

namespace bursar::testing {
namespace {

constexpr std::size_t callers = 200;
const std::string body =
    R"({"user_id":"0192f0c1-7b1e-7c3a-8f00-0123456789ab","amount":1234,"currency":"EUR",)"
    R"("reference":"order-7","metadata":{"cart":"42"}})";

Task<> pay(http::Client& api, std::string authorization, std::vector<http::ClientResponse>& answers) {
  http::ClientRequest request;
  request.path = "/payments";
  request.headers = {{"Authorization", std::move(authorization)}, {"Idempotency-Key", "the-only-key"}};
  request.content_type = "application/json";
  request.body = body;
  answers.push_back(co_await api.call(std::move(request), limits::outbound_deadline));
}

/// Half of the callers at each process, all at once, each on a connection of its own.
Task<> pay_all(std::string first, std::string second, std::vector<http::ClientResponse>& answers) {
  const auto executor = co_await asio::this_coro::executor;
  http::ClientOptions to_first{.base_url = std::move(first), .connections = callers / 2};
  http::ClientOptions to_second{.base_url = std::move(second), .connections = callers / 2};
  http::Client one(executor, std::move(to_first)), other(executor, std::move(to_second));
  TaskGroup group(executor);
  const std::string authorization = bearer(customer, "customer");
  for (std::size_t i = 0; i < callers; ++i)
    group.spawn("caller", pay(i % 2 == 0 ? one : other, authorization, answers));
  co_await group.join();
}

TEST(OneKey, TwoHundredCallsAtTwoProcessesAreOnePayment) {
  const TestDatabase database;
  Server first("api", serve_environment(database.options()));
  Server second("api", serve_environment(database.options()));
  first.wait_until_ready();
  second.wait_until_ready();
  std::vector<http::ClientResponse> answers;
  run(pay_all(first.url(), second.url(), answers));
  ASSERT_EQ(answers.size(), callers);
  std::set<std::string> promised;
  std::size_t created = 0;
  for (const auto& answer : answers) {
    EXPECT_EQ(answer.status, 202) << answer.body;
    const auto parsed = json::parse(answer.body);
    ASSERT_TRUE(parsed && parsed->is_object()) << answer.body;
    std::string said = answer.header("Location").value_or("nowhere");
    for (const char* member : {"id", "user_id", "amount", "currency", "created_at", "reference", "metadata"})
      said += " " + json::to_text(parsed->at(member));
    promised.insert(said);
    if (!answer.header("Idempotent-Replayed")) ++created;
  }
  EXPECT_EQ(promised.size(), 1U) << *promised.begin() << "\n" << *promised.rbegin();
  EXPECT_EQ(created, 1U) << "all others are replays and say so";
  EXPECT_EQ(database.value("SELECT count(*) FROM payment_intents"), "1");
  EXPECT_EQ(database.value("SELECT sum(cardinality(items)) FROM chunks"), "1");
}

}  // namespace
}  // namespace bursar::testing
