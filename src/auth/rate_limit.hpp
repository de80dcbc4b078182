// Rate limits: one budget a key over all loops of a process, on the monotonic clock. Keys are authenticated
// principals, pairs of a service and its user, accounts at the log-in, and client addresses; what names a key
// is hashed with a secret of the process, so that nobody can aim at somebody else's slot.
//
// A store that several processes share takes the place of BudgetTable here: take() is where it would be
// asked.
#pragma once
#include <atomic>
#include <span>

#include "auth/budget_table.hpp"
#include "auth/known_table.hpp"
#include "base/limits.hpp"
#include "base/random.hpp"

namespace bursar::auth {

/// A budget of somebody; for the duration of a call.
struct Share {
  const Budget& budget;
  std::span<const std::uint8_t> who;
};

class RateLimiter {
 public:
  /// `policy` says something about every class. The clock outlives the limiter.
  RateLimiter(RatePolicy policy, const Clock& clock, Random& random, std::size_t sets = limits::budget_sets);

  /// What `own` says about the class, else the policy. Valid as long as both.
  const Budget& budget(RateClass name, const RatePolicy* own = nullptr) const;

  /// One request of `who`; any thread, any time. An unlimited budget accepts everything and leaves
  /// limits::rate_burst_max.
  Taken take(const Budget& budget, std::span<const std::uint8_t> who);
  /// One request that counts for both, or for none when one is used up; then `wait` is the longer one.
  Taken take_both(const Share& one, const Share& other);
  /// What take() would say, without taking.
  Taken look(const Budget& budget, std::span<const std::uint8_t> who) const;

  /// From now on `who` is known for limits::known_for, unless very many others become so.
  void remember(std::span<const std::uint8_t> who);
  bool knows(std::span<const std::uint8_t> who) const;

  /// Since the start, by take() and take_both().
  std::uint64_t refused(RateClass name) const;

 private:
  using HashKey = std::array<std::uint8_t, 16>;

  std::uint64_t hash_of(const Budget& budget, std::span<const std::uint8_t> who) const;

  RatePolicy policy_;
  /// One a class, so that no two classes meet in a slot by more than chance; and one for who is known.
  std::array<HashKey, rate_classes> keys_{};
  HashKey key_of_known_{};
  BudgetTable table_;
  KnownTable known_;
  std::array<std::atomic<std::uint64_t>, rate_classes> refused_{};
};

}  // namespace bursar::auth
