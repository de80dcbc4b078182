// The arguments of `bursar`: parsed once by CLI11 (only in command_line.cpp), for arguments alone; settings
// come from config.hpp. main.cpp looks at `verb` and calls the function that does it.
#pragma once
#include <string>
#include <variant>
#include <vector>

#include "cli/access.hpp"
#include "cli/daily.hpp"
#include "cli/messages.hpp"
#include "cli/payments.hpp"
#include "verb_arguments.hpp"

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
  // For administrators, on the operations listener.
  principals_create,
  principals_list,
  principals_show,
  principals_change,
  principals_revoke,
  principals_restore,
  principals_new_secret,
  principals_revoke_secret,
  keys_list,
  keys_create,
  keys_rotate,
  keys_revoke,
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
  /// Also of the verbs `keys`.
  cli::PrincipalArguments principal;
  /// `openapi`: of the operations listener.
  bool with_operations = false;
};

/// The command, or the exit code of what was already answered (help, version, completion, a usage error).
std::variant<CommandLine, ExitCode> parse_command_line(int argc, const char* const* argv);

}  // namespace bursar
