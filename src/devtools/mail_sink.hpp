// An SMTP server for development and tests that keeps what it gets in an fsynced ledger and misbehaves on
// demand, so that the mail client meets everything a real server does. Stricter than most: a bare CR or LF, a
// line over 998 octets or an 8-bit head is refused. Loopback only. Owned by Sinks (sinks.hpp).
#pragma once
#include <boost/asio/ip/tcp.hpp>
#include <list>
#include <string>

#include "base/async.hpp"
#include "base/task_group.hpp"
#include "devtools/mail_sink_faults.hpp"
#include "devtools/sinks_book.hpp"

namespace bursar::devtools {

struct MailSinkOptions {
  /// "127.0.0.1:8025"; port 0 takes a free one.
  std::string listen;
  /// How long a fault keeps a client waiting.
  milliseconds hold = seconds(30);
  /// Between two octets of a dripping answer.
  milliseconds drip_gap = seconds(1);
};

class MailSink {
 public:
  /// Listens at once. Throws UsageError that names the address and the fix when it cannot.
  MailSink(const Executor& executor, SinkBook& book, MailSinkOptions options);

  /// Serves until stop() or cancellation.
  Task<> run();
  void stop();

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  /// How every new session behaves from now on.
  void set_mode(MailSinkMode mode) { mode_ = mode; }
  MailSinkMode mode() const { return mode_; }
  std::size_t sessions() const { return sessions_.size(); }

 private:
  struct Open {
    asio::ip::tcp::socket* socket;
    Monotonic last_heard;
  };
  Task<> accept();
  Task<> serve(asio::ip::tcp::socket socket);
  Task<> close_idle();

  asio::ip::tcp::acceptor acceptor_;
  SinkBook& book_;
  MailSinkOptions options_;
  MailSinkMode mode_ = MailSinkMode::normal;
  MailFaults faults_;
  std::list<Open> sessions_;
  TaskGroup tasks_;
};

}  // namespace bursar::devtools
