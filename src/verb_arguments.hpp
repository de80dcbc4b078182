// What the verbs of `bursar` that are no client of its API are told on the command line, with the defaults.
#pragma once
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/limits.hpp"

namespace bursar {

/// Which parts of Bursar a `serve` process runs.
struct ServeRoles {
  bool api = false, executor = false, notifier = false, scheduler = false, ops = false;
};

struct TokenArguments {
  std::string subject;
  std::vector<std::string> roles;
  std::chrono::seconds lifetime{900};
};

struct AuditArguments {
  std::optional<std::filesystem::path> gateway_ledger;
  std::chrono::seconds stuck_after{60};
  std::chrono::seconds settled_after{40};
  std::size_t window = limits::audit_window_payments;
};

struct SimulatorArguments {
  std::string listen = "127.0.0.1:8010";
  std::filesystem::path ledger = "gateway-ledger.jsonl";
  std::string api_key;
  bool ignore_keys = false;
};

struct DevtoolsArguments {
  std::string gateway_listen = "127.0.0.1:8010";
  std::string smtp_listen = "127.0.0.1:8025";
  std::string sinks_listen = "127.0.0.1:8026";
  /// Where the ledgers are.
  std::filesystem::path folder = ".";
};

struct DeadLetterArguments {
  std::optional<std::string> channel;
  int limit = 50;
  /// `<payment id>.<sequence>`; with none, --all must be given.
  std::vector<std::string> events;
  bool all = false;
};

}  // namespace bursar
