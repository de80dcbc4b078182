// `bursar serve`: one process with any mix of roles, until SIGTERM or SIGINT.
#pragma once
#include "cli/exit_code.hpp"
#include "command_line.hpp"
#include "config.hpp"

namespace bursar {

/// What the configuration must have for these roles.
ConfigNeeds needs_of(const ServeRoles& roles);

/// Returns ok after a signal. Throws UsageError when a port is taken, and Unavailable when the schema is not
/// this binary's. A database that is away is neither: the process stays, answers 503 and recovers.
ExitCode serve(const Config& config, const ServeRoles& roles);

}  // namespace bursar
