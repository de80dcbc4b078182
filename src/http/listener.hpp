// The listening socket of a server: no child of this process inherits it or what it accepts.
#pragma once
#include <boost/asio/ip/tcp.hpp>
#include <expected>
#include <string>
#include <string_view>

#include "base/async.hpp"

namespace bursar::http {

/// Whether "127.0.0.1:8000" can be reached from this machine only. False for what is no address.
bool is_loopback(const std::string& address);

class Listener {
 public:
  /// Binds and listens. Throws UsageError that names the address, what is wrong with it and the fix: not
  /// "127.0.0.1:8000" or "[::1]:8000", taken, not of this machine, a port that needs rights.
  Listener(const Executor& executor, const std::string& address, bool reuse_port);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// A connection that was waiting; at most one of fd and error is set, neither when none waits.
  struct Accepted {
    int fd = -1;
    std::string remote_address = {};
    int error = 0;
  };
  Accepted accept_waiting();

  /// Returns when a connection waits, or the listener was closed (false). Throws when the task was cancelled.
  Task<bool> wait();

  void close();
  bool is_open() const { return acceptor_.is_open(); }
  std::uint16_t port() const { return endpoint_.port(); }
  asio::ip::tcp protocol() const { return endpoint_.protocol(); }

 private:
  asio::ip::tcp::endpoint endpoint_;
  asio::ip::tcp::acceptor acceptor_;
  bool shared_;
};

}  // namespace bursar::http
