// `bursar gateway-sim` and `bursar devtools`: the development peers as processes of their own, until SIGTERM
// or SIGINT.
#pragma once
#include "cli/exit_code.hpp"
#include "command_line.hpp"

namespace bursar {

ExitCode gateway_sim_verb(const SimulatorArguments& arguments);
ExitCode devtools_verb(const DevtoolsArguments& arguments);

}  // namespace bursar
