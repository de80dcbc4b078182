#include "tls_client.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>

#include "http/tls.hpp"

namespace bursar::http::testing {
namespace {

// "h2,http/1.1" as the wire has it.
std::string wire_form(std::string_view protocols) {
  std::string wire;
  while (!protocols.empty()) {
    const auto name = protocols.substr(0, protocols.find(','));
    wire += static_cast<char>(name.size());
    wire += name;
    protocols.remove_prefix(std::min(protocols.size(), name.size() + 1));
  }
  return wire;
}

std::string reason() {
  const char* text = ERR_reason_error_string(ERR_peek_last_error());
  return text == nullptr ? "the connection ended" : text;
}

}  // namespace

std::shared_ptr<const TlsIdentity> load(const bursar::testing::TestIdentity& files) {
  return std::make_shared<TlsIdentity>(TlsFiles{files.certificate_file(), files.key_file()},
                                       SystemClock().now());
}

ServerOptions with_tls(Deadlines deadlines, const bursar::testing::CertificateTerms& terms) {
  return ServerOptions{.tls = load(bursar::testing::TestIdentity(terms)), .deadlines = deadlines};
}

TlsClient::TlsClient(std::uint16_t port, TlsTerms terms)
    : RawClient(port, terms.receive_buffer_bytes, terms.from),
      terms_(std::move(terms)),
      context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free),
      session_(nullptr, SSL_free) {
  SSL_CTX* context = context_.get();
  SSL_CTX_set_security_level(context, 0);  // the server decides
  SSL_CTX_set_min_proto_version(context, terms_.version);
  SSL_CTX_set_max_proto_version(context, terms_.version);
  if (!terms_.ciphers.empty()) SSL_CTX_set_cipher_list(context, terms_.ciphers.c_str());
  const std::string protocols = wire_form(terms_.protocols);
  SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>(protocols.data()),
                          static_cast<unsigned>(protocols.size()));
  session_.reset(SSL_new(context));
  SSL_set_bio(session_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_connect_state(session_.get());
  failure_ = shake_hands();
}

std::string TlsClient::shake_hands() {
  while (true) {
    ERR_clear_error();
    const int result = SSL_do_handshake(session_.get());
    const bool waits = SSL_get_error(session_.get(), result) == SSL_ERROR_WANT_READ;
    const std::string why = result == 1 || waits ? "" : reason();
    const bool flushed = flush();
    if (result == 1) return "";
    if (!why.empty()) return why;
    if (!flushed || !fill()) return "the connection ended";
  }
}

bool TlsClient::flush() {
  std::array<char, 16 * 1024> part;
  const std::size_t piece = terms_.piece_bytes == 0 ? part.size() : terms_.piece_bytes;
  while (true) {
    const int bytes = BIO_read(SSL_get_wbio(session_.get()), part.data(), static_cast<int>(piece));
    if (bytes <= 0) return true;
    for (std::ptrdiff_t sent = 0; sent < bytes;) {
      const auto now = RawClient::write_some(part.data() + sent, static_cast<std::size_t>(bytes - sent));
      if (now <= 0) return false;
      sent += now;
    }
  }
}

bool TlsClient::fill() {
  std::array<char, 16 * 1024> part;
  const auto bytes = RawClient::read_some(part.data(), part.size());
  if (bytes <= 0) return false;
  BIO_write(SSL_get_rbio(session_.get()), part.data(), static_cast<int>(bytes));
  return true;
}

std::ptrdiff_t TlsClient::read_some(char* room, std::size_t bytes) {
  while (true) {
    ERR_clear_error();
    const int got = SSL_read(session_.get(), room, static_cast<int>(bytes));
    if (got > 0) return got;
    const int error = SSL_get_error(session_.get(), got);
    if (error != SSL_ERROR_WANT_READ) return 0;
    errno = 0;
    if (!fill()) return errno == 0 ? 0 : -1;
  }
}

std::ptrdiff_t TlsClient::write_some(const char* text, std::size_t bytes) {
  ERR_clear_error();
  const int put = SSL_write(session_.get(), text, static_cast<int>(bytes));
  return flush() ? put : -1;
}

void TlsClient::finish_sending() {
  SSL_shutdown(session_.get());
  flush();
}

std::string TlsClient::renegotiate() {
  SSL_renegotiate(session_.get());
  return shake_hands();
}

bool TlsClient::update_keys() {
  SSL_key_update(session_.get(), SSL_KEY_UPDATE_NOT_REQUESTED);
  return SSL_do_handshake(session_.get()) == 1 && flush();
}

std::string TlsClient::version() const { return SSL_get_version(session_.get()); }

std::string TlsClient::protocol() const {
  const unsigned char* name = nullptr;
  unsigned bytes = 0;
  SSL_get0_alpn_selected(session_.get(), &name, &bytes);
  return std::string(reinterpret_cast<const char*>(name), bytes);
}

std::string TlsClient::server_name() const {
  std::array<char, 256> name{};
  X509_NAME_get_text_by_NID(X509_get_subject_name(SSL_get0_peer_certificate(session_.get())), NID_commonName,
                            name.data(), static_cast<int>(name.size()));
  return name.data();
}

bool TlsClient::has_ended_properly() const {
  return (SSL_get_shutdown(session_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
}

}  // namespace bursar::http::testing
