// The libpq parameters of a connection, every one set by us.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "pg/connection.hpp"

namespace bursar::pg {

/// Keywords and values for PQconnectStartParams.
using Parameters = std::vector<std::pair<std::string, std::string>>;

/// Throws UsageError when the URL cannot be read or says what is not its to say.
Parameters connection_parameters(const ConnectOptions& options);

/// Looks the host's name up without blocking the loop, so that libpq need not. Throws ConnectionLost when the
/// name is not known, or not within `time`.
Task<> resolve_host(Parameters& parameters, milliseconds time);

/// Removes every variable libpq would read (PGHOST, PGSERVICE, PGOPTIONS…) from the environment, once per
/// process: a variable cannot be overruled by an empty parameter.
void clear_environment();

}  // namespace bursar::pg
