#include "simulated.hpp"

#include <stdlib.h>

namespace bursar::testing {

TemporaryFolder::TemporaryFolder() {
  std::string name = std::filesystem::temp_directory_path() / "bursar-gateway-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a temporary folder");
  path_ = name;
}

LedgerCounts count_ledger(const std::filesystem::path& file) {
  LedgerCounts counts;
  const devtools::GatewayLedger ledger = devtools::read_gateway_ledger(file);
  for (const devtools::LedgerCharge& charge : ledger.charges) ++counts.charges[charge.payment_id];
  for (const devtools::LedgerCall& call : ledger.creates) {
    ++counts.creates[call.key];
    counts.bodies[call.key].insert(call.fingerprint);
  }
  return counts;
}

Simulated::Simulated(Loop& loop, const std::filesystem::path& ledger,
                     const std::function<void(devtools::GatewaySimOptions&)>& change, milliseconds deadline)
    : tasks_(loop.get_executor()) {
  devtools::GatewaySimOptions options;
  options.listen = "127.0.0.1:0";
  options.ledger = ledger;
  options.hold = hold;
  options.slow = milliseconds(250);
  options.settle_after = milliseconds(50);
  if (change) change(options);
  simulator_ = std::make_unique<devtools::GatewaySim>(loop, clock_, options);
  gateway::StripeOptions stripe;
  stripe.base_url = url();
  stripe.api_key = "sk_test_simulator";
  stripe.simulator = true;
  stripe.connections = 64;
  stripe.deadline = deadline;
  stripe_ = std::make_unique<gateway::Stripe>(loop.get_executor(), clock_, stripe);
  side_door_ = std::make_unique<http::Client>(loop.get_executor(), http::ClientOptions{.base_url = url()});
  tasks_.spawn("simulator", simulator_->run());
}

gateway::Charge Simulated::payment(std::int64_t minor, std::string_view currency) {
  return {.payment = PaymentId(time_ordered_uuid(clock_.now(), random_)),
          .money = {minor, *Currency::from_code(currency)},
          .description = "two tickets",
          .metadata = R"({"order":"7"})"};
}

Task<http::ClientResponse> Simulated::ask(std::string method, std::string path, std::string body) {
  http::ClientRequest request;
  request.method = std::move(method);
  request.path = std::move(path);
  request.headers = {{"Authorization", "Bearer sk_test_simulator"}};
  request.content_type =
      request.path.starts_with("/_sim/") ? "application/json" : "application/x-www-form-urlencoded";
  request.body = std::move(body);
  request.max_answer_bytes = 8 * 1024 * 1024;
  co_return co_await side_door_->call(std::move(request), seconds(10));
}

Task<> Simulated::order(std::string fault, int count, std::string on) {
  std::string body = fmt::format(R"({{"fault":"{}","count":{},"on":"{}"}})", fault, count, on);
  const http::ClientResponse response = co_await ask("POST", "/_sim/faults", std::move(body));
  EXPECT_EQ(response.status, 200) << response.body;
}

Task<gateway::Answer> Simulated::look_up_until_decided(gateway::Charge charge, Instant first_claimed_at) {
  gateway::Answer answer;
  for (int step = 0; step < 100; ++step) {
    answer = co_await stripe_->look_up(charge, first_claimed_at);
    if (answer.verdict != gateway::Verdict::unknown && answer.verdict != gateway::Verdict::not_found) break;
    co_await pause(milliseconds(10));
  }
  co_return answer;
}

Task<> Simulated::stop() {
  side_door_->close();
  tasks_.cancel();  // at once: the connections of a scenario that is over wait for nothing
  co_await tasks_.join();
}

namespace {

Task<> play(Simulated& simulated, const std::function<Task<>(Simulated&)>& scenario,
            std::exception_ptr& failure) {
  try {
    co_await scenario(simulated);
  } catch (...) {
    failure = std::current_exception();
  }
  co_await simulated.stop();
}

}  // namespace

void with_simulator(const std::filesystem::path& ledger, const std::function<Task<>(Simulated&)>& scenario,
                    const std::function<void(devtools::GatewaySimOptions&)>& change, milliseconds deadline) {
  Loop loop(1);
  Simulated simulated(loop, ledger, change, deadline);
  TaskGroup group(loop.get_executor());
  std::exception_ptr failure;
  group.spawn("scenario", play(simulated, scenario, failure));
  loop.run();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace bursar::testing
