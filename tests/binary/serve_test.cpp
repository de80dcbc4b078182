// `bursar serve` as an operator meets it: start, health, end, a database that goes away.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "base/json.hpp"
#include "testing/postgres.hpp"
#include "tests/binary/settings.hpp"

namespace bursar::testing {
namespace {

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST(Serve, AcceptsAPaymentAndEndsWithZeroOnSigterm) {
  const TestDatabase database;
  Server server("api,ops", serve_environment(database.options()));
  server.wait_until_ready();
  const Reply accepted = server.pay("key-1");
  EXPECT_EQ(accepted.status, 202) << accepted.body;
  EXPECT_EQ(accepted.text("status"), "PENDING");
  EXPECT_EQ(accepted.header("Location"), "/payments/" + accepted.text("id"));
  const Reply again = server.pay("key-1");
  EXPECT_EQ(again.text("id"), accepted.text("id"));
  EXPECT_EQ(again.header("Idempotent-Replayed"), "true");
  EXPECT_EQ(database.value("SELECT count(*) FROM payment_intents"), "1");
  server.process().signal(SIGTERM);
  EXPECT_EQ(server.process().wait().code, 0);
}

TEST(Serve, AnswersHealthAndMetricsOnTheOperationsListenerOnly) {
  const TestDatabase database;
  Server server("api", serve_environment(database.options()));
  server.wait_until_ready();
  EXPECT_EQ(request(server.ops_url(), "GET", "/livez").text("status"), "live");
  EXPECT_EQ(request(server.ops_url(), "GET", "/readyz").text("status"), "ready");
  EXPECT_EQ(request(server.ops_url(), "GET", "/payments").status, 404) << "without role ops";
  EXPECT_EQ(request(server.url(), "GET", "/metrics").status, 404);
  EXPECT_EQ(server.pay("k").status, 202);
  const auto counted = [&] {
    return contains(request(server.ops_url(), "GET", "/metrics").body,
                    "\nbursar_payments_accepted_total 1\n");
  };
  EXPECT_TRUE(eventually(counted));
  const Reply metrics = request(server.ops_url(), "GET", "/metrics");
  EXPECT_TRUE(contains(metrics.body, "\nbursar_ready 1\n")) << metrics.body;
}

TEST(Serve, HasThePublicRoutesOnTheOperationsListenerWithRoleOps) {
  const TestDatabase database;
  Server server("ops", serve_environment(database.options()));
  server.wait_until_ready();
  EXPECT_EQ(server.url(), "");
  EXPECT_EQ(request(server.ops_url(), "GET", "/payments").status, 401);
  EXPECT_EQ(
      request(server.ops_url(), "GET", "/payments", {{"Authorization", bearer(analyst, "support")}}).status,
      200);
}

TEST(Serve, AnswersOnTheOperationsListenerToHostsOfItsOwnOnly) {
  const TestDatabase database;
  Server server("api,ops",
                serve_environment(database.options(), {{"BURSAR_OPS_HOSTS", "bursar,ops.example.test"}}));
  server.wait_until_ready();
  const auto ask = [](const std::string& url, std::string_view path, std::string_view host) {
    return answer_to(url,
                     fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", path, host));
  };
  for (const char* path : {"/livez", "/metrics", "/payments", "/ops/audit", "/unknown"})
    for (const char* host : {"evil.test", "127.0.0.1.evil.test", "bursar.evil.test:8001"}) {
      const std::string refused = ask(server.ops_url(), path, host);
      EXPECT_TRUE(refused.starts_with("HTTP/1.1 421 ")) << host << path << refused;
      EXPECT_TRUE(contains(refused, R"("code":"misdirected_request")")) << refused;
    }
  for (const char* host : {"localhost:1", "[::1]", "10.0.0.7:8001", "BURSAR:8001", "ops.example.test"})
    EXPECT_TRUE(ask(server.ops_url(), "/livez", host).starts_with("HTTP/1.1 200 ")) << host;
  // The public listener stands behind load balancers of any name.
  EXPECT_TRUE(ask(server.url(), "/livez", "shop.example.test").starts_with("HTTP/1.1 200 "));
}

TEST(Serve, RefusesATakenPortWithOneClearMessage) {
  const TestDatabase database;
  Server first("api", serve_environment(database.options()));
  const std::string taken = first.url().substr(7);
  for (const char* name : {"BURSAR_LISTEN", "BURSAR_OPS_LISTEN"}) {
    const Finished second =
        run_binary({"serve", "--role", "api"}, serve_environment(database.options(), {{name, taken}}));
    EXPECT_EQ(second.code, 2) << name;
    EXPECT_TRUE(contains(second.err, "bursar: ")) << second.err;
    EXPECT_TRUE(contains(second.err, taken)) << second.err;
  }
}

TEST(Serve, AsksForMigrateWhenThereIsNoSchema) {
  TestCluster cluster;
  store::DatabaseOptions database{.url = cluster.url()};
  const Environment environment = serve_environment(database);
  const Finished refused = run_binary({"serve", "--role", "api"}, environment);
  EXPECT_EQ(refused.code, 7);
  EXPECT_TRUE(contains(refused.err, "bursar migrate")) << refused.err;
  const Finished migrated = run_binary({"migrate"}, environment);
  EXPECT_EQ(migrated.code, 0) << migrated.err;
  EXPECT_TRUE(contains(migrated.out, "applied 0001_schema")) << migrated.out;
  const Finished again = run_binary({"migrate"}, environment);
  EXPECT_EQ(again.code, 0);
  EXPECT_TRUE(contains(again.out, "as before")) << again.out;
  Server server("api", environment);
  server.wait_until_ready();
  EXPECT_EQ(server.pay("k").status, 202);
}

TEST(Serve, StaysUpWithoutADatabaseAnswers503AndRecovers) {
  TestCluster cluster;
  const TestDatabase database(cluster.url());
  cluster.stop("fast");
  Server server("api,executor,notifier,scheduler,ops", serve_environment(database.options()));
  EXPECT_EQ(request(server.ops_url(), "GET", "/livez").status, 200);
  EXPECT_EQ(request(server.ops_url(), "GET", "/readyz").status, 503);
  const auto start = std::chrono::steady_clock::now();
  const Reply away = server.pay("k");
  EXPECT_EQ(away.status, 503) << away.body;
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
  EXPECT_EQ(away.header("Content-Type"), "application/problem+json");
  EXPECT_GE(std::stoi(away.header("Retry-After")), 1);
  cluster.start();
  server.wait_until_ready();
  EXPECT_EQ(server.pay("k").status, 202);
  cluster.stop("immediate");
  wait_for_status(server.ops_url(), "/readyz", 503);
  EXPECT_EQ(server.pay("k2").status, 503);
  cluster.start();
  server.wait_until_ready();
  EXPECT_EQ(server.pay("k2").status, 202);
  server.process().signal(SIGTERM);
  EXPECT_EQ(server.process().wait().code, 0);
}

TEST(Serve, EndsOnSigtermAlsoWhileTheDatabaseIsAway) {
  TestCluster cluster;
  const TestDatabase database(cluster.url());
  Server server("api,executor,notifier,scheduler,ops", serve_environment(database.options()));
  server.wait_until_ready();
  cluster.stop("immediate");
  wait_for_status(server.ops_url(), "/readyz", 503);
  server.process().signal(SIGTERM);
  EXPECT_EQ(server.process().wait().code, 0);
  cluster.start();  // the test's database is dropped there
}

TEST(Serve, LogsJsonLinesWithoutTokens) {
  const TestDatabase database;
  Server server("api", serve_environment(database.options(), {{"BURSAR_LOG_LEVEL", "debug"}}));
  server.wait_until_ready();
  EXPECT_EQ(server.pay("k").status, 202);
  const std::string authorization = bearer(customer, "customer");
  EXPECT_EQ(request(server.url(), "GET", "/payments", {{"Authorization", authorization + "x"}}).status, 401);
  server.process().signal(SIGTERM);
  const Finished end = server.process().wait();
  EXPECT_EQ(end.code, 0);
  EXPECT_FALSE(contains(end.err, "eyJ")) << end.err;
  for (std::size_t begin = 0; begin < end.err.size();) {
    const std::size_t line_end = end.err.find('\n', begin);
    ASSERT_NE(line_end, std::string::npos);
    const std::string line = end.err.substr(begin, line_end - begin);
    begin = line_end + 1;
    const auto parsed = json::parse(line);
    EXPECT_TRUE(parsed && parsed->is_object()) << line;
  }
}

TEST(Serve, LogsNoCardNumberWhereverItCameIn) {
  const TestDatabase database;
  Server server("api", serve_environment(database.options(), {{"BURSAR_LOG_LEVEL", "debug"}}));
  server.wait_until_ready();
  const std::string authorization = bearer(customer, "customer");
  const auto get = [&](const std::string& target, const std::string& request_id) {
    return request(server.url(), "GET", target,
                   {{"Authorization", authorization}, {"X-Request-Id", request_id}})
        .status;
  };
  EXPECT_EQ(server.pay("4111111111111111").status, 400);
  EXPECT_EQ(get("/payments", "4111111111111111"), 200);
  EXPECT_EQ(get("/payments?reference=4111111111111111", "r-1"), 422);
  EXPECT_EQ(get("/payments/4111111111111111", "r-2"), 404);
  EXPECT_EQ(get("/payments/4111-1111-1111-1111/timeline", "r-3"), 404);
  EXPECT_EQ(get("/payments/411111111111111%31", "r-4"), 404);
  EXPECT_EQ(get("/4111%201111%201111%201111", "r-5"), 404);
  server.process().signal(SIGTERM);
  const Finished end = server.process().wait();
  EXPECT_EQ(end.code, 0);
  EXPECT_TRUE(contains(end.err, "r-5")) << "requests are not logged at all: " << end.err;
  EXPECT_FALSE(contains(end.err, "4111")) << end.err;
}

}  // namespace
}  // namespace bursar::testing
