// The budgets of all keys of a process, taken from by all its loops at once: a table of fixed size in which a
// key has a slot while its budget is not full. Lock-free and without allocation. RateLimiter is its only
// user.
//
// A slot holds the key's theoretical arrival time: the time at which its budget will be full again. Two keys
// may share a slot only when set and tag are equal (one pair in two billion); then both draw on one budget. A
// slot is given to another key only when its budget has been full for a while, and then nothing is lost. So
// whatever collides, in any time w a key gets at most burst + w / step requests, never more.
#pragma once
#include <array>
#include <atomic>
#include <memory>

#include "auth/rate_policy.hpp"
#include "base/clock.hpp"

namespace bursar::auth {

struct Taken {
  bool accepted = false;
  /// Requests that would be accepted right now.
  std::int64_t left = 0;
  /// Until the next one would be; 0 when one would be now.
  std::chrono::microseconds wait{0};
};

class BudgetTable {
 public:
  /// `sets` is a power of two; each takes 64 bytes.
  BudgetTable(const Clock& clock, std::size_t sets);

  /// One request of the key with this hash. When every slot of its set holds somebody's budget it is refused.
  Taken take(std::uint64_t hash, const Rate& rate);
  /// What take() would say, without taking.
  Taken look(std::uint64_t hash, const Rate& rate) const;

 private:
  static constexpr std::size_t ways = 8;
  struct alignas(64) Set {
    std::array<std::atomic<std::uint64_t>, ways> slots{};
  };
  /// Microseconds since shortly before the table was made; 48 bits last for nine years.
  using Ticks = std::int64_t;
  class Attempt;

  Ticks now() const;
  Set& set_of(std::uint64_t hash) const { return sets_[hash & mask_]; }

  const Clock& clock_;
  Monotonic began_;
  std::uint64_t mask_;
  std::unique_ptr<Set[]> sets_;
};

}  // namespace bursar::auth
