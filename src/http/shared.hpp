// What the connections of one server share. On the server's loop alone; server.cpp owns it, connection.hpp
// reads it.
#pragma once
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "http/address_shares.hpp"
#include "http/request_ids.hpp"
#include "http/server.hpp"

namespace bursar::http {

class Connection;
class TlsIdentity;

struct Shared {
  Handler handler;
  Deadlines deadlines;
  TrustedProxies proxies;
  std::function<bool(std::string_view)> is_secret;
  RequestIds ids;
  /// New connections speak TLS as this; null: plain.
  std::shared_ptr<const TlsIdentity> tls;
  /// At most one tick old, so that no request asks the clock; the ticker keeps both fresh.
  Monotonic now;
  std::string date;
  bool stopping = false;
  /// Of buffers beyond limits::connection_buffer_bytes; at most limits::grown_buffer_bytes.
  std::size_t grown_bytes = 0;
  AddressShares shares;
  /// Of TLS, begun and unfinished; at most limits::handshakes_per_loop.
  std::size_t handshakes = 0;
  /// Of answers that wait for clients to take more; at most limits::blocked_answer_bytes.
  std::size_t blocked_bytes = 0;
  std::list<Connection*> connections;
};

}  // namespace bursar::http
