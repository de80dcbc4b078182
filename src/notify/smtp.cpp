#include "notify/smtp.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "http/client.hpp"
#include "http/client_connection.hpp"
#include "notify/mime.hpp"

namespace bursar::notify {
namespace {

Receipt dead(std::string why) {
  Receipt receipt;
  receipt.verdict = Verdict::dead;
  receipt.answer = std::move(why);
  return receipt;
}

Receipt not_served(std::string_view why) {
  Receipt receipt;
  receipt.verdict = Verdict::retry;
  receipt.unavailable = true;
  receipt.answer = safe_text(why, limits::peer_text_characters);
  return receipt;
}

Sender sender_of(const std::string& from) {
  auto sender = parse_sender(from);
  if (!sender)
    throw UsageError(fmt::format("mails cannot be sent from '{}': {}; write 'Name <user@example.com>'", from,
                                 sender.error()));
  if (sender->mailbox.needs_smtputf8)
    throw UsageError(
        fmt::format("mails cannot be sent from '{}': the part before the @ must be ASCII", from));
  return std::move(*sender);
}

Monotonic now() { return std::chrono::steady_clock::now(); }

}  // namespace

SmtpChannel::SmtpChannel(Executor executor, SmtpOptions options, const Clock& clock)
    : executor_(std::move(executor)),
      options_(std::move(options)),
      server_(parse_smtp_url(options_.url)),
      sender_(sender_of(options_.from)),
      clock_(clock),
      turns_(executor_, options_.connections, "the mail server") {
  if (server_.tls != SmtpServer::Tls::none) tls_ = http::make_tls_context(options_.trusted_certificates_file);
}

Task<Receipt> SmtpChannel::send(Message message) {
  const Monotonic deadline = now() + options_.deadline;
  const auto to = parse_mailbox(message.to);
  if (!to) co_return dead(to.error());
  const auto mail = compose_mail(sender_, *to, message, clock_.now());
  if (!mail) co_return dead(mail.error());
  Envelope envelope;
  envelope.from = sender_.mailbox.address;
  envelope.to = to->address;
  envelope.needs_smtputf8 = to->needs_smtputf8;
  envelope.content = dot_stuffed(*mail);
  std::string no_turn;
  try {
    const http::Turns::Turn turn = co_await turns_.take(deadline);
    co_return co_await deliver(std::move(envelope), deadline);
  } catch (const http::CallFailed& failure) {
    no_turn = failure.what();
  }
  co_return not_served(no_turn);
}

Task<Receipt> SmtpChannel::deliver(Envelope envelope, Monotonic deadline) {
  Session session = co_await kept_session(now());
  if (session) {
    SmtpSession::Delivery delivery = co_await session->deliver(envelope, deadline);
    if (session->usable()) idle_.push_back(std::move(session));
    if (!delivery.stale) co_return std::move(delivery.receipt);
  }
  session = std::make_unique<SmtpSession>(executor_, server_, tls_.get());
  std::string failed;
  try {
    co_await session->open(options_.helo, std::min(deadline, now() + options_.session_deadline));
  } catch (const SmtpFailed& failure) {
    failed = failure.what();
  }
  if (!failed.empty()) co_return not_served(failed);
  SmtpSession::Delivery delivery = co_await session->deliver(envelope, deadline);
  if (session->usable()) idle_.push_back(std::move(session));
  co_return std::move(delivery.receipt);
}

// The one used last, so that what is not needed grows old. What the server closed or spoke on is dropped.
Task<SmtpChannel::Session> SmtpChannel::kept_session(Monotonic time) {
  while (!idle_.empty()) {
    Session session = std::move(idle_.back());
    idle_.pop_back();
    if (!session->usable()) continue;
    if (time - session->last_used() < limits::outbound_idle) co_return session;
    co_await session->quit(time + milliseconds(100));
  }
  co_return nullptr;
}

Task<> SmtpChannel::close() {
  std::vector<Session> sessions;
  sessions.swap(idle_);
  for (const Session& session : sessions) co_await session->quit(now() + milliseconds(100));
}

}  // namespace bursar::notify
