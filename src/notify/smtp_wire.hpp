// The text side of the SMTP client: where it connects to, what a reply is, what a server offers, and which
// verdict a reply means. Pure; smtp_session.cpp talks, this decides.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "notify/channel.hpp"

namespace bursar::notify {

struct SmtpServer {
  enum class Tls { none, starttls, implicit };

  std::string host;  // without brackets
  std::string port;
  Tls tls = Tls::none;
  std::string user, password;  // both empty: no AUTH
};

/// smtp://[user:password@]host[:port][?starttls=required|never] or smtps://… (default ports 587 with
/// STARTTLS, 25 without, 465). STARTTLS is required unless the host is this machine or the URL says never;
/// credentials in plain text leave this machine never. Throws UsageError, which does not repeat the password.
SmtpServer parse_smtp_url(std::string_view url);

/// RFC 5321 §4.2; the texts of its lines are separated by line feeds.
struct SmtpReply {
  int code = 0;
  std::string text;

  int kind() const { return code / 100; }
  /// "550 5.1.1 no such user", safe and bounded: for the ledger.
  std::string summary() const;
};

/// Takes the bytes of one reply, line by line.
class SmtpReplyReader {
 public:
  enum class State { incomplete, complete, malformed };

  /// Uses up the lines at the start of `bytes` that belong to this reply and says how many octets those were.
  /// Malformed: no code, a code that changes between lines, outside 200…599, or longer than
  /// limits::smtp_reply_bytes.
  State read(std::string_view bytes, std::size_t& used);
  SmtpReply take();

 private:
  State read_line(std::string_view line);

  SmtpReply reply_;
  std::size_t octets_ = 0;
};

/// What EHLO was answered.
struct SmtpOffers {
  bool pipelining = false, starttls = false, smtputf8 = false, auth_plain = false, auth_login = false;
};
/// From the text lines of the reply to EHLO, separated by line feeds.
SmtpOffers parse_offers(std::string_view lines);

enum class SmtpStep { reset, mail, rcpt, data, content };
std::string_view to_text(SmtpStep step);

/// What a reply to that step means for the message, nullopt when the step went well. 4yz: not sent, try
/// again; 5yz: never will be, except 552 to RCPT (RFC 5321 §4.5.3.1.10) and 53z, which are about this
/// server's state or our credentials and not about the recipient. Behind the content a reply that is no reply
/// is ambiguous.
std::optional<Verdict> verdict_of(SmtpStep step, const SmtpReply& reply);

/// True when the reply says that the server does not serve now (421, 53z): counts for the breaker.
bool says_unavailable(const SmtpReply& reply);

}  // namespace bursar::notify
