// Client verbs: gives src/cli the server, the token and the output format, and prints what comes back.
#pragma once
#include "command_line.hpp"
#include "config.hpp"

namespace bursar {

/// For the verbs `payments`, `mail`, `sms`, `analytics show`, `principals` and `keys`. Without BURSAR_TOKEN,
/// in development only, a demo principal with the role for the verb asks.
ExitCode run_client_verb(const CommandLine& line, const Config& config);

}  // namespace bursar
