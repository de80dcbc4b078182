// What every verb says by its exit code (console.md calls them the contract with scripts). Listed in `bursar
// --help`.
#pragma once

namespace bursar {

enum class ExitCode : int {
  ok = 0,
  other = 1,
  usage = 2,  // also a configuration that cannot work, or a taken port
  not_found = 3,
  not_allowed = 4,  // 401, 403
  conflict = 5,     // 409, and an idempotency key used with another body
  invalid = 6,      // the server refused the input
  unavailable = 7,  // nothing answers, or the schema is not this binary's
  rate_limited = 8,
  check_failed = 9,  // an audit that found something, a payment that FAILED
};

}  // namespace bursar
