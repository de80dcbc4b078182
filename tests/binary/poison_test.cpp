// A payment that kills every executor that charges it, among others that do not. The gateway in front of the
// simulator pulls the trigger: SIGKILL, in the middle of the call.
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <thread>

#include "base/task_group.hpp"
#include "http/client.hpp"
#include "http/server.hpp"
#include "testing/load.hpp"
#include "testing/postgres.hpp"
#include "tests/binary/peers.hpp"
#include "tests/binary/settings.hpp"

namespace bursar::testing {
namespace {

constexpr std::size_t payments = 120;
constexpr int crash_limit = 5;  // queues.crash_limit

/// Hands everything on to the simulator, except a create that names the poison: that kills whoever sent it.
/// It waits with the answers until the poison has struck once, so that all others are in the same process's
/// hands then.
class DeadlyGateway {
 public:
  DeadlyGateway(std::string upstream, std::string poison)
      : poison_(std::move(poison)),
        struck_(loop_.get_executor()),
        upstream_(loop_.get_executor(), {.base_url = std::move(upstream), .connections = 64}),
        server_(loop_, {.listen = "127.0.0.1:0"},
                [this](const http::Request& request) { return answer(request); }),
        tasks_(loop_.get_executor()) {
    tasks_.spawn("gateway", server_.run());
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~DeadlyGateway() {
    asio::post(loop_, [this] {
      struck_.set();
      server_.stop();
      upstream_.close();
    });
    thread_.join();
  }
  DeadlyGateway(const DeadlyGateway&) = delete;
  DeadlyGateway& operator=(const DeadlyGateway&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }
  /// Whom it kills.
  void aim(pid_t process) { target_ = process; }
  int kills() const { return kills_; }

 private:
  Task<http::Response> answer(const http::Request& request) {
    if (request.method == "POST" && request.body.find(poison_) != std::string_view::npos) {
      ::kill(target_, SIGKILL);
      ++kills_;
      struck_.set();
      http::Response nothing;
      nothing.reset = true;
      co_return nothing;
    }
    http::ClientRequest onward;
    onward.method = request.method;
    onward.path = request.target;
    for (const char* name : {"Authorization", "Idempotency-Key", "Stripe-Version"})
      if (const auto value = request.header(name)) onward.headers.emplace_back(name, *value);
    onward.content_type = request.header("Content-Type").value_or("");
    onward.body = request.body;
    onward.max_answer_bytes = limits::gateway_page_bytes;
    co_await struck_.wait();
    co_return co_await hand_on(std::move(onward));
  }

  Task<http::Response> hand_on(http::ClientRequest onward) {
    auto said = co_await upstream_.call(std::move(onward), limits::outbound_deadline);
    http::Response response;
    response.status = said.status;
    response.content_type = said.header("Content-Type").value_or("");
    response.body = std::move(said.body);
    co_return response;
  }

  Loop loop_{1};
  std::string poison_;
  Event struck_;
  http::Client upstream_;
  http::Server server_;
  TaskGroup tasks_;
  std::atomic<pid_t> target_{-1};
  std::atomic<int> kills_{0};
  std::thread thread_;
};

std::vector<Acknowledged> accept_all(const store::DatabaseOptions& database) {
  Server api("api", serve_environment(database));
  api.wait_until_ready();
  LoadOptions load;
  load.urls = {api.url()};
  load.authorization = bearer(customer, "customer");
  load.payments = payments;
  load.connections = payments;
  load.wanted = [](std::size_t number) {
    return Wanted{.key = "k" + std::to_string(number), .user_id = customer, .amount = 1234};
  };
  return Load(load).finish().acknowledged;
}

TEST(Poison, OneThatKillsItsExecutorEachTimeParksAloneAndEverybodyElseIsPaid) {
  const TestDatabase database;
  const TemporaryFolder folder("ledgers");
  const Peers peers(folder.path());
  const auto accepted = accept_all(database.options());
  ASSERT_EQ(accepted.size(), payments);
  const std::string poison = accepted[payments / 2].id;
  DeadlyGateway gateway(peers.gateway_url(), poison);
  const auto environment = serve_environment(database.options(), {{"BURSAR_GATEWAY_URL", gateway.url()}});
  std::unique_ptr<Server> executor;
  int deaths = 0;
  const auto is_over = [&] {
    if (executor == nullptr || executor->process().has_ended()) {
      if (executor != nullptr) ++deaths;
      executor = std::make_unique<Server>("executor", environment);
      gateway.aim(executor->process().pid());
    }
    return database.value("SELECT count(*) FROM events WHERE type = 'succeeded'") ==
               std::to_string(payments - 1) &&
           database.value("SELECT count(*) FROM messages WHERE due_at = 'infinity'") == "1";
  };
  EXPECT_TRUE(eventually(is_over, std::chrono::seconds(120)));
  EXPECT_EQ(gateway.kills(), crash_limit);
  EXPECT_EQ(deaths, crash_limit);
  EXPECT_EQ(database.value("SELECT payment_id FROM payments WHERE pending_reason = 'parked'"), poison);
  EXPECT_GE(
      std::stoi(database.value("SELECT count(DISTINCT payment_id) FROM journal WHERE entry = 'taken over'")),
      static_cast<int>(payments) / 2)
      << "the others were in the hands of the killed one too";
  EXPECT_EQ(database.value("SELECT count(*) FROM messages"), "1");
  EXPECT_EQ(database.value("SELECT count(*) FROM dead_letters"), "0");
  const auto charges = charges_in(folder.path());
  EXPECT_EQ(charges.size(), payments - 1);
  EXPECT_FALSE(charges.contains(poison));
  for (const auto& [id, times] : charges) EXPECT_EQ(times, 1) << id;
}

}  // namespace
}  // namespace bursar::testing
