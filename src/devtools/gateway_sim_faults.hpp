// The simulator's misbehaviour: one table that triggers it by amount, names it for the control call, and is
// the source of its documentation. Amounts are in the gateway's units and read like the HTTP status they
// resemble.
#pragma once
#include <cstdint>
#include <list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace bursar::devtools {

enum class FaultKind {
  decline,          // the typed decline of `code`
  timeout_before,   // never answers, charges nothing
  timeout_after,    // charges, never answers
  timeout_late,     // never answers, charges when the caller has long given up
  reset_before,     // resets the connection, charges nothing
  reset_after,      // charges, then resets the connection
  error_before,     // 500, charges nothing, stores nothing
  error_after,      // charges, answers 500 and stores that answer under the key
  error_stored,     // 500 stored under the key, charges nothing
  rate_limit,       // 429
  rate_limit_long,  // 429 with an absurd Retry-After
  unavailable,      // 503
  bad_gateway,      // 502 with a page for people
  unauthorized,     // 401
  key_in_use,       // 409
  slow,             // charges and answers, after a pause
  wrong_amount,     // charges rightly, answers another amount
  wrong_currency,
  wrong_payment,
  garbage,  // charges, answers half of its JSON
  huge,     // charges, answers more than anyone should read
  processing_then_succeeded,
  processing_then_declined,
  requires_action
};

struct Fault {
  /// For the control call.
  std::string_view name;
  FaultKind kind;
  /// Triggers it; 0: only the control call does.
  std::int64_t amount;
  /// Decline code.
  std::string_view code;
  /// For people: what the simulator does.
  std::string_view effect;
  /// For people: where the payment ends.
  std::string_view ends;
};

std::span<const Fault> all_faults();
const Fault* fault_named(std::string_view name);
const Fault* fault_of_amount(std::int64_t amount);
/// Markdown: amount, name, what happens, where the payment ends.
std::string fault_table();

/// True for what befalls a call: by amount it happens to a key's first call only, so that the next one goes
/// through. False for what the charge itself becomes.
bool befalls_the_call(FaultKind kind);

/// Faults that a test has ordered for the next calls, in order.
class FaultScript {
 public:
  enum class On { create, look_up, any };
  struct Entry {
    const Fault* fault;
    On on;
    std::uint64_t count;
  };
  void add(const Entry& entry) { entries_.push_back(entry); }
  void clear() { entries_.clear(); }
  /// The fault for this call, used up; null when there is none.
  const Fault* take(On call);
  std::size_t size() const { return entries_.size(); }

 private:
  std::list<Entry> entries_;
};

}  // namespace bursar::devtools
