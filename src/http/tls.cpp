#include "http/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/check.hpp"
#include "base/error.hpp"
#include "base/limits.hpp"

namespace bursar::http {
namespace {

// TLS 1.2 with forward secrecy and authenticated encryption only (RFC 9325 §4.2); TLS 1.3 has nothing else.
constexpr const char* ciphers_of_1_2 = "ECDHE+AESGCM:ECDHE+CHACHA20";

std::string reason() {
  const char* text = ERR_reason_error_string(ERR_peek_last_error());
  return text == nullptr ? "OpenSSL does not say why" : text;
}

UsageError unusable(std::string_view what, const std::string& file, const std::string& why) {
  return UsageError(fmt::format("cannot serve TLS with the {} {}: {}", what, file, why));
}

void check_readable(std::string_view what, const std::string& file) {
  if (::access(file.c_str(), R_OK) != 0) throw unusable(what, file, std::strerror(errno));
}

// Nobody is asked on a terminal.
int refuse_passphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return 0;
}

// RFC 7301 §3.2: a client that only speaks other protocols is told so. Who names none speaks HTTP/1.1.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_bytes,
                    const unsigned char* offered, unsigned offered_bytes, void*) {
  for (unsigned at = 0; at < offered_bytes; at += offered[at] + 1U) {
    const std::string_view name(reinterpret_cast<const char*>(offered) + at + 1, offered[at]);
    if (name != "http/1.1" && name != "http/1.0") continue;
    *chosen = offered + at + 1;
    *chosen_bytes = offered[at];
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

Instant to_instant(const ASN1_TIME* time) {
  std::tm fields{};
  CHECK(ASN1_TIME_to_tm(time, &fields) == 1);
  return Instant(std::chrono::seconds(::timegm(&fields)));
}

std::string name_of(const X509* certificate) {
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> out(BIO_new(BIO_s_mem()), BIO_free_all);
  X509_NAME_print_ex(out.get(), X509_get_subject_name(certificate), 0,
                     XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB);
  char* text = nullptr;
  const long bytes = BIO_get_mem_data(out.get(), &text);
  return std::string(text, static_cast<std::size_t>(bytes));
}

void set_policy(SSL_CTX* context) {
  const bool set = SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
                   SSL_CTX_set_cipher_list(context, ciphers_of_1_2) == 1;
  if (!set) throw UsageError("OpenSSL of this system does not offer TLS 1.2 with modern ciphers");
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  // Tickets need no memory of ours.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_RELEASE_BUFFERS);
  // A read ends after each record that carries no data, so that endless key updates (RFC 8446 §4.6.3) of one
  // client do not hold the loop.
  SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
  SSL_CTX_set_read_ahead(context, 1);
}

}  // namespace

TlsIdentity::TlsIdentity(const TlsFiles& files, Instant now)
    : context_(SSL_CTX_new(TLS_server_method()), SSL_CTX_free) {
  CHECK(context_ != nullptr);
  SSL_CTX* context = context_.get();
  ERR_clear_error();
  set_policy(context);
  bool locked = false;
  SSL_CTX_set_default_passwd_cb(context, refuse_passphrase);
  SSL_CTX_set_default_passwd_cb_userdata(context, &locked);
  check_readable("certificate", files.certificate);
  check_readable("key", files.key);
  if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1)
    throw unusable("certificate", files.certificate,
                   reason() + "; give a PEM file with the certificate first and its chain behind it");
  const X509* certificate = SSL_CTX_get0_certificate(context);
  subject_ = name_of(certificate);
  expires_ = to_instant(X509_get0_notAfter(certificate));
  if (expires_ <= now)
    throw unusable("certificate", files.certificate,
                   fmt::format("it expired at {}; renew it", to_rfc3339(expires_)));
  if (const Instant begins = to_instant(X509_get0_notBefore(certificate)); begins > now)
    throw unusable(
        "certificate", files.certificate,
        fmt::format("it holds only from {} on; is this machine's clock right?", to_rfc3339(begins)));
  if (SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    const bool other = ERR_GET_LIB(ERR_peek_last_error()) == ERR_LIB_X509;
    throw unusable("key", files.key,
                   locked  ? "it is protected by a passphrase; give a PEM file without one"
                   : other ? "it is not the key of the certificate " + files.certificate
                           : reason() + "; give a PEM file with the certificate's private key");
  }
  SSL_CTX_set_default_passwd_cb_userdata(context, nullptr);
}

bool TlsIdentity::names(const std::string& host) const {
  X509* certificate = SSL_CTX_get0_certificate(context_.get());
  return X509_check_ip_asc(certificate, host.c_str(), 0) == 1 ||
         X509_check_host(certificate, host.c_str(), host.size(), 0, nullptr) == 1;
}

// RFC 8446 §4 and §5.1. Whoever puts another record in front, or the header of the hello in several, hides
// what it announces; no client has a reason to.
Beginning beginning_of(std::string_view bytes) {
  if (bytes.size() < beginning_bytes) return Beginning::nothing;
  if (bytes[0] >= 'A' && bytes[0] <= 'Z') return Beginning::plain_text;  // a method of HTTP
  const auto number = [bytes](std::size_t at, std::size_t count) {
    std::size_t value = 0;
    for (const char byte : bytes.substr(at, count)) value = value << 8 | static_cast<unsigned char>(byte);
    return value;
  };
  constexpr std::size_t handshake_record = 22, client_hello = 1, header_bytes = 4;
  const bool is_hello = number(0, 1) == handshake_record && number(3, 2) >= header_bytes &&
                        number(5, 1) == client_hello && number(6, 3) <= limits::client_hello_bytes;
  return is_hello ? Beginning::hello : Beginning::other;
}

TlsSession::TlsSession(const TlsIdentity& identity, int socket)
    : session_(SSL_new(identity.context_.get()), SSL_free) {
  if (session_ == nullptr || SSL_set_fd(session_.get(), socket) != 1) throw std::bad_alloc();
  SSL_set_accept_state(session_.get());
}

TlsSession::Step TlsSession::shake_hands() {
  ERR_clear_error();
  return step_of(SSL_do_handshake(session_.get()));
}

TlsSession::Step TlsSession::read(std::span<char> room, std::size_t& bytes) {
  ERR_clear_error();
  return step_of(SSL_read_ex(session_.get(), room.data(), room.size(), &bytes));
}

TlsSession::Step TlsSession::write(std::string_view text, std::size_t& bytes) {
  ERR_clear_error();
  return step_of(SSL_write_ex(session_.get(), text.data(), text.size(), &bytes));
}

TlsSession::Step TlsSession::step_of(int result) {
  switch (SSL_get_error(session_.get(), result)) {
    case SSL_ERROR_NONE:
      return Step::done;
    case SSL_ERROR_WANT_READ:
      return Step::wants_read;
    case SSL_ERROR_WANT_WRITE:
      return Step::wants_write;
    case SSL_ERROR_ZERO_RETURN:
      return Step::ended;
    default:
      broken_ = true;
  }
  const auto error = ERR_peek_last_error();
  if (error == 0) return Step::ended;  // the socket's own error
  const bool has_ended =
      ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
  return has_ended ? Step::ended : Step::failed;
}

void TlsSession::say_end() {
  if (broken_ || SSL_is_init_finished(session_.get()) != 1) return;
  ERR_clear_error();
  SSL_shutdown(session_.get());
  broken_ = true;
}

}  // namespace bursar::http
