#include "notify/smtp_connection.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/write.hpp>

namespace bursar::notify {

using asio::ip::tcp;
using boost::system::error_code;

// Outlives the connection when its timer has fired already. The timer is not moved for every mail: when it
// fires too early it is set again, so a deadline costs one assignment.
struct SmtpConnection::Deadline : std::enable_shared_from_this<Deadline> {
  explicit Deadline(const Executor& executor) : timer(executor) {}

  void arm() {
    armed = true;
    timer.expires_at(at);
    timer.async_wait([self = weak_from_this()](const error_code&) {
      if (const auto deadline = self.lock()) deadline->fired();
    });
  }

  void fired() {
    armed = false;
    if (socket == nullptr || at == Monotonic::max()) return;
    if (std::chrono::steady_clock::now() < at) return arm();
    expired = true;
    error_code ignored;
    socket->close(ignored);
  }

  asio::steady_timer timer;
  tcp::socket* socket = nullptr;
  Monotonic at = Monotonic::max();
  bool armed = false, expired = false;
};

SmtpConnection::SmtpConnection(const Executor& executor)
    : socket_(executor), deadline_(std::make_shared<Deadline>(executor)) {
  deadline_->socket = &socket_;
}

SmtpConnection::~SmtpConnection() {
  deadline_->socket = nullptr;
  deadline_->timer.cancel();
}

void SmtpConnection::expire_at(Monotonic at) {
  const bool earlier = at < deadline_->at;
  deadline_->at = at;
  if (at == Monotonic::max()) return;
  if (deadline_->armed && earlier && deadline_->timer.expiry() > at) deadline_->timer.cancel();
  if (!deadline_->armed) deadline_->arm();
}

void SmtpConnection::fail(const error_code& error, std::string_view doing, std::size_t written) {
  if (deadline_->expired) throw SmtpFailed(fmt::format("the time was over while {}", doing), written);
  // The caller was cancelled; that is nobody's failure.
  if (error == asio::error::operation_aborted) throw boost::system::system_error(error);
  const std::string reason = error == asio::error::eof ? "the server closed the connection" : error.message();
  throw SmtpFailed(fmt::format("{} while {}", reason, doing), written);
}

Task<Endpoints> SmtpConnection::resolve(const SmtpServer& server) {
  const auto left = std::chrono::ceil<milliseconds>(deadline_->at - std::chrono::steady_clock::now());
  auto found = co_await look_up_host(server.host, server.port, left);
  if (found) co_return std::move(*found);
  if (found.error() == asio::error::timed_out)
    throw SmtpFailed("the time was over while resolving " + server.host);
  fail(found.error(), "resolving " + server.host);
}

Task<> SmtpConnection::connect(const SmtpServer& server) {
  const Endpoints endpoints = co_await resolve(server);
  error_code error = asio::error::host_not_found;
  for (const tcp::endpoint& endpoint : endpoints) {
    error_code ignored;
    socket_.close(ignored);
    auto token = asio::redirect_error(asio::use_awaitable, error);
    co_await socket_.async_connect(endpoint, token);
    if (!error || deadline_->expired || error == asio::error::operation_aborted) break;
  }
  if (error || deadline_->expired) fail(error, fmt::format("connecting to {}:{}", server.host, server.port));
  socket_.set_option(tcp::no_delay(true), error);
  if (!error) socket_.non_blocking(true, error);
  if (error) fail(error, "preparing the connection");
}

Task<> SmtpConnection::start_tls(asio::ssl::context& context, const std::string& host) {
  if (begin_ != end_) throw SmtpFailed("the server sent bytes behind its answer to STARTTLS");
  tls_ = std::make_unique<asio::ssl::stream<tcp::socket&>>(socket_, context);
  error_code error, no_address;
  asio::ip::make_address(host, no_address);
  // RFC 6066 §3: an address is no server name.
  if (no_address && SSL_set_tlsext_host_name(tls_->native_handle(), host.c_str()) != 1)
    throw SmtpFailed("the host name cannot be used for TLS");
  tls_->set_verify_callback(asio::ssl::host_name_verification(host), error);
  if (error) fail(error, "starting TLS");
  auto token = asio::redirect_error(asio::use_awaitable, error);
  co_await tls_->async_handshake(asio::ssl::stream_base::client, token);
  if (error) fail(error, "starting TLS");
}

Task<> SmtpConnection::write(std::string_view text) {
  error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  if (tls_ != nullptr) {
    co_await asio::async_write(*tls_, asio::buffer(text), token);
    if (error) fail(error, "writing", text.size());
    co_return;
  }
  // A mail fits the socket's buffer at once: no turn of the loop, and an exact count.
  std::size_t written = socket_.write_some(asio::buffer(text), error);
  if (error == asio::error::would_block) error.clear();
  if (!error && written < text.size())
    written += co_await asio::async_write(socket_, asio::buffer(text.substr(written)), token);
  if (error) fail(error, "writing", written);
}

Task<SmtpReply> SmtpConnection::read_reply() {
  SmtpReplyReader reader;
  while (true) {
    std::size_t used = 0;
    const auto state = reader.read(std::string_view(buffer_.data() + begin_, end_ - begin_), used);
    begin_ += used;
    if (begin_ == end_) begin_ = end_ = 0;
    if (state == SmtpReplyReader::State::complete) co_return reader.take();
    if (state == SmtpReplyReader::State::malformed) throw SmtpFailed("the server's answer is not SMTP");
    if (begin_ > 0) {
      std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    auto space = asio::buffer(buffer_.data() + end_, buffer_.size() - end_);
    if (tls_ != nullptr)
      end_ += co_await tls_->async_read_some(space, token);
    else
      end_ += co_await socket_.async_read_some(space, token);
    if (error) fail(error, "waiting for an answer");
  }
}

bool SmtpConnection::silent() {
  if (begin_ != end_ || !socket_.is_open()) return false;
  if (tls_ != nullptr) {
    SSL* session = tls_->native_handle();
    if (SSL_has_pending(session) != 0 || BIO_ctrl_pending(SSL_get_rbio(session)) != 0) return false;
  }
  char byte;
  error_code error;
  socket_.receive(asio::buffer(&byte, 1), asio::socket_base::message_peek, error);
  return error == asio::error::would_block;
}

std::string SmtpConnection::own_address() const {
  error_code error;
  const auto address = socket_.local_endpoint(error).address();
  if (error) return "[127.0.0.1]";
  return address.is_v6() ? fmt::format("[IPv6:{}]", address.to_string())
                         : fmt::format("[{}]", address.to_string());
}

void SmtpConnection::close() {
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace bursar::notify
