// The server's side of TLS 1.2 and later: who we are (certificate chain and key), and one session on a
// non-blocking socket. OpenSSL reads and writes the socket itself, so that a session costs no buffers beside
// its own. Only tls.cpp knows OpenSSL; connection.hpp waits where a step has to.
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"

struct ssl_st;
struct ssl_ctx_st;

namespace bursar::http {

/// PEM files: the certificate with those between it and its authority behind it, and its key.
struct TlsFiles {
  std::string certificate;
  std::string key;
};

class TlsIdentity {
 public:
  /// Throws UsageError that names the file and what is wrong with it: cannot be read, no PEM, a key with a
  /// passphrase, a key of another certificate, expired or not yet valid at `now`, too weak for this OpenSSL.
  TlsIdentity(const TlsFiles& files, Instant now);

  /// For logs: whom the certificate names, such as "CN = pay.example.test", and until when it holds.
  const std::string& subject() const { return subject_; }
  Instant expires() const { return expires_; }
  /// Whether a client that calls "127.0.0.1" or "pay.example.test" finds that in the certificate.
  bool names(const std::string& host) const;

 private:
  friend class TlsSession;
  std::unique_ptr<ssl_ctx_st, void (*)(ssl_ctx_st*)> context_;
  std::string subject_;
  Instant expires_;
};

/// What a connection begins with, told by its first bytes and before a session is spent on it.
enum class Beginning {
  nothing,  // not so many bytes
  hello,    // a ClientHello that announces at most limits::client_hello_bytes
  plain_text,
  other,
};
inline constexpr std::size_t beginning_bytes = 9;  // the headers of a record and of a message in it
Beginning beginning_of(std::string_view bytes);

/// The process must ignore SIGPIPE.
class TlsSession {
 public:
  enum class Step {
    done,
    wants_read,   // again when the socket has something
    wants_write,  // again when it takes something
    ended,        // the client has said that nothing more comes, or is gone
    failed,
  };

  /// On a connected non-blocking socket, which stays the caller's. The identity may end before the session.
  TlsSession(const TlsIdentity& identity, int socket);

  Step shake_hands();
  /// At most room.size() bytes; `bytes` is set with `done`.
  Step read(std::span<char> room, std::size_t& bytes);
  /// At most one record; `bytes` is set with `done`. After wants_write the same text must come again.
  Step write(std::string_view text, std::size_t& bytes);
  /// Tells the client that nothing more comes (close_notify), if the socket takes it at once.
  void say_end();

 private:
  Step step_of(int result);

  std::unique_ptr<ssl_st, void (*)(ssl_st*)> session_;
  bool broken_ = false;
};

}  // namespace bursar::http
