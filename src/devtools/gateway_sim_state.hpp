// What the simulator knows: PaymentIntents, charges and the answers stored under idempotency keys. Everything
// is in the ledger before it is answered, and is rebuilt from it at the start. Knows no HTTP and no faults of
// the wire.
#pragma once
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/uuid.hpp"
#include "devtools/gateway_sim_faults.hpp"
#include "devtools/ledger.hpp"

namespace bursar::devtools {

enum class IntentStatus { succeeded, requires_payment_method, processing, requires_action };
std::string_view to_text(IntentStatus status);

struct Intent {
  std::uint64_t number = 0;  // its place; "pi_sim_…" in hex
  std::int64_t amount = 0;
  std::string currency;  // lower case
  IntentStatus status = IntentStatus::succeeded;
  std::string_view decline_code;  // of the faults table
  std::uint64_t charge = 0;       // 0: none
  Instant created;
  std::string payment_id;  // metadata[bursar_payment_id], may be empty
  std::string metadata;    // JSON object as text

  std::string id() const;
};

struct Charged {
  std::uint64_t number = 0;
  std::uint64_t intent = 0;
  Instant at;
};

/// The answer kept under a key.
struct Stored {
  Uuid fingerprint;
  Instant first_used;
  int status = 0;  // 200, 402, 500; 0 while the first call is under way
  std::uint64_t intent = 0;
  IntentStatus as = IntentStatus::succeeded;
};

/// One create as it came in.
struct Create {
  std::uint64_t call = 0;
  std::optional<std::string> key;
  Uuid fingerprint;
  std::int64_t amount = 0;
  std::string currency;
  std::string payment_id;
  std::string metadata;
};

class GatewayState {
 public:
  /// Reads what the ledger's file holds.
  GatewayState(Ledger& ledger, const Clock& clock, std::chrono::seconds key_life,
               std::chrono::milliseconds settle_after);

  /// Writes the raw call down, before anything is decided. Returns its number.
  std::uint64_t record_call(std::string_view method, std::string_view path, const Create* create);
  /// How often a key was sent in creates, this call included.
  std::uint64_t times_sent(std::string_view key) const;

  /// Null when the key is new or its life is over.
  Stored* stored(std::string_view key);
  /// Takes the key for a call that begins to execute. Throws Unavailable when memory for payments is used up.
  void begin(const Create& create);
  /// The create itself; `fault` may say what becomes of it. The lines are in the ledger, not yet durable.
  const Intent& execute(const Create& create, const Fault* fault);
  /// From now on the answer of its key is 500. `intent` 0: nothing was made.
  void store_error(const Create& create, std::uint64_t intent);

  const Intent* find(std::string_view id) const;
  const Intent& at(std::uint64_t number) const { return intents_[number - 1]; }
  std::uint64_t count() const { return intents_.size(); }
  /// The newest intent created at or before this second; 0 when there is none.
  std::uint64_t newest_until(std::int64_t second) const;
  const std::deque<Charged>& charges() const { return charges_; }
  /// Moves on what is processing and due.
  void settle();

 private:
  void restore(const boost::json::object& line);
  void restore_intent(const boost::json::object& line);
  void remember(std::string_view key, const Uuid& fingerprint, const Intent& intent);
  void charge(Intent& intent, std::uint64_t call, std::string_view key);
  Instant now();

  Ledger& ledger_;
  const Clock& clock_;
  std::chrono::seconds key_life_;
  std::chrono::milliseconds settle_after_;
  std::deque<Intent> intents_;
  std::deque<Charged> charges_;
  std::unordered_map<Uuid, Stored> stored_;  // by the key's digest
  std::unordered_map<Uuid, std::uint64_t> sent_;
  std::deque<std::pair<Instant, std::uint64_t>> processing_;
  std::uint64_t calls_ = 0;
  Instant last_{};
};

/// 16 bytes of SHA-256.
Uuid digest_of(std::string_view text);

}  // namespace bursar::devtools
