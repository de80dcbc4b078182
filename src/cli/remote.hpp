// How client verbs speak to a running Bursar: one HTTP call each, answers as JSON, refusals as an exit code
// with a sentence. Called by the verbs in this folder.
#pragma once
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/async.hpp"
#include "base/json.hpp"
#include "cli/exit_code.hpp"
#include "http/client.hpp"

namespace bursar::cli {

/// A verb that ends with a message and a code other than 1 and 2.
class CommandFailed : public std::runtime_error {
 public:
  CommandFailed(ExitCode code, const std::string& what) : std::runtime_error(what), code_(code) {}
  ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

struct Server {
  /// "http://127.0.0.1:8000"
  std::string url;
  /// Bearer token; empty sends none.
  std::string token;
  /// PEM file of the only certificates trusted for https; empty: the system's.
  std::string ca_file = {};
};

using Query = std::vector<std::pair<std::string, std::string>>;

class Remote {
 public:
  Remote(Executor executor, Server server);

  /// Throws CommandFailed for everything but a 2xx with a JSON object.
  Task<json::object> get(std::string path, Query query);
  /// With an Idempotency-Key, so that a lost answer can be asked for again by the same key.
  Task<json::object> post(std::string path, json::object body, std::string idempotency_key);
  /// A change that is not repeated: its lost answer is looked up.
  Task<json::object> send(std::string method, std::string path, std::optional<json::object> body);

 private:
  Task<json::object> call(http::ClientRequest request);

  Server server_;
  http::Client client_;
};

/// Everything but RFC 3986's unreserved characters as %XX.
std::string percent_encode(std::string_view text);

/// The exit code and the sentence for a refusal with this status and body (problem+json or anything).
CommandFailed refusal_of(int status, std::string_view body, std::string_view url);

}  // namespace bursar::cli
