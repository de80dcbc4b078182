// One outbound SMTP connection, plain or upgraded to TLS, with the bytes that were read but not yet used.
// What goes wrong is thrown as SmtpFailed; smtp_session.cpp knows what that means for a message.
#pragma once
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/async.hpp"
#include "base/clock.hpp"
#include "base/host_names.hpp"
#include "base/limits.hpp"
#include "notify/smtp_wire.hpp"

namespace bursar::notify {

/// The connection is of no use any more. `written` octets of the text of a failed write may have reached the
/// server; with TLS all of it may have.
class SmtpFailed : public std::runtime_error {
 public:
  explicit SmtpFailed(const std::string& what, std::size_t written = 0)
      : std::runtime_error(what), written_(written) {}
  std::size_t written() const { return written_; }

 private:
  std::size_t written_;
};

class SmtpConnection {
 public:
  explicit SmtpConnection(const Executor& executor);
  ~SmtpConnection();
  SmtpConnection(const SmtpConnection&) = delete;
  SmtpConnection& operator=(const SmtpConnection&) = delete;

  /// The connection closes itself at that time, whatever it waits for; Monotonic::max() for never.
  void expire_at(Monotonic at);

  /// Resolves and connects to the first address that answers. A slow resolver delays only this caller.
  Task<> connect(const SmtpServer& server);
  /// Everything after this is encrypted. The certificate must name the host. Unread bytes from before are
  /// refused: they would pass for a protected answer.
  Task<> start_tls(asio::ssl::context& context, const std::string& host);

  Task<> write(std::string_view text);
  Task<SmtpReply> read_reply();

  /// True while the server has neither sent anything unasked for nor closed.
  bool silent();
  bool encrypted() const { return tls_ != nullptr; }
  /// "[127.0.0.1]" of our own end, for EHLO.
  std::string own_address() const;
  void close();

 private:
  struct Deadline;

  Task<Endpoints> resolve(const SmtpServer& server);
  [[noreturn]] void fail(const boost::system::error_code& error, std::string_view doing,
                         std::size_t written = 0);

  asio::ip::tcp::socket socket_;
  std::unique_ptr<asio::ssl::stream<asio::ip::tcp::socket&>> tls_;
  std::shared_ptr<Deadline> deadline_;
  std::size_t begin_ = 0, end_ = 0;
  std::array<char, limits::smtp_reply_bytes> buffer_;
};

}  // namespace bursar::notify
