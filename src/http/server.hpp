// HTTP/1.1 server on one loop: strict request reader (RFC 9112; any ambiguous framing → 400 and close), keep-alive,
// pipelining in order, deadlines on head, body, idle and write by one ticker, bounded linger after early refusals,
// drain on shutdown. Several servers may share an address with SO_REUSEPORT, one per loop of one process.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "base/async.hpp"
#include "http/message.hpp"

namespace bursar::http {

/// Answers one request. What it throws becomes: Unavailable → 503 with Retry-After, anything else → 500 with a
/// request id and one log line. It may read the request's views until it returns.
using Handler = std::function<Task<Response>(const Request&)>;

struct ServerOptions {
  /// "127.0.0.1:8000", "[::1]:8000"; port 0 takes a free one.
  std::string listen;
  /// True when several loops of this process listen on the same address.
  bool reuse_port = false;
  /// Origin-form paths for which `*` and unknown methods are answered by the handler too; the server itself knows
  /// no route.
  std::size_t max_connections = 0;  // 0: limits::connections_per_loop
};

class Server {
 public:
  /// Binds and listens at once. Throws UsageError that names the address and the fix when the port is taken.
  Server(Loop& loop, ServerOptions options, Handler handler);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Accepts until stop() or cancellation; returns when the last connection is closed.
  Task<> run();

  /// No new connections; idle ones close now, busy ones behind their answer with `Connection: close`. Bounded by
  /// limits::drain_deadline.
  void stop();

  /// The bound port, also when 0 was asked for.
  std::uint16_t port() const;
  std::size_t connections() const;

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace bursar::http
