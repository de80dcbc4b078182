#include "peers.hpp"

#include <signal.h>

#include <boost/asio/signal_set.hpp>

#include "base/log.hpp"
#include "base/task_group.hpp"
#include "devtools/gateway_sim.hpp"
#include "devtools/sinks.hpp"

namespace bursar {
namespace {

/// Runs the tasks until a signal, then lets them end.
Task<> until_signal(std::function<void()> stop, TaskGroup& tasks) {
  const auto executor = co_await asio::this_coro::executor;
  asio::signal_set signals(executor, SIGTERM, SIGINT);
  co_await signals.async_wait(asio::use_awaitable);
  stop();
  co_await tasks.join();
}

/// Owns the group and the waiting task on a loop of its own. The loop goes last: sockets and signals live on
/// it.
void run_loop(Loop& loop, TaskGroup& tasks, std::function<void()> stop) {
  TaskGroup waiting(loop.get_executor());
  waiting.spawn("signals", until_signal(std::move(stop), tasks));
  loop.run();
  log::flush();
}

}  // namespace

ExitCode gateway_sim_verb(const SimulatorArguments& arguments) {
  Loop loop(1);
  const SystemClock clock;
  devtools::GatewaySimOptions options;
  options.listen = arguments.listen;
  options.ledger = arguments.ledger;
  options.api_key = arguments.api_key;
  options.idempotent = !arguments.ignore_keys;
  devtools::GatewaySim simulator(loop, clock, options);
  log::info("gateway_sim_ready", {{"url", simulator.url()}, {"ledger", arguments.ledger.string()}});
  TaskGroup tasks(loop.get_executor());
  tasks.spawn("gateway simulator", simulator.run());
  run_loop(loop, tasks, [&simulator] { simulator.stop(); });
  return ExitCode::ok;
}

ExitCode devtools_verb(const DevtoolsArguments& arguments) {
  Loop loop(1);
  const SystemClock clock;
  devtools::GatewaySimOptions gateway;
  gateway.listen = arguments.gateway_listen;
  gateway.ledger = arguments.folder / "gateway-ledger.jsonl";
  devtools::SinksOptions sinks;
  sinks.smtp_listen = arguments.smtp_listen;
  sinks.http_listen = arguments.sinks_listen;
  sinks.mail_ledger = arguments.folder / "mail-ledger.jsonl";
  sinks.sms_ledger = arguments.folder / "sms-ledger.jsonl";
  devtools::GatewaySim simulator(loop, clock, gateway);
  devtools::Sinks sink(loop, clock, sinks);
  log::info("devtools_ready", {{"gateway", simulator.url()},
                               {"smtp", sink.smtp_url()},
                               {"sms", sink.sms_url()},
                               {"read", sink.read_url()}});
  TaskGroup tasks(loop.get_executor());
  tasks.spawn("gateway simulator", simulator.run());
  tasks.spawn("sinks", sink.run());
  run_loop(loop, tasks, [&] {
    simulator.stop();
    sink.stop();
  });
  return ExitCode::ok;
}

}  // namespace bursar
