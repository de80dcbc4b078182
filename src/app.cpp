#include "app.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <boost/asio/signal_set.hpp>

#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/log.hpp"
#include "http/listener.hpp"

namespace bursar {
namespace {

std::unique_ptr<WorkerThread> make_worker(const Config& config, const ServeRoles& roles,
                                          ProcessState& state) {
  if (!roles.executor && !roles.notifier && !roles.scheduler) return nullptr;
  return std::make_unique<WorkerThread>(config, roles, state);
}

/// Tells the executor of this process, if there is one, of new payments; another process polls.
std::function<void()> waker(const std::unique_ptr<WorkerThread>& worker, const ServeRoles& roles) {
  if (worker == nullptr || !roles.executor) return {};
  return [target = worker.get()] { target->wake(); };
}

std::string names_of(const ServeRoles& roles) {
  std::string names;
  const auto add = [&names](bool has, std::string_view name) {
    if (has) names += (names.empty() ? "" : ",") + std::string(name);
  };
  add(roles.api, "api");
  add(roles.executor, "executor");
  add(roles.notifier, "notifier");
  add(roles.scheduler, "scheduler");
  add(roles.ops, "ops");
  return names;
}

/// The address with the port that was really bound.
std::string bound_address(const std::string& listen, std::uint16_t port) {
  return fmt::format("{}:{}", listen.substr(0, listen.rfind(':')), port);
}

/// Null without a certificate. Throws UsageError when it cannot be used.
Tls load_tls(const Config& config) {
  if (!config.has_tls()) return nullptr;
  auto tls = std::make_shared<const http::TlsIdentity>(config.tls, SystemClock().now());
  log::info("certificate_read", {{"subject", tls->subject()}, {"expires", to_rfc3339(tls->expires())}});
  return tls;
}

void warn_when_plain(const Tls& tls, const std::string& listen) {
  if (tls || http::is_loopback(listen)) return;
  log::warning("listener_without_tls",
               {{"listen", listen},
                {"next",
                 "set BURSAR_TLS_CERTIFICATE_FILE and BURSAR_TLS_KEY_FILE, or let only a proxy that "
                 "speaks TLS reach it"}});
}

[[noreturn]] void end_at_once(std::string_view reason, int code) {
  log::write_now(log::Level::error, "ended_at_once", {{"reason", reason}});
  ::_exit(code);
}

}  // namespace

App::App(Loop& loop, const Config& config, const ServeRoles& roles)
    : loop_(loop),
      config_(config),
      roles_(roles),
      tls_(load_tls(config)),
      state_(config.rates),
      identity_(loop, config, roles.api || roles.ops),
      worker_(make_worker(config, roles, state_)),
      operations_(loop, config, roles.ops, state_, identity_, waker(worker_, roles), tls_),
      threads_ended_(loop.get_executor()),
      watchdogs_(loop.get_executor()) {
  if (roles.api || roles.ops) state_.follow(identity_.watch());
  warn_when_plain(tls_, config.ops_listen);
  if (!roles.api) return;
  warn_when_plain(tls_, config.listen);
  std::string listen = config.listen;
  for (std::size_t i = 0; i < config.api_loops; ++i) {
    api_loops_.push_back(std::make_unique<ApiLoop>(config, listen, config.api_loops > 1, state_, identity_,
                                                   waker(worker_, roles), tls_));
    // With port 0 the first loop chose one for all.
    listen = bound_address(config.listen, api_loops_.front()->port());
  }
}

void App::start() {
  const auto ended = [this] { asio::post(loop_, [this] { thread_ended(); }); };
  threads_running_ = api_loops_.size() + (worker_ ? 1 : 0);
  if (threads_running_ == 0) threads_ended_.set();
  watchdogs_.spawn("reload", reload_when_told());
  identity_.start();
  operations_.start();
  if (worker_) worker_->start(ended);
  for (const auto& api : api_loops_) api->start(ended);
  say_what_runs();
}

void App::say_what_runs() const {
  const std::string public_address =
      api_loops_.empty() ? "" : bound_address(config_.listen, api_loops_.front()->port());
  // At every level: whoever started this waits for the line, `bursar up` among them.
  log::write_now(log::Level::info, "serving",
                 {{"roles", names_of(roles_)},
                  {"listen", public_address},
                  {"ops_listen", bound_address(config_.ops_listen, operations_.port())},
                  {"tls", tls_ != nullptr},
                  {"api_loops", api_loops_.size()},
                  {"pid", ::getpid()}});
}

void App::thread_ended() {
  if (--threads_running_ == 0) threads_ended_.set();
}

Task<> App::run() {
  start();
  co_await wait_for_signal();
  co_await drain();
}

Task<> App::wait_for_signal() {
  asio::signal_set signals(loop_, SIGTERM, SIGINT);
  const int number = co_await signals.async_wait(asio::use_awaitable);
  log::info("draining", {{"signal", number == SIGTERM ? "SIGTERM" : "SIGINT"}});
}

Task<> App::reload_when_told() {
  asio::signal_set hangup(loop_, SIGHUP);
  while (true) {
    co_await hangup.async_wait(asio::use_awaitable);
    reload();
  }
}

void App::reload() {
  if (!tls_) return log::info("reload_ignored", {{"reason", "there is no certificate to read again"}});
  try {
    tls_ = load_tls(config_);
  } catch (const UsageError& error) {
    return log::error("reload_failed",
                      {{"reason", error.what()}, {"next", "the certificate read before stays in use"}});
  }
  operations_.present(tls_);
  for (const auto& api : api_loops_) api->present(tls_);
}

Task<> App::end_at_once_if_late() {
  asio::signal_set signals(loop_, SIGTERM, SIGINT);
  signals.async_wait([](const boost::system::error_code& error, int) {
    if (!error) end_at_once("a second signal", 130);
  });
  co_await pause(limits::drain_deadline + limits::exit_slack);
  end_at_once("the drain took too long", 1);
}

Task<> App::drain() {
  state_.begin_draining();
  watchdogs_.spawn("watchdog", end_at_once_if_late());
  const Monotonic end = std::chrono::steady_clock::now() + limits::drain_deadline;
  // All at once: what the API has accepted is safe in the database, whoever executes it.
  for (const auto& api : api_loops_) api->stop();
  if (worker_) worker_->stop();
  co_await threads_ended_.wait();
  // It told of the drain until here, and gets what is left of the time.
  const auto left = std::chrono::floor<milliseconds>(end - std::chrono::steady_clock::now());
  co_await operations_.stop(std::max(left, milliseconds(0)));
  co_await identity_.stop();
  watchdogs_.cancel();
  co_await watchdogs_.join();
  log::info("ended", {{"pid", ::getpid()}});
}

}  // namespace bursar
