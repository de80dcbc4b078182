// `bursar audit`: what the database alone can prove, and with a gateway's ledger whether every charge is
// exactly one payment. Prints a line per invariant; runs on a live system.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/async.hpp"
#include "base/limits.hpp"
#include "store/audit.hpp"
#include "store/database.hpp"

namespace bursar {

struct AuditOptions {
  store::DatabaseOptions database;
  /// The simulator's ledger file; none: only what the database can prove.
  std::optional<std::filesystem::path> gateway_ledger;
  std::chrono::seconds gateway_key_life{24 * 3600};
  /// How long something may wait without a next step.
  std::chrono::seconds stuck_after{60};
  /// Payments younger than this may be between the gateway's answer and ours: twice the longest deadline.
  std::chrono::seconds settled_after{40};
  /// Payments compared with the ledger at once: what is kept in memory. The ledger is read once for each.
  std::size_t window = limits::audit_window_payments;
  std::string time_zone = "UTC";
};

/// One Finding per invariant, count 0 where it holds. Throws Unavailable or UsageError.
Task<std::vector<store::Finding>> audit(AuditOptions options);

/// "ok     I-17  everything pending … " a line each, offenders below.
std::string audit_report(const std::vector<store::Finding>& findings);
bool is_clean(const std::vector<store::Finding>& findings);

}  // namespace bursar
