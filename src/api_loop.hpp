// One thread of the public listener: a loop with an ApiStack and a server on it. Several share the address.
#pragma once
#include <functional>
#include <memory>
#include <thread>

#include "api_stack.hpp"
#include "config.hpp"
#include "process_state.hpp"

namespace bursar {

class ApiLoop {
 public:
  /// Listens at once. Throws UsageError when the port is taken.
  ApiLoop(const Config& config, const std::string& listen, bool reuse_port, ProcessState& state,
          Identity& identity, std::function<void()> committed, Tls tls);
  /// Joins.
  ~ApiLoop();
  ApiLoop(const ApiLoop&) = delete;
  ApiLoop& operator=(const ApiLoop&) = delete;

  std::uint16_t port() const;
  /// `ended` is called on the thread when everything on it has ended.
  void start(std::function<void()> ended);
  /// From any thread: no new connections, every request under way is answered.
  void stop();
  /// From any thread: see http::Server::present.
  void present(Tls tls);

 private:
  class Core;
  std::unique_ptr<Core> core_;
  std::thread thread_;
};

}  // namespace bursar
