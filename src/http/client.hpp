// Outbound HTTP/1.1 for the hot paths (gateway, SMS provider, later webhooks): kept connections, one request at a time
// on each, never repeats a request by itself, no proxy from the environment, no redirects. One loop. The only unit
// that includes Beast.
#pragma once
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/async.hpp"

namespace bursar::http {

struct ClientRequest {
  std::string method = "POST";
  std::string path = "/";  // with its query, already encoded
  std::vector<std::pair<std::string, std::string>> headers;
  std::string content_type;
  std::string body;
};

struct ClientResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  /// At most limits::outbound_answer_bytes; a longer answer is an error.
  std::string body;

  std::optional<std::string> header(std::string_view name) const;
};

/// No complete answer. `sent` says whether any byte of the request may have reached the peer: if not, the request
/// definitely had no effect.
class CallFailed : public std::runtime_error {
 public:
  CallFailed(const std::string& what, bool sent, bool timed_out)
      : std::runtime_error(what), sent_(sent), timed_out_(timed_out) {}
  bool sent() const { return sent_; }
  bool timed_out() const { return timed_out_; }

 private:
  bool sent_;
  bool timed_out_;
};

struct ClientOptions {
  /// "http://127.0.0.1:8010" or "https://api.stripe.com"; a path in it is a usage error.
  std::string base_url;
  /// Connections kept and used at once; further callers wait in line within their deadline.
  std::size_t connections = 64;
};

class Client {
 public:
  /// Throws UsageError for a URL it cannot use.
  Client(Executor executor, ClientOptions options);
  ~Client();

  /// One attempt on the wire. A kept connection is used only while it is silent: surplus bytes or a close seen before
  /// the first byte is written open a new one. Throws CallFailed.
  Task<ClientResponse> call(ClientRequest request, milliseconds deadline);

  /// Closes idle connections and fails what waits.
  void close();

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace bursar::http
