// One session with an SMTP server: greeting, TLS and log-in once, then one mail after the other (RFC 5321,
// 2920, 3207, 4954). It knows at every moment whether the server can have taken the mail; SmtpChannel
// (smtp.hpp) keeps sessions.
#pragma once
#include <boost/asio/ssl/context.hpp>
#include <string>

#include "notify/channel.hpp"
#include "notify/smtp_connection.hpp"

namespace bursar::notify {

/// What goes over the wire for one mail.
struct Envelope {
  std::string from, to;
  bool needs_smtputf8 = false;
  /// Dot-stuffed, with the final dot.
  std::string content;
};

class SmtpSession {
 public:
  /// `tls` is null when the server's address asks for none. Both outlive the session.
  SmtpSession(const Executor& executor, const SmtpServer& server, asio::ssl::context* tls);

  /// Until the server waits for a mail. `helo` empty: our address. Throws SmtpFailed: nothing was sent then.
  Task<> open(std::string helo, Monotonic deadline);

  struct Delivery {
    Receipt receipt;
    /// The server had given the session up before it answered anything to this mail: a new session may try at
    /// once, as if this one had never been there.
    bool stale = false;
  };
  /// One mail, once. Throws nothing but operation_aborted.
  Task<Delivery> deliver(const Envelope& envelope, Monotonic deadline);

  /// True while the next mail may use it: in step, and the server has said nothing since.
  bool usable();
  /// Says QUIT without waiting for the answer.
  Task<> quit(Monotonic deadline);
  Monotonic last_used() const { return last_used_; }

 private:
  struct Step {
    SmtpStep step;
    std::string command;
  };

  Task<SmtpReply> ask(std::string command);
  Task<SmtpOffers> hello(std::string helo);
  Task<> log_in();
  std::vector<Step> steps_of(const Envelope& envelope) const;
  Task<> deliver_in_steps(const Envelope& envelope, Delivery& delivery);
  /// The first reply that is not what the step wants; the other replies of a group are read and dropped.
  Task<> announce(const Envelope& envelope, Delivery& delivery);
  void judge(SmtpStep step, const SmtpReply& reply, Delivery& delivery);

  const SmtpServer& server_;
  asio::ssl::context* tls_;
  SmtpConnection connection_;
  SmtpOffers offers_;
  bool in_step_ = false;      // the server waits for a command
  bool needs_reset_ = false;  // a mail was begun and not finished
  bool handed_over_ = false;  // the final dot of this mail may have reached the server
  bool answered_ = false;     // a reply to this mail has come
  Monotonic last_used_;
};

}  // namespace bursar::notify
