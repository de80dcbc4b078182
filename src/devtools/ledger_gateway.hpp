// The simulator's ledger as records, for the audit (I-6 … I-10) and for tests: raw calls and charges apart.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.hpp"

namespace bursar::devtools {

/// A create that came in, whatever became of it.
struct LedgerCall {
  std::uint64_t call = 0;
  Instant at;
  std::string payment_id;   // metadata[bursar_payment_id]; may be empty
  std::string key;          // Idempotency-Key; may be empty
  std::string fingerprint;  // of the body: a resend has the same
};

/// Money that moved.
struct LedgerCharge {
  Instant at;
  std::string charge;  // "ch_sim_…"
  std::string intent;  // "pi_sim_…"
  std::string payment_id;
  std::int64_t amount = 0;  // in the gateway's units: compare with gateway::to_stripe()
  std::string currency;     // lower case
};

struct GatewayLedger {
  std::vector<LedgerCall> creates;
  std::vector<LedgerCharge> charges;
};

/// Hands on what the file says, in its order, without keeping it. Throws UsageError that names a damaged
/// line; an absent file is empty.
void read_gateway_ledger(const std::filesystem::path& file, const std::function<void(LedgerCall)>& create,
                         const std::function<void(LedgerCharge)>& charge);

/// All of it, in the order of the file. Throws UsageError that names a damaged line; an absent file is empty.
GatewayLedger read_gateway_ledger(const std::filesystem::path& file);

}  // namespace bursar::devtools
