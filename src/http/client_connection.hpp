// One outbound connection, plain or TLS, with the bytes that were read but not yet used. Errors are codes
// here; the client (client.cpp) knows what they mean for the caller.
#pragma once
#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <memory>
#include <optional>
#include <string_view>

#include "base/async.hpp"
#include "base/limits.hpp"
#include "http/client_wire.hpp"

namespace bursar::http {

using ErrorCode = boost::system::error_code;

/// Verifies certificates against the system's or the given PEM file; TLS 1.2 and later. Throws UsageError.
std::unique_ptr<asio::ssl::context> make_tls_context(const std::string& trusted_certificates_file);

class ClientConnection {
 public:
  /// `tls` is null for http; it must outlive the connection.
  ClientConnection(const Executor& executor, const Origin& origin, asio::ssl::context* tls);

  Task<ErrorCode> connect(asio::ip::tcp::endpoint peer);
  /// Does nothing without TLS. The certificate must name the origin's host.
  Task<ErrorCode> handshake();

  struct Written {
    ErrorCode error;
    /// Whether the peer may have got a byte of it. Exact for plain connections; with TLS true once writing
    /// started.
    bool sent = false;
  };
  Task<Written> write(std::string_view text);

  /// Reads once, behind what is there. `eof` when the peer has closed properly.
  Task<ErrorCode> read_more();
  std::string_view unread() const { return {buffer_.data() + begin_, end_ - begin_}; }
  void consume(std::size_t bytes);
  bool full() const { return begin_ == 0 && end_ == buffer_.size(); }

  /// True while the peer has sent nothing and has not closed: only then a kept connection may carry a
  /// request.
  bool silent();
  void close();

 private:
  asio::ip::tcp::socket socket_;
  std::optional<asio::ssl::stream<asio::ip::tcp::socket&>> tls_;
  std::string host_;
  std::size_t begin_ = 0, end_ = 0;
  std::array<char, limits::outbound_head_bytes> buffer_;
};

}  // namespace bursar::http
