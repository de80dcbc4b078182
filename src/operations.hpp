// The operations listener of every `serve`: /livez, /readyz, /metrics, and with role ops the routes under
// /ops/ and the public ones again, so that a console there is same-origin. Only for hosts of its own
// (http/hosts.hpp). On the main loop; never on the public address.
#pragma once
#include <memory>
#include <optional>

#include "api_stack.hpp"
#include "config.hpp"
#include "http/server.hpp"
#include "process_state.hpp"

namespace bursar {

class Operations {
 public:
  /// Listens at once. Throws UsageError when the port is taken.
  Operations(Loop& loop, const Config& config, bool with_routes, ProcessState& state, Identity& identity,
             std::function<void()> committed, Tls tls);

  void start();
  /// Ends when the last answer was written, or after that time.
  Task<> stop(milliseconds drain);
  /// See http::Server::present.
  void present(Tls tls) { server_.present(std::move(tls)); }
  std::uint16_t port() const { return server_.port(); }

 private:
  Task<> serve();

  ProcessState& state_;
  std::optional<ApiStack> stack_;
  http::Server server_;
  Event served_;
  TaskGroup tasks_;
};

}  // namespace bursar
