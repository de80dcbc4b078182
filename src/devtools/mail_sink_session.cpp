#include "devtools/mail_sink_session.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "devtools/mail_text.hpp"
#include "http/message.hpp"

namespace bursar::devtools {
namespace {

using boost::system::error_code;
using Kind = MailFault::Kind;

constexpr std::string_view offers =
    "250-bursar mail sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-SIZE 1048576\r\n250 "
    "ENHANCEDSTATUSCODES\r\n";
constexpr std::size_t line_octets = 998;
constexpr std::size_t recipients_a_mail = 100;

// What stands between < and > behind "FROM:" or "TO:"; nullopt when it is written differently.
std::optional<std::string> path_of(std::string_view argument, std::string_view word) {
  if (argument.size() < word.size() || !http::equal_name(argument.substr(0, word.size()), word))
    return std::nullopt;
  argument.remove_prefix(word.size());
  if (!argument.starts_with('<')) return std::nullopt;
  // A '>' may stand in a quoted local part.
  const std::size_t end = argument.rfind('>');
  if (end == std::string_view::npos) return std::nullopt;
  return std::string(argument.substr(1, end - 1));
}

// Why a strict relay would not take this mail; empty when it would.
std::string_view flaw_of(std::string_view mail) {
  std::size_t length = 0;
  bool in_head = true;
  for (std::size_t i = 0; i < mail.size(); ++i) {
    const char c = mail[i];
    if (c == '\n') return "bare LF";
    if (c == '\r') {
      if (i + 1 == mail.size() || mail[i + 1] != '\n') return "bare CR";
      in_head = in_head && length > 0;
      length = 0;
      ++i;
      continue;
    }
    if (++length > line_octets) return "line over 998 octets";
    if (c == '\0') return "NUL";
  }
  return in_head ? "no empty line behind the head" : "";
}

std::string without_dots(std::string_view content) {
  std::string mail;
  mail.reserve(content.size());
  for (std::size_t begin = 0; begin < content.size();) {
    const std::size_t end = std::min(content.find("\r\n", begin), content.size() - 2) + 2;
    const std::size_t skip = content[begin] == '.' ? 1 : 0;
    mail += content.substr(begin + skip, end - begin - skip);
    begin = end;
  }
  return mail;
}

std::string without_brackets(std::string id) {
  if (id.size() >= 2 && id.front() == '<' && id.back() == '>') return id.substr(1, id.size() - 2);
  return id;
}

void append_member(std::string& members, std::string_view name, std::string_view value) {
  members += fmt::format(",\"{}\":", name);
  append_json_string(members, value);
}

}  // namespace

MailSession::MailSession(asio::ip::tcp::socket& socket, SinkBook& book, MailFaults& faults,
                         const MailSinkOptions& options, Monotonic& last_heard)
    : socket_(socket), book_(book), faults_(faults), options_(options), last_heard_(last_heard) {}

Task<bool> MailSession::read_more() {
  input_.erase(0, read_);
  read_ = 0;
  const std::size_t filled = input_.size();
  constexpr std::size_t piece = 8 * 1024;
  input_.resize(filled + piece);
  error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  const std::size_t bytes =
      co_await socket_.async_read_some(asio::buffer(input_.data() + filled, piece), token);
  input_.resize(filled + bytes);
  last_heard_ = std::chrono::steady_clock::now();
  co_return !error;
}

Task<bool> MailSession::flush() {
  if (output_.empty()) co_return true;
  error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  co_await asio::async_write(socket_, asio::buffer(output_), token);
  output_.clear();
  co_return !error;
}

Task<> MailSession::drip(std::string_view text) {
  co_await flush();
  for (const char octet : std::string(text)) {
    output_ = octet;
    if (!co_await flush()) break;
    co_await pause(options_.drip_gap);
  }
}

std::optional<std::string> MailSession::take_line() {
  const std::size_t end = input_.find("\r\n", read_);
  if (end == std::string::npos) return std::nullopt;
  std::string line = input_.substr(read_, end - read_);
  read_ = end + 2;
  return line;
}

Task<> MailSession::run() {
  output_ = "220 bursar mail sink ESMTP\r\n";
  Next next = Next::go_on;
  while (next != Next::leave) {
    auto line = take_line();
    if (line) {
      next = co_await obey(std::move(*line));
      if (next == Next::content) next = co_await content();
      continue;
    }
    if (input_.size() - read_ > limits::sink_line_bytes) {
      output_ += "500 5.5.2 line too long\r\n";
      break;
    }
    if (!co_await flush() || !co_await read_more()) co_return;
  }
  co_await flush();
}

Task<MailSession::Next> MailSession::obey(std::string line) {
  const std::size_t blank = std::min(line.find(' '), line.size());
  const std::string verb = line.substr(0, blank);
  const std::string argument = line.substr(std::min(blank + 1, line.size()));
  auto is = [&verb](std::string_view word) { return http::equal_name(verb, word); };
  if (is("EHLO") || is("HELO")) {
    greeted_ = true;
    forget_mail();
    output_ += is("EHLO") ? offers : "250 bursar mail sink\r\n";
  } else if (is("RSET")) {
    forget_mail();
    output_ += "250 2.0.0 ok\r\n";
  } else if (is("NOOP")) {
    output_ += "250 2.0.0 ok\r\n";
  } else if (is("QUIT")) {
    output_ += "221 2.0.0 bye\r\n";
    co_return Next::leave;
  } else if (is("MAIL")) {
    const auto sender = path_of(argument, "FROM:");
    const bool in_order = greeted_ && !in_mail_;
    if (sender && in_order) {
      in_mail_ = true;
      sender_ = *sender;
    }
    output_ += !in_order ? "503 5.5.1 not now\r\n"
               : sender  ? "250 2.1.0 ok\r\n"
                         : "501 5.5.4 MAIL FROM:<address>\r\n";
  } else if (is("RCPT")) {
    co_return co_await recipient(argument);
  } else if (is("DATA")) {
    if (!recipients_.empty() && worst_fault() == Kind::drop_at_data) co_return Next::leave;
    output_ += recipients_.empty() ? "503 5.5.1 no recipient\r\n" : "354 end with <CRLF>.<CRLF>\r\n";
    co_return recipients_.empty() ? Next::go_on : Next::content;
  } else {
    output_ += "500 5.5.1 unknown command\r\n";
  }
  co_return Next::go_on;
}

Task<MailSession::Next> MailSession::recipient(std::string_view argument) {
  const auto address = path_of(argument, "TO:");
  if (!in_mail_ || recipients_.size() >= recipients_a_mail) {
    output_ += in_mail_ ? "452 4.5.3 too many recipients\r\n" : "503 5.5.1 MAIL first\r\n";
    co_return Next::go_on;
  }
  if (!address || address->find('@') == std::string::npos) {
    output_ += "501 5.1.3 RCPT TO:<address>\r\n";
    co_return Next::go_on;
  }
  const MailFault fault = faults_.at_rcpt(*address);
  if (fault.kind == Kind::refuse_rcpt || fault.kind == Kind::close_at_rcpt) {
    const std::string reply =
        fmt::format("{} {}.1.1 the sink refuses this address\r\n", fault.code, fault.code / 100);
    record("refused", *address, "", reply);
    output_ += reply;
    co_return fault.kind == Kind::close_at_rcpt ? Next::leave : Next::go_on;
  }
  Recipient taken;
  taken.address = *address;
  taken.fault = fault;
  recipients_.push_back(std::move(taken));
  if (fault.kind == Kind::drip)
    co_await drip("250 2.1.5 ok\r\n");
  else
    output_ += "250 2.1.5 ok\r\n";
  co_return Next::go_on;
}

MailFault::Kind MailSession::worst_fault() const {
  for (const Recipient& to : recipients_) {
    if (to.fault.kind != Kind::none) return to.fault.kind;
  }
  return Kind::none;
}

// The message with its last CRLF and without the final dot; nullopt when the connection or the patience ended
// first.
Task<std::optional<std::string>> MailSession::read_content() {
  co_await flush();
  while (true) {
    const std::string_view unread = std::string_view(input_).substr(read_);
    const bool empty = unread.starts_with(".\r\n");
    const std::size_t end = empty ? 0 : unread.find("\r\n.\r\n");
    if (end != std::string_view::npos) {
      std::string content(unread.substr(0, empty ? 0 : end + 2));
      read_ += empty ? 3 : end + 5;
      co_return content;
    }
    if (unread.size() > limits::sink_message_bytes || !co_await read_more()) co_return std::nullopt;
  }
}

Task<MailSession::Next> MailSession::content() {
  const auto received = co_await read_content();
  if (!received) co_return Next::leave;
  const std::string mail = without_dots(*received);
  const std::vector<Recipient> recipients = recipients_;
  const Kind fault = worst_fault();
  std::string refusal;
  if (const std::string_view flaw = flaw_of(mail); !flaw.empty())
    refusal = fmt::format("554 5.6.0 {}\r\n", flaw);
  if (fault == Kind::refuse_content)
    refusal = fmt::format("{0} {1}.0.0 the sink refuses this message\r\n", recipients.front().fault.code,
                          recipients.front().fault.code / 100);
  const std::string_view result = refusal.empty() ? "accepted" : "refused";
  for (const Recipient& to : recipients) record(result, to.address, mail, refusal);
  const std::int64_t number = book_.last_number();
  forget_mail();
  std::string reply = refusal.empty() ? fmt::format("250 2.0.0 queued as {}\r\n", number) : refusal;
  try {
    co_await book_.durable();
  } catch (const Unavailable&) {
    reply = "452 4.3.1 the ledger cannot be written\r\n";
  }
  if (fault == Kind::drop_after_data) co_return Next::leave;
  if (fault == Kind::hang_after_data) co_await pause(options_.hold);
  if (fault == Kind::hang_after_data) co_return Next::leave;
  if (fault == Kind::slow)
    co_await drip(reply);
  else
    output_ += reply;
  co_return Next::go_on;
}

void MailSession::record(std::string_view result, const std::string& address, std::string_view mail,
                         std::string_view reply) {
  const bool accepted = result == "accepted";
  std::string members = fmt::format("\"channel\":\"email\",\"result\":\"{}\"", result);
  append_member(members, "recipient", address);
  append_member(members, "sender", sender_);
  if (!reply.empty()) append_member(members, "reply", reply.substr(0, reply.size() - 2));
  if (!mail.empty()) {
    const std::string id = without_brackets(mail_header(mail, "Message-ID").value_or(""));
    append_member(members, "message_id", id);
    append_member(members, "event", mail_header(mail, "X-Bursar-Event").value_or(""));
    members += fmt::format(",\"attempt\":{}", accepted ? book_.count_attempt(id, address) : 0);
    append_member(members, "subject", decoded_words(mail_header(mail, "Subject").value_or("")));
    append_member(members, "body_sha256", to_hex(sha256(mail_body(mail))));
    append_member(members, "content", mail);
  }
  book_.append(members, accepted);
}

void MailSession::forget_mail() {
  in_mail_ = false;
  sender_.clear();
  recipients_.clear();
}

}  // namespace bursar::devtools
