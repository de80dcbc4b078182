// Outbound HTTP/1.1 for the hot paths (gateway, SMS provider, later webhooks): kept connections, one request
// at a time on each, never repeats a request by itself, no proxy from the environment, no redirects. One
// loop. What goes over the wire equals what was called: wire requests = recorded attempts.
#pragma once
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/async.hpp"
#include "base/limits.hpp"

namespace bursar::http {

struct ClientRequest {
  std::string method = "POST";
  std::string path = "/";  // with its query, already encoded
  /// Without Host, Connection, Content-Type, Content-Length and Transfer-Encoding: those are the client's.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string content_type;
  std::string body;
  /// A longer answer is an error; also bounds what is kept of an endless one.
  std::size_t max_answer_bytes = limits::outbound_answer_bytes;
};

struct ClientResponse {
  int status = 0;
  /// Of the head only; trailers of a chunked answer are dropped.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  /// The first field of that name, in any case.
  std::optional<std::string> header(std::string_view name) const;
  std::size_t count(std::string_view name) const;
};

/// No complete answer. `sent` says whether any byte of the request may have reached the peer: if not, the
/// request definitely had no effect.
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
  /// "http://127.0.0.1:8010" or "https://api.stripe.com"; a path, user or query in it is a usage error.
  std::string base_url;
  /// Connections kept and used at once; further callers wait in line within their deadline.
  std::size_t connections = 64;
  /// PEM file with the only certificates trusted for https; empty: the system's.
  std::string trusted_certificates_file = {};
};

class Client {
 public:
  /// Throws UsageError for a URL or a certificate file it cannot use.
  Client(Executor executor, ClientOptions options);
  ~Client();

  /// One attempt on the wire; the deadline covers waiting in line, resolving, connecting, TLS, writing and
  /// reading. A kept connection is used only while it is silent: surplus bytes or a close seen before the
  /// first byte is written open a new one. Throws CallFailed; operation_aborted when the caller was
  /// cancelled.
  Task<ClientResponse> call(ClientRequest request, milliseconds deadline);

  /// Closes idle connections and fails what waits in line; calls under way end by themselves.
  void close();

  /// Open connections that no call uses now.
  std::size_t idle() const;

 private:
  class Core;
  std::shared_ptr<Core> core_;
};

}  // namespace bursar::http
