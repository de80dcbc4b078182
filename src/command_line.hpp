// The arguments of `bursar`: parsed once by CLI11 (only in command_line.cpp), for arguments alone; settings
// come from config.hpp. main.cpp looks at `verb` and calls the function that does it.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cli/daily.hpp"
#include "cli/messages.hpp"
#include "cli/payments.hpp"

namespace bursar {

enum class Verb {
  none,
  up,
  serve,
  migrate,
  audit,
  config_check,
  openapi,
  access,
  token_mint,
  gateway_sim,
  devtools,
  payments_create,
  payments_get,
  payments_list,
  payments_wait,
  payments_timeline,
  mail_list,
  mail_show,
  sms_list,
  analytics_run,
  analytics_show,
  dlq_list,
  dlq_redrive,
};

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

struct CommandLine {
  Verb verb = Verb::none;
  cli::Format format = cli::Format::table;
  ServeRoles roles;
  TokenArguments token;
  AuditArguments audit;
  SimulatorArguments simulator;
  DevtoolsArguments devtools;
  cli::CreateArguments create;
  cli::ListArguments list;
  std::string payment_id;
  std::chrono::seconds timeout{30};
  cli::MessageFilter messages;
  std::int64_t mail_number = 0;
  cli::DailyArguments daily;
  DeadLetterArguments dead_letters;
  /// `openapi`: of the operations listener.
  bool with_operations = false;
};

/// The command, or the exit code of what was already answered (help, version, completion, a usage error).
std::variant<CommandLine, ExitCode> parse_command_line(int argc, const char* const* argv);

}  // namespace bursar
