// HTTP/1.1 server on one loop: strict request reader (RFC 9112; any ambiguous framing → 400 and close),
// keep-alive, pipelining in order, deadlines on head, body, idle and write by one ticker, bounded linger
// after early refusals, drain on shutdown. Several servers may share an address with SO_REUSEPORT, one per
// loop of one process.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/async.hpp"
#include "base/limits.hpp"
#include "base/random.hpp"
#include "http/address.hpp"
#include "http/message.hpp"

namespace bursar::http {

class TlsIdentity;

/// Answers one request. What it throws becomes: Unavailable → 503, anything else → 500 with a request id and
/// one log line, both with Retry-After. It may read the request's views until it returns. Methods other than
/// GET, HEAD, POST, PUT, PATCH, DELETE and OPTIONS never reach it (501), nor does `OPTIONS *` (204); the
/// server knows no route.
using Handler = std::function<Task<Response>(const Request&)>;

/// How long each part of an exchange may take, to within one tick.
struct Deadlines {
  milliseconds head = limits::head_deadline;  // of a head; the first one's begins with the connection
  milliseconds body = limits::body_deadline;
  milliseconds idle = limits::idle_deadline;    // between requests
  milliseconds write = limits::write_deadline;  // for each limits::write_progress_bytes
  milliseconds linger = limits::linger_deadline;
  milliseconds drain = limits::drain_deadline;  // from stop() to the end of run()
  milliseconds grace = limits::drain_grace;     // after stop(), for connections that were just in use
  milliseconds tick = limits::deadline_tick;
};

struct ServerOptions {
  /// "127.0.0.1:8000", "[::1]:8000"; port 0 takes a free one.
  std::string listen;
  /// True when several loops of this process listen on the same address. Another process there is still an
  /// error.
  bool reuse_port = false;
  /// Speak TLS as this (tls.hpp); null: plain HTTP.
  std::shared_ptr<const TlsIdentity> tls = {};
  /// More get 503 and are closed, with TLS without the 503. 0: limits::connections_per_loop.
  std::size_t max_connections = 0;
  /// Of them from one address that is no trusted proxy (address_shares.hpp). 0:
  /// limits::connections_per_address.
  std::size_t max_connections_per_address = 0;
  Deadlines deadlines = {};
  /// Whose X-Forwarded-For says who the client is (Request::client).
  TrustedProxies proxies = {};
  /// True for text that must stand in no log line and no answer (card numbers): a request id like that is
  /// replaced, a path is logged as [redacted]. Empty: nothing is.
  std::function<bool(std::string_view)> is_secret = {};
  /// For request ids; null: the system's. Outlives the server.
  Random* random = nullptr;
};

class Server {
 public:
  /// Binds and listens at once. Throws UsageError that names the address and the fix when the port is taken.
  Server(Loop& loop, ServerOptions options, Handler handler);
  /// run() must have returned, if it was started.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Accepts until stop(); returns when the last connection is closed. When it is cancelled it closes
  /// everything at once, handlers too, and then throws operation_aborted. Once per server.
  Task<> run();

  /// No new connections. Idle ones are closed: at once, or when they were used within Deadlines::grace, after
  /// that time, because their next request may be under way. Busy ones end behind their answer with
  /// `Connection: close`. What is left after `drain`, by default Deadlines::drain, is cancelled.
  void stop(std::optional<milliseconds> drain = {});

  /// New connections speak TLS as this; those that are there live on. Not null, and only for a server that
  /// began with TLS.
  void present(std::shared_ptr<const TlsIdentity> identity);

  /// The bound port, also when 0 was asked for.
  std::uint16_t port() const;
  std::size_t connections() const;

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace bursar::http
