#include "notify/smtp_session.hpp"

#include "base/text.hpp"
#include "notify/mime.hpp"

namespace bursar::notify {
namespace {

// A session that cannot be opened says nothing about a recipient, whatever the code.
void expect(int kind, const SmtpReply& reply, std::string_view doing) {
  if (reply.kind() == kind) return;
  throw SmtpFailed(fmt::format("{} was answered {}", doing, reply.summary()));
}

}  // namespace

SmtpSession::SmtpSession(const Executor& executor, const SmtpServer& server, asio::ssl::context* tls)
    : server_(server), tls_(tls), connection_(executor) {}

Task<> SmtpSession::open(std::string helo, Monotonic deadline) {
  connection_.expire_at(deadline);
  co_await connection_.connect(server_);
  if (helo.empty()) helo = connection_.own_address();
  if (server_.tls == SmtpServer::Tls::implicit) co_await connection_.start_tls(*tls_, server_.host);
  const SmtpReply banner = co_await connection_.read_reply();
  expect(2, banner, "the connection");
  offers_ = co_await hello(helo);
  if (server_.tls == SmtpServer::Tls::starttls) {
    if (!offers_.starttls)
      throw SmtpFailed(
          "the server offers no STARTTLS; use smtps://, or starttls=never in a network you trust");
    const SmtpReply reply = co_await ask("STARTTLS\r\n");
    expect(2, reply, "STARTTLS");
    co_await connection_.start_tls(*tls_, server_.host);
    // RFC 3207 §4.2: what was offered in plain text is forgotten.
    offers_ = co_await hello(helo);
  }
  if (!server_.user.empty()) co_await log_in();
  connection_.expire_at(Monotonic::max());
  last_used_ = std::chrono::steady_clock::now();
  in_step_ = true;
}

Task<SmtpReply> SmtpSession::ask(std::string command) {
  co_await connection_.write(command);
  co_return co_await connection_.read_reply();
}

Task<SmtpOffers> SmtpSession::hello(std::string helo) {
  const SmtpReply reply = co_await ask("EHLO " + helo + "\r\n");
  if (reply.kind() == 2) co_return parse_offers(reply.text);
  if (reply.kind() != 5) expect(2, reply, "EHLO");
  const SmtpReply old_way = co_await ask("HELO " + helo + "\r\n");
  expect(2, old_way, "HELO");
  co_return SmtpOffers();
}

// RFC 4954, RFC 4616. The texts of the replies never hold what we sent.
Task<> SmtpSession::log_in() {
  using namespace std::string_literals;
  if (offers_.auth_plain) {
    const std::string credentials = "\0"s + server_.user + "\0"s + server_.password;
    const SmtpReply reply = co_await ask("AUTH PLAIN " + to_base64(credentials) + "\r\n");
    expect(2, reply, "the log-in (check user and password)");
    co_return;
  }
  if (!offers_.auth_login) throw SmtpFailed("the server offers neither AUTH PLAIN nor AUTH LOGIN");
  const SmtpReply start = co_await ask("AUTH LOGIN\r\n");
  expect(3, start, "AUTH LOGIN");
  const SmtpReply user = co_await ask(to_base64(server_.user) + "\r\n");
  expect(3, user, "the log-in");
  const SmtpReply password = co_await ask(to_base64(server_.password) + "\r\n");
  expect(2, password, "the log-in (check user and password)");
}

Task<SmtpSession::Delivery> SmtpSession::deliver(const Envelope& envelope, Monotonic deadline) {
  Delivery delivery;
  if (envelope.needs_smtputf8 && !offers_.smtputf8) {
    delivery.receipt.verdict = Verdict::dead;
    delivery.receipt.answer = "the part before the @ is not ASCII and the server offers no SMTPUTF8";
    co_return delivery;
  }
  handed_over_ = answered_ = in_step_ = false;
  connection_.expire_at(deadline);
  try {
    co_await deliver_in_steps(envelope, delivery);
  } catch (const SmtpFailed& failure) {
    in_step_ = false;
    if (delivery.receipt.answer.empty()) {
      delivery.stale = !answered_ && std::chrono::steady_clock::now() < deadline;
      delivery.receipt.verdict = handed_over_ ? Verdict::ambiguous : Verdict::retry;
      delivery.receipt.unavailable = true;
      delivery.receipt.answer = safe_text(failure.what(), limits::peer_text_characters);
    }
  }
  connection_.expire_at(Monotonic::max());
  last_used_ = std::chrono::steady_clock::now();
  if (!in_step_) connection_.close();
  co_return delivery;
}

std::vector<SmtpSession::Step> SmtpSession::steps_of(const Envelope& envelope) const {
  std::vector<Step> steps;
  steps.reserve(4);
  if (needs_reset_) steps.push_back({SmtpStep::reset, "RSET\r\n"});
  // The message is 7-bit except for the addresses of such a recipient.
  const std::string_view extension = envelope.needs_smtputf8 ? " BODY=8BITMIME SMTPUTF8" : "";
  steps.push_back({SmtpStep::mail, fmt::format("MAIL FROM:<{}>{}\r\n", envelope.from, extension)});
  steps.push_back({SmtpStep::rcpt, fmt::format("RCPT TO:<{}>\r\n", envelope.to)});
  steps.push_back({SmtpStep::data, "DATA\r\n"});
  return steps;
}

void SmtpSession::judge(SmtpStep step, const SmtpReply& reply, Delivery& delivery) {
  answered_ = true;
  const auto verdict = verdict_of(step, reply);
  const bool served = reply.kind() == 4 || reply.kind() == 5;
  if (!verdict) return;
  if (!served) throw SmtpFailed(fmt::format("{} was answered {}", to_text(step), reply.summary()));
  delivery.receipt.verdict = *verdict;
  delivery.receipt.unavailable = says_unavailable(reply);
  delivery.receipt.answer = fmt::format("{}: {}", to_text(step), reply.summary());
}

Task<> SmtpSession::announce(const Envelope& envelope, Delivery& delivery) {
  const std::vector<Step> steps = steps_of(envelope);
  needs_reset_ = true;
  if (offers_.pipelining) {
    std::string group;
    for (const Step& step : steps) group += step.command;
    co_await connection_.write(group);
  }
  bool refused = false;
  for (const Step& step : steps) {
    if (!offers_.pipelining) co_await connection_.write(step.command);
    const SmtpReply reply = co_await connection_.read_reply();
    if (reply.code == 421) {
      // It closes now; what it said about the recipient before stands.
      delivery.stale = !answered_;
      if (!refused) judge(step.step, reply, delivery);
      co_return;
    }
    if (!refused) {
      judge(step.step, reply, delivery);
      refused = !delivery.receipt.answer.empty();
    } else if (step.step == SmtpStep::data && reply.kind() == 3) {
      // RFC 2920 §3.1: a server may wait for a message without recipients; it gets an empty one.
      co_await connection_.write(".\r\n");
      co_await connection_.read_reply();
    }
    if (refused && !offers_.pipelining) break;
  }
  in_step_ = true;
}

Task<> SmtpSession::deliver_in_steps(const Envelope& envelope, Delivery& delivery) {
  co_await announce(envelope, delivery);
  if (!delivery.receipt.answer.empty()) co_return;
  in_step_ = false;
  try {
    co_await connection_.write(envelope.content);
  } catch (const SmtpFailed& failure) {
    // Without its final dot no server delivers a message.
    handed_over_ = failure.written() == envelope.content.size();
    throw;
  }
  handed_over_ = true;
  const SmtpReply reply = co_await connection_.read_reply();
  judge(SmtpStep::content, reply, delivery);
  needs_reset_ = false;
  in_step_ = reply.code != 421;
  if (!delivery.receipt.answer.empty()) co_return;
  delivery.receipt.verdict = Verdict::sent;
  delivery.receipt.answer = reply.summary();
  delivery.receipt.provider_reference = safe_text(reply.text, 255);
}

bool SmtpSession::usable() { return in_step_ && connection_.silent(); }

Task<> SmtpSession::quit(Monotonic deadline) {
  if (!usable()) co_return;
  in_step_ = false;
  connection_.expire_at(deadline);
  try {
    co_await connection_.write("QUIT\r\n");
  } catch (const SmtpFailed&) {
    // It is gone already.
  }
  connection_.close();
}

}  // namespace bursar::notify
