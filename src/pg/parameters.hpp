// The libpq parameters of a connection, every one set by us.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "pg/connection.hpp"

namespace bursar::pg {

/// Keywords and values for PQconnectStartParams. Throws UsageError when the URL cannot be read.
std::vector<std::pair<std::string, std::string>> connection_parameters(const ConnectOptions& options);

/// Removes every variable libpq would read (PGHOST, PGSERVICE, PGOPTIONS…) from the environment, once per
/// process: a variable cannot be overruled by an empty parameter.
void clear_environment();

}  // namespace bursar::pg
