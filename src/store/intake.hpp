// Accepting payments by group commit. One lane per loop: callers wait in a bounded intake, one writer
// connection takes what waits (≤ 240, sorted by key digest) as one statement with synchronous_commit = on and
// answers each caller after that commit. Paced: a full batch or an idle lane goes at once, else commits are ≥
// limits::accept_pace apart.
#pragma once
#include <functional>
#include <memory>
#include <variant>

#include "base/async.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "domain/payment.hpp"
#include "store/database.hpp"

namespace bursar::store {

struct Created {
  Payment payment;
};
/// The same principal, route, key and fingerprint: the same payment in its current state.
struct Replayed {
  Payment payment;
};
/// The same principal, route and key with another body.
struct KeyReused {};
/// The database refused this row alone (a CHECK, an impossible text): nothing was stored.
struct RowRefused {
  std::string sqlstate;
  std::string constraint;
};
using AcceptOutcome = std::variant<Created, Replayed, KeyReused, RowRefused>;

class Intake {
 public:
  /// `committed` is called on the loop after each commit that made payments: work for the executor.
  Intake(Executor executor, const DatabaseOptions& database, const Clock& clock, Random& random,
         std::function<void()> committed = {});
  ~Intake();

  /// Returns once the payment is durable or refused. Throws Unavailable when the intake is full, or when the
  /// database did not take the batch within limits::intake_give_up of the caller's arrival: then the outcome
  /// is open and the caller's retry with the same key finds out. A batch that fails is split until the
  /// culprit is alone, who is answered last (the batch's callers wait limits::split_patience more); a COMMIT
  /// whose answer was lost is re-run, never guessed.
  Task<AcceptOutcome> accept(NewPayment payment);

  /// Runs the lane until cancelled; reconnects by itself.
  Task<> run();

  /// Last known state of the writer connection; for /readyz.
  bool is_connected() const;

  struct Counters {
    std::uint64_t accepted = 0, replayed = 0, refused = 0, commits = 0, halvings = 0, reruns = 0;
  };
  const Counters& counters() const;

 private:
  class Lane;
  std::unique_ptr<Lane> lane_;
};

}  // namespace bursar::store
