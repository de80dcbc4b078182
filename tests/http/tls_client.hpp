// A raw client inside TLS, with everything about the handshake that a test may want to choose, and what makes
// a server speak it.
#pragma once
#include <memory>
#include <string>

#include "live_server.hpp"
#include "testing/tls_identity.hpp"

struct ssl_st;
struct ssl_ctx_st;

namespace bursar::http::testing {

std::shared_ptr<const TlsIdentity> load(const bursar::testing::TestIdentity& files);
ServerOptions with_tls(Deadlines deadlines = {}, const bursar::testing::CertificateTerms& terms = {});

struct TlsTerms {
  /// TLS1_2_VERSION and the like; 0: any.
  int version = 0;
  /// Of TLS 1.2, as OpenSSL writes them; empty: its own choice.
  std::string ciphers = {};
  /// "h2,http/1.1"; empty: none.
  std::string protocols = {};
  /// What is written to the wire at once; 0: all.
  std::size_t piece_bytes = 0;
  int receive_buffer_bytes = 0;
  /// An address of this machine; empty: the system's choice.
  const char* from = "";
};

class TlsClient : public RawClient {
 public:
  explicit TlsClient(std::uint16_t port, TlsTerms terms = {});

  /// Why there is no session; empty when there is one.
  const std::string& failure() const { return failure_; }
  std::string version() const;
  std::string protocol() const;
  /// The common name of the certificate.
  std::string server_name() const;
  /// The server has said that nothing more comes: what was read is whole.
  bool has_ended_properly() const;
  /// "no renegotiation" and the like; empty when the server agreed.
  std::string renegotiate();
  /// New keys for what we send (RFC 8446 §4.6.3); false when the connection is gone.
  bool update_keys();
  /// close_notify.
  void finish_sending() override;

 protected:
  std::ptrdiff_t read_some(char* room, std::size_t bytes) override;
  std::ptrdiff_t write_some(const char* text, std::size_t bytes) override;

 private:
  bool flush();
  bool fill();
  std::string shake_hands();

  TlsTerms terms_;
  std::unique_ptr<ssl_ctx_st, void (*)(ssl_ctx_st*)> context_;
  std::unique_ptr<ssl_st, void (*)(ssl_st*)> session_;
  std::string failure_;
};

}  // namespace bursar::http::testing
