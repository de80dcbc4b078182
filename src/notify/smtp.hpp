// E-mail over SMTP with kept connections. A bounded number of sessions, each with one mail at a time: a slow
// or dead one delays only the mail it carries. Every verdict is exact about whether the server can have the
// mail: until the final dot left this machine it was not sent, after it only the server's answer says.
// docs/decisions/0003-smtp-client.md.
#pragma once
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/limits.hpp"
#include "http/client_turns.hpp"
#include "notify/channel.hpp"
#include "notify/mailbox.hpp"
#include "notify/smtp_session.hpp"

namespace bursar::notify {

struct SmtpOptions {
  /// smtp://[user:password@]host[:port][?starttls=required|never] or smtps://… (smtp_wire.hpp has the rules).
  std::string url;
  /// `Bursar <payments@example.com>` or the address alone.
  std::string from;
  /// Sessions at most; more mails at once wait in line within their deadline. Advice: what the provider
  /// allows.
  std::size_t connections = 32;
  /// What we call ourselves in EHLO; empty: our address.
  std::string helo = {};
  /// For one mail, all in all.
  milliseconds deadline = limits::outbound_deadline;
  /// Of that, until a new session is ready.
  milliseconds session_deadline = limits::smtp_session_deadline;
  /// PEM file with the only certificates trusted; empty: the system's.
  std::string trusted_certificates_file = {};
};

class SmtpChannel final : public Channel {
 public:
  /// Connects when the first mail comes. Throws UsageError for a URL, sender or certificate file it cannot
  /// use.
  SmtpChannel(Executor executor, SmtpOptions options, const Clock& clock);
  /// One attempt. A session that the server had closed meanwhile is replaced once without counting: the
  /// server had not seen this mail. Throws nothing but operation_aborted, when the caller was cancelled.
  Task<Receipt> send(Message message) override;

  /// Ends idle sessions with QUIT; later mails open new ones.
  Task<> close();

  std::size_t idle() const { return idle_.size(); }

 private:
  using Session = std::unique_ptr<SmtpSession>;

  Task<Session> kept_session(Monotonic now);
  Task<Receipt> deliver(Envelope envelope, Monotonic deadline);

  Executor executor_;
  SmtpOptions options_;
  SmtpServer server_;
  Sender sender_;
  std::unique_ptr<asio::ssl::context> tls_;
  const Clock& clock_;
  std::vector<Session> idle_;
  http::Turns turns_;
};

}  // namespace bursar::notify
