// Parses the arguments, reads the configuration the verb needs, runs the verb. The one catch of the process.
#include <fmt/format.h>
#include <signal.h>

#include <cstdio>

#include "base/error.hpp"
#include "base/fault.hpp"
#include "cli/remote.hpp"
#include "client_verbs.hpp"
#include "command_line.hpp"
#include "config.hpp"
#include "direct_verbs.hpp"
#include "peers.hpp"
#include "pg/error.hpp"
#include "serve.hpp"
#include "tools.hpp"
#include "up.hpp"

namespace bursar {
namespace {

Config load(const ConfigNeeds& needs) {
  Config config = read_config(needs);
  for (const std::string& warning : config.warnings)
    std::fputs(fmt::format("bursar: {}\n", warning).c_str(), stderr);
  log::set_level(config.log_level);
  return config;
}

ConfigNeeds tool(bool database) { return {.database = database, .dev_env = true}; }

ExitCode run(const CommandLine& line) {
  switch (line.verb) {
    case Verb::none:
      return ExitCode::usage;
    case Verb::up:
      return up(load({.is_for_development = true}));
    case Verb::serve: {
      const Config config = load(needs_of(line.roles));
      if (!config.faults.empty()) fault::arm(config.faults);
      return serve(config, line.roles);
    }
    case Verb::migrate:
      return migrate_verb(load(tool(true)));
    case Verb::audit:
      return audit_verb(load(tool(true)), line.audit, line.format);
    case Verb::config_check:
      return config_check_verb(load(tool(false)), line.format);
    case Verb::openapi:
      return openapi_verb(line.with_operations);
    case Verb::access:
      return access_verb();
    case Verb::token_mint:
      return token_mint_verb(load(tool(false)), line.token);
    case Verb::gateway_sim:
      return gateway_sim_verb(line.simulator);
    case Verb::devtools:
      return devtools_verb(line.devtools);
    case Verb::analytics_run:
      return analytics_run_verb(load(tool(true)));
    case Verb::dlq_list:
      return dlq_list_verb(load(tool(true)), line.dead_letters, line.format);
    case Verb::dlq_redrive:
      return dlq_redrive_verb(load(tool(true)), line.dead_letters);
    case Verb::principals_create:
      if (line.principal.direct)
        return create_principal_directly(load(tool(true)), line.principal, line.format);
      return run_client_verb(line, load(tool(false)));
    case Verb::keys_create:
      if (line.principal.direct) return create_keys_directly(load(tool(true)), line.format);
      return run_client_verb(line, load(tool(false)));
    case Verb::principals_list:
    case Verb::principals_show:
    case Verb::principals_change:
    case Verb::principals_revoke:
    case Verb::principals_restore:
    case Verb::principals_new_secret:
    case Verb::principals_revoke_secret:
    case Verb::keys_list:
    case Verb::keys_rotate:
    case Verb::keys_revoke:
    case Verb::payments_create:
    case Verb::payments_get:
    case Verb::payments_list:
    case Verb::payments_wait:
    case Verb::payments_timeline:
    case Verb::mail_list:
    case Verb::mail_show:
    case Verb::sms_list:
    case Verb::analytics_show:
      return run_client_verb(line, load(tool(false)));
  }
  return ExitCode::other;
}

ExitCode fail(ExitCode code, std::string_view message) {
  log::flush();
  std::fputs(fmt::format("bursar: {}\n", message).c_str(), stderr);
  return code;
}

ExitCode guarded_main(int argc, const char* const* argv) {
  ::signal(SIGPIPE, SIG_IGN);
  try {
    const auto parsed = parse_command_line(argc, argv);
    if (const auto* done = std::get_if<ExitCode>(&parsed)) return *done;
    return run(std::get<CommandLine>(parsed));
  } catch (const cli::CommandFailed& failed) {
    return fail(failed.code(), failed.what());
  } catch (const UsageError& error) {
    return fail(ExitCode::usage, error.what());
  } catch (const Unavailable& error) {
    return fail(ExitCode::unavailable, error.what());
  } catch (const std::exception& error) {
    return fail(ExitCode::other, error.what());
  }
}

}  // namespace
}  // namespace bursar

int main(int argc, char** argv) { return static_cast<int>(bursar::guarded_main(argc, argv)); }
