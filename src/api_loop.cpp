#include "api_loop.hpp"

#include "http/server.hpp"

namespace bursar {

class ApiLoop::Core {
 public:
  Core(const Config& config, const std::string& listen, bool reuse_port, ProcessState& state,
       Identity& identity, std::function<void()> committed, Tls tls)
      : loop_(1),
        stack_(loop_.get_executor(), config, auth::Listener::everywhere, state, identity,
               std::move(committed)),
        server_(loop_, listener_options(config, listen, reuse_port, std::move(tls)), stack_.handler()),
        stopping_(loop_.get_executor()),
        served_(loop_.get_executor()),
        tasks_(loop_.get_executor()),
        main_(loop_.get_executor()) {}

  std::uint16_t port() const { return server_.port(); }

  void run() {
    main_.spawn("api", serve_until_stopped());
    loop_.run();
  }

  void stop() {
    asio::post(loop_, [this] { stopping_.set(); });
  }

  void present(Tls tls) {
    asio::post(loop_, [this, tls = std::move(tls)] { server_.present(tls); });
  }

 private:
  Task<> serve_until_stopped() {
    stack_.spawn_into(tasks_);
    tasks_.spawn("server", serve());
    co_await stopping_.wait();
    server_.stop();
    co_await served_.wait();
    // The intake goes last: whoever waits for a commit still gets the answer.
    tasks_.cancel();
    co_await tasks_.join();
  }

  Task<> serve() {
    co_await server_.run();
    served_.set();
  }

  Loop loop_;
  ApiStack stack_;
  http::Server server_;
  Event stopping_, served_;
  TaskGroup tasks_, main_;
};

ApiLoop::ApiLoop(const Config& config, const std::string& listen, bool reuse_port, ProcessState& state,
                 Identity& identity, std::function<void()> committed, Tls tls)
    : core_(std::make_unique<Core>(config, listen, reuse_port, state, identity, std::move(committed),
                                   std::move(tls))) {}

ApiLoop::~ApiLoop() {
  if (thread_.joinable()) thread_.join();
}

std::uint16_t ApiLoop::port() const { return core_->port(); }

void ApiLoop::start(std::function<void()> ended) {
  thread_ = std::thread([core = core_.get(), ended = std::move(ended)] {
    core->run();
    ended();
  });
}

void ApiLoop::stop() { core_->stop(); }
void ApiLoop::present(Tls tls) { core_->present(std::move(tls)); }

}  // namespace bursar
