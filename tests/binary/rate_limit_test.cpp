// One budget over all loops of a process.
#include <gtest/gtest.h>

#include <map>

#include "http/client.hpp"
#include "testing/postgres.hpp"
#include "testing/run.hpp"
#include "tests/binary/settings.hpp"

namespace bursar::testing {
namespace {

constexpr std::size_t callers = 80;

Task<> pay(http::Client& api, std::string authorization, std::size_t number,
           std::map<int, std::size_t>& answers) {
  http::ClientRequest request;
  request.path = "/payments";
  request.headers = {{"Authorization", std::move(authorization)},
                     {"Idempotency-Key", fmt::format("k-{}", number)}};
  request.content_type = "application/json";
  request.body = fmt::format(R"({{"user_id":"{}","amount":1234,"currency":"EUR"}})", customer);
  const auto answer = co_await api.call(std::move(request), limits::outbound_deadline);
  ++answers[answer.status];
}

/// All at once, each on a connection of its own; the kernel spreads them over the loops.
Task<> pay_all(std::string url, std::map<int, std::size_t>& answers) {
  const auto executor = co_await asio::this_coro::executor;
  http::ClientOptions options{.base_url = std::move(url), .connections = callers};
  http::Client api(executor, std::move(options));
  TaskGroup group(executor);
  const std::string authorization = bearer(customer, "customer");
  for (std::size_t i = 0; i < callers; ++i) group.spawn("caller", pay(api, authorization, i, answers));
  co_await group.join();
}

TEST(RateLimitOfAProcess, IsOneBudgetOverAllItsLoops) {
  const TestDatabase database;
  Server server("api", serve_environment(database.options(), {{"BURSAR_API_LOOPS", "4"},
                                                              {"BURSAR_RATE_LIMIT", "create=1/h:20"}}));
  server.wait_until_ready();
  std::map<int, std::size_t> answers;
  run(pay_all(server.url(), answers));
  EXPECT_EQ(answers, (std::map<int, std::size_t>{{202, 20}, {429, callers - 20}}));
  EXPECT_EQ(database.value("SELECT count(*) FROM payment_intents"), "20");
  const std::string metrics = request(server.ops_url(), "GET", "/metrics").body;
  EXPECT_NE(metrics.find(fmt::format("bursar_rate_limited_total{{class=\"create\"}} {}\n", callers - 20)),
            std::string::npos)
      << metrics;
}

TEST(RateLimitOfAProcess, IsOnUnlessItIsTurnedOff) {
  const TestDatabase database;
  for (const auto& [setting, policy] :
       {std::pair("", R"("create";q=500;w=10)"), std::pair("read=1/s", R"("create";q=500;w=10)"),
        std::pair("off", "")}) {
    Server server("api", serve_environment(database.options(), {{"BURSAR_RATE_LIMIT", setting}}));
    server.wait_until_ready();
    EXPECT_EQ(server.pay(fmt::format("k{}", setting)).header("RateLimit-Policy"), policy) << setting;
  }
}

}  // namespace
}  // namespace bursar::testing
