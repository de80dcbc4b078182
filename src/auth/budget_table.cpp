#include "auth/budget_table.hpp"

#include <algorithm>
#include <bit>

#include "base/check.hpp"
#include "base/limits.hpp"

namespace bursar::auth {
namespace {

using std::chrono::microseconds;
using Ticks = std::int64_t;

constexpr unsigned time_bits = 48;
constexpr std::uint64_t time_mask = (std::uint64_t(1) << time_bits) - 1;
constexpr Ticks kept = microseconds(limits::idle_budget_kept).count();

// The upper bits name the key within its set; 0 is an empty slot's.
std::uint64_t tag_of(std::uint64_t hash) { return std::max<std::uint64_t>(hash >> time_bits, 1); }
std::uint64_t tag_in(std::uint64_t slot) { return slot >> time_bits; }
Ticks time_in(std::uint64_t slot) { return static_cast<Ticks>(slot & time_mask); }
std::uint64_t slot_of(std::uint64_t tag, Ticks time) {
  return tag << time_bits | (static_cast<std::uint64_t>(time) & time_mask);
}

Ticks step_of(const Rate& rate) { return rate.step.count(); }
// How far the arrival time may be ahead of the clock when a request comes.
Ticks tolerance_of(const Rate& rate) { return (rate.burst - 1) * step_of(rate); }

// Of a key whose budget is full again at `full`.
Taken standing(Ticks full, Ticks now, const Rate& rate) {
  const Ticks room = now + tolerance_of(rate) - std::max(full, now);
  if (room < 0) return {.wait = microseconds(-room)};
  return {.accepted = true, .left = room / step_of(rate) + 1};
}

}  // namespace

// One request that takes from the slots of its key. A key has one, unless two loops made one for it at the
// same moment; then every request takes from each of them, and looks again behind that. So of two requests
// the later one takes from what the earlier one took from, unless that slot is another key's by then: it had
// been full for idle_budget_kept, and since the later one took less than budget_patience, already when that
// one came.
class BudgetTable::Attempt {
 public:
  Attempt(const BudgetTable& table, std::uint64_t hash, const Rate& rate)
      : set_(table.set_of(hash)), tag_(tag_of(hash)), rate_(rate), now_(table.now()) {}

  Taken run() {
    while (true) {
      const std::size_t way = next_way();
      if (way < ways) {
        if (!take_from(way)) return standing(full_at_, now_, rate_);
      } else if (taken_ == 0) {
        if (!make_slot()) return {.wait = microseconds(std::max<Ticks>(free_at_ - now_, 1))};
      } else {
        break;
      }
    }
    Taken taken = standing(full_at_, now_, rate_);
    taken.accepted = true;
    return taken;
  }

  Ticks began() const { return now_; }

 private:
  // The first slot of the key that nothing was taken from yet; `ways` when there is none.
  std::size_t next_way() const {
    for (std::size_t way = 0; way < ways; ++way)
      if (tag_in(set_.slots[way].load()) == tag_ && (taken_ >> way & 1U) == 0) return way;
    return ways;
  }

  // False when its budget is used up.
  bool take_from(std::size_t way) {
    std::uint64_t slot = set_.slots[way].load();
    while (tag_in(slot) == tag_) {
      const Ticks full = std::max(time_in(slot), now_);
      if (full - now_ > tolerance_of(rate_)) {
        full_at_ = full;
        return false;
      }
      if (!set_.slots[way].compare_exchange_weak(slot, slot_of(tag_, full + step_of(rate_)))) continue;
      note(way, full + step_of(rate_));
      break;
    }
    return true;
  }

  // In the place of the budget that has been full for the longest time. False when all are in use.
  bool make_slot() {
    std::size_t oldest = 0;
    std::uint64_t found = set_.slots[0].load();
    for (std::size_t way = 1; way < ways; ++way) {
      const std::uint64_t slot = set_.slots[way].load();
      if (time_in(slot) < time_in(found)) {
        oldest = way;
        found = slot;
      }
    }
    free_at_ = time_in(found) + kept;
    if (free_at_ > now_) return false;
    const Ticks full = now_ + step_of(rate_);
    if (set_.slots[oldest].compare_exchange_strong(found, slot_of(tag_, full))) note(oldest, full);
    return true;
  }

  void note(std::size_t way, Ticks full) {
    taken_ |= 1U << way;
    full_at_ = std::max(full_at_, full);
  }

  Set& set_;
  std::uint64_t tag_;
  const Rate& rate_;
  Ticks now_;
  Ticks full_at_ = 0, free_at_ = 0;
  unsigned taken_ = 0;  // a bit a way
};

BudgetTable::BudgetTable(const Clock& clock, std::size_t sets)
    : clock_(clock),
      // Empty slots have been full for long enough from the start.
      began_(clock.monotonic() - limits::idle_budget_kept - limits::budget_patience),
      mask_(sets - 1),
      sets_(std::make_unique<Set[]>(sets)) {
  CHECK(std::has_single_bit(sets));
}

BudgetTable::Ticks BudgetTable::now() const {
  return std::chrono::duration_cast<microseconds>(clock_.monotonic() - began_).count();
}

Taken BudgetTable::take(std::uint64_t hash, const Rate& rate) {
  while (true) {
    Attempt attempt(*this, hash, rate);
    const Taken taken = attempt.run();
    const bool is_late = now() - attempt.began() > microseconds(limits::budget_patience).count();
    if (!taken.accepted || !is_late) return taken;
  }
}

Taken BudgetTable::look(std::uint64_t hash, const Rate& rate) const {
  const Ticks at = now();
  Ticks full = at;
  for (const auto& place : set_of(hash).slots)
    if (const std::uint64_t slot = place.load(); tag_in(slot) == tag_of(hash))
      full = std::max(full, time_in(slot));
  return standing(full, at, rate);
}

}  // namespace bursar::auth
