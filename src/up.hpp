// `bursar up`: everything on this machine for development. Supervises a private PostgreSQL, one `serve` with
// all roles and one `devtools` process; they end with it.
#pragma once
#include "cli/exit_code.hpp"
#include "config.hpp"

namespace bursar {

/// Returns after Ctrl-C or SIGTERM, or other when a child ended by itself.
ExitCode up(const Config& config);

}  // namespace bursar
