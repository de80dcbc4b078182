// A foreign issuer as OpenID Connect Discovery describes one, on loopback: its configuration, and its keys at
// the address that names. What it serves changes when the test says so.
#pragma once
#include <string>

#include "http/server.hpp"

namespace bursar::testing {

class IssuerServer {
 public:
  explicit IssuerServer(Loop& loop);

  /// iss of its tokens.
  std::string name() const { return "http://127.0.0.1:" + std::to_string(server_.port()) + "/realm"; }
  std::string keys_url() const { return name() + "/protocol/openid-connect/certs"; }

  /// From the next fetch on.
  void serve(std::string body, int status = 200) {
    body_ = std::move(body);
    status_ = status;
  }
  /// Fetches wait until release().
  void hold() { released_.reset(); }
  void release() { released_.set(); }
  /// Fetches of the keys that have come so far.
  int fetches() const { return fetches_; }

  Task<> run() { return server_.run(); }
  void stop() { server_.stop(); }

 private:
  Task<http::Response> answer(const http::Request& request);

  std::string body_ = R"({"keys":[]})";
  int status_ = 200;
  int fetches_ = 0;
  Event released_;
  http::Server server_;
};

}  // namespace bursar::testing
