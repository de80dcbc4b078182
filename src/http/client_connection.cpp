// Also the one unit that compiles the TLS part of Asio (BOOST_ASIO_SEPARATE_COMPILATION).
#include "http/client_connection.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/asio/write.hpp>

#include "base/error.hpp"

namespace bursar::http {

std::unique_ptr<asio::ssl::context> make_tls_context(const std::string& trusted_certificates_file) {
  auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_client);
  ErrorCode error;
  if (trusted_certificates_file.empty())
    context->set_default_verify_paths(error);
  else
    context->load_verify_file(trusted_certificates_file, error);
  if (error)
    throw UsageError(fmt::format(
        "cannot load the trusted certificates{}: {}; give a PEM file that can be read",
        trusted_certificates_file.empty() ? "" : " of " + trusted_certificates_file, error.message()));
  context->set_verify_mode(asio::ssl::verify_peer);
  // What the file holds is trusted as it is, also without the authority that signed it.
  if (!trusted_certificates_file.empty())
    X509_STORE_set_flags(SSL_CTX_get_cert_store(context->native_handle()), X509_V_FLAG_PARTIAL_CHAIN);
  if (SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION) != 1)
    throw UsageError("OpenSSL of this system does not offer TLS 1.2");
  return context;
}

ClientConnection::ClientConnection(const Executor& executor, const Origin& origin, asio::ssl::context* tls)
    : socket_(executor), host_(origin.host) {
  if (tls != nullptr) tls_.emplace(socket_, *tls);
}

Task<ErrorCode> ClientConnection::connect(asio::ip::tcp::endpoint peer) {
  ErrorCode error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  co_await socket_.async_connect(peer, token);
  if (error) co_return error;
  socket_.set_option(asio::ip::tcp::no_delay(true), error);
  if (!error) socket_.non_blocking(true, error);
  co_return error;
}

Task<ErrorCode> ClientConnection::handshake() {
  if (!tls_) co_return ErrorCode();
  ErrorCode error;
  ErrorCode no_address;
  asio::ip::make_address(host_, no_address);
  // RFC 6066 §3: an address is no server name.
  if (no_address && SSL_set_tlsext_host_name(tls_->native_handle(), host_.c_str()) != 1)
    co_return asio::error::invalid_argument;
  tls_->set_verify_callback(asio::ssl::host_name_verification(host_), error);
  if (error) co_return error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  co_await tls_->async_handshake(asio::ssl::stream_base::client, token);
  co_return error;
}

Task<ClientConnection::Written> ClientConnection::write(std::string_view text) {
  Written written;
  auto token = asio::redirect_error(asio::use_awaitable, written.error);
  if (tls_) {
    written.sent = true;
    co_await asio::async_write(*tls_, asio::buffer(text), token);
    co_return written;
  }
  // A small request fits the socket's buffer at once: no turn of the loop, and the exact count.
  std::size_t bytes = socket_.write_some(asio::buffer(text), written.error);
  if (written.error == asio::error::would_block) written.error.clear();
  if (!written.error && bytes < text.size())
    bytes += co_await asio::async_write(socket_, asio::buffer(text.substr(bytes)), token);
  written.sent = bytes > 0;
  co_return written;
}

Task<ErrorCode> ClientConnection::read_more() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  ErrorCode error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  auto space = asio::buffer(buffer_.data() + end_, buffer_.size() - end_);
  if (tls_)
    end_ += co_await tls_->async_read_some(space, token);
  else
    end_ += co_await socket_.async_read_some(space, token);
  co_return error;
}

void ClientConnection::consume(std::size_t bytes) {
  begin_ += bytes;
  if (begin_ == end_) begin_ = end_ = 0;
}

bool ClientConnection::silent() {
  if (begin_ != end_ || !socket_.is_open()) return false;
  if (tls_) {
    SSL* session = tls_->native_handle();
    if (SSL_has_pending(session) != 0 || BIO_ctrl_pending(SSL_get_rbio(session)) != 0) return false;
  }
  char byte;
  ErrorCode error;
  socket_.receive(asio::buffer(&byte, 1), asio::socket_base::message_peek, error);
  return error == asio::error::would_block;
}

void ClientConnection::close() {
  ErrorCode ignored;
  socket_.close(ignored);
}

}  // namespace bursar::http
