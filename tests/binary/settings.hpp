// What every test of the binary needs: keys, tokens and the environment of a `serve`.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "store/database.hpp"
#include "testing/binary.hpp"

namespace bursar::testing {

/// kid:alg:key of a development key.
std::string test_keys();
/// "Bearer …", good for 15 minutes.
std::string bearer(const std::string& subject, const std::string& role);

inline const std::string customer = "0192f0c1-7b1e-7c3a-8f00-0123456789ab";
inline const std::string analyst = "0192f0c1-7b1e-7c3a-8f00-0123456789ac";

/// What comes back for these bytes until the peer closes; `url` is "http://127.0.0.1:8000".
std::string answer_to(const std::string& url, std::string_view bytes);

/// Development settings for a database; every port is 0. `more` is added behind.
Environment serve_environment(const store::DatabaseOptions& database, const Environment& more = {});

/// A running `serve` that said where it listens.
class Server {
 public:
  Server(const std::string& roles, const Environment& environment);
  Binary& process() { return process_; }
  const std::string& url() const { return url_; }
  const std::string& ops_url() const { return ops_url_; }
  void wait_until_ready() const { wait_for_status(ops_url_, "/readyz", 200); }
  /// POST /payments of the test customer.
  Reply pay(const std::string& key, std::int64_t amount = 1234) const;

 private:
  Binary process_;
  std::string url_, ops_url_;
};

}  // namespace bursar::testing
