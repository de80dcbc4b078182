// Certificates that sign themselves, made anew for each test, as the PEM files that a server or a client is
// given.
#pragma once
#include <string>

#include "testing/binary.hpp"

namespace bursar::testing {

struct CertificateTerms {
  /// "IP:127.0.0.1,DNS:localhost"
  std::string names = "IP:127.0.0.1,DNS:localhost";
  std::string common_name = "test";
  /// From now on, in seconds.
  long begins = -3600, ends = 3600;
};

/// The files live as long as the object.
class TestIdentity {
 public:
  explicit TestIdentity(const CertificateTerms& terms = {});

  std::string certificate_file() const { return (folder_.path() / "certificate.pem").string(); }
  std::string key_file() const { return (folder_.path() / "key.pem").string(); }
  /// Likewise, locked with a passphrase.
  std::string locked_key_file() const { return (folder_.path() / "locked.pem").string(); }

 private:
  TemporaryFolder folder_;
};

}  // namespace bursar::testing
