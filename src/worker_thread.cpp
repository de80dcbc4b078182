#include "worker_thread.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>

#include "base/limits.hpp"
#include "base/log.hpp"
#include "gateway/stripe.hpp"
#include "notify/sms_http.hpp"
#include "notify/smtp.hpp"
#include "workers/compose.hpp"

namespace bursar {
namespace {

gateway::StripeOptions gateway_options(const GatewaySettings& settings) {
  gateway::StripeOptions options;
  options.base_url = settings.url;
  options.api_key = settings.api_key;
  options.simulator = settings.kind == GatewayKind::simulator;
  // The simulator lets every key in unless it was told one.
  if (options.simulator && options.api_key.empty()) options.api_key = "simulator";
  return options;
}

std::string process_name() {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  return fmt::format("{}/{}", host.data(), ::getpid());
}

}  // namespace

class WorkerThread::Core {
 public:
  Core(const Config& config, const ServeRoles& roles, ProcessState& state)
      : loop_(1), state_(state), stopping_(loop_.get_executor()), main_(loop_.get_executor()) {
    workers::WorkerOptions options;
    options.database = config.database;
    options.name = process_name();
    options.schedules = roles.scheduler;
    options.time_zone = config.time_zone;
    if (roles.executor) add_gateway(config.gateway, options);
    if (roles.notifier) add_channels(config, options);
    registers_ = roles.executor || roles.notifier;
    worker_ =
        std::make_unique<workers::WorkerLoop>(loop_.get_executor(), std::move(options), clock_, random_);
  }

  void run() {
    main_.spawn("worker", work_until_stopped());
    loop_.run();
  }

  void wake() {
    // One message in flight is enough, however many commits there were.
    if (wake_pending_.exchange(true)) return;
    asio::post(loop_, [this] {
      wake_pending_ = false;
      worker_->wake();
    });
  }

  void stop() {
    asio::post(loop_, [this] { stopping_.set(); });
  }

 private:
  void add_gateway(const GatewaySettings& settings, workers::WorkerOptions& options) {
    const bool simulated = settings.kind == GatewayKind::simulator;
    gateway_ = std::make_unique<gateway::Stripe>(loop_.get_executor(), clock_, gateway_options(settings));
    options.gateways.push_back({.queue = simulated ? queues::simulator : queues::stripe,
                                .name = simulated ? "simulator" : "stripe",
                                .gateway = gateway_.get()});
  }

  void add_channels(const Config& config, workers::WorkerOptions& options) {
    notify::SmtpOptions mail;
    mail.url = config.mail.url;
    mail.from = config.mail.from;
    smtp_ = std::make_unique<notify::SmtpChannel>(loop_.get_executor(), std::move(mail), clock_);
    notify::SmsOptions sms;
    sms.url = config.sms.url;
    sms.token = config.sms.token;
    sms_ = std::make_unique<notify::SmsHttpChannel>(loop_.get_executor(), std::move(sms));
    const bool development = config.is_development();
    options.channels.push_back({.queue = queues::email,
                                .name = "email",
                                .channel = smtp_.get(),
                                .compose = workers::compose_mail(development)});
    options.channels.push_back({.queue = queues::sms,
                                .name = "sms",
                                .channel = sms_.get(),
                                .compose = workers::compose_sms(development)});
  }

  Task<> work_until_stopped() {
    TaskGroup figures(loop_.get_executor());
    worker_->start();
    figures.spawn("worker figures", publish());
    co_await stopping_.wait();
    co_await worker_->stop();
    if (sms_) sms_->close();
    if (smtp_) co_await smtp_->close();
    figures.cancel();
    co_await figures.join();
  }

  Task<> publish() {
    while (true) {
      WorkerFigures figures;
      figures.registered = !registers_ || worker_->incarnation().worker() != 0;
      figures.take_overs = worker_->incarnation().counters().take_overs;
      figures.lanes = worker_->report();
      state_.publish(std::move(figures));
      co_await pause(limits::figures_every);
    }
  }

  Loop loop_;
  const SystemClock clock_;
  SystemRandom random_;
  ProcessState& state_;
  std::unique_ptr<gateway::Stripe> gateway_;
  std::unique_ptr<notify::SmtpChannel> smtp_;
  std::unique_ptr<notify::SmsHttpChannel> sms_;
  std::unique_ptr<workers::WorkerLoop> worker_;
  bool registers_ = false;
  std::atomic<bool> wake_pending_{false};
  Event stopping_;
  TaskGroup main_;
};

WorkerThread::WorkerThread(const Config& config, const ServeRoles& roles, ProcessState& state)
    : core_(std::make_unique<Core>(config, roles, state)) {
  if (roles.executor || roles.notifier) state.expect_workers();
}

WorkerThread::~WorkerThread() {
  if (thread_.joinable()) thread_.join();
}

void WorkerThread::start(std::function<void()> ended) {
  thread_ = std::thread([core = core_.get(), ended = std::move(ended)] {
    core->run();
    ended();
  });
}

void WorkerThread::wake() { core_->wake(); }
void WorkerThread::stop() { core_->stop(); }

}  // namespace bursar
