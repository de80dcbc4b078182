#include "auth/known_table.hpp"

#include <bit>

#include "base/check.hpp"
#include "base/limits.hpp"

namespace bursar::auth {
namespace {

constexpr unsigned time_bits = 32;
constexpr std::uint64_t known_s = std::chrono::seconds(limits::known_for).count();

std::uint64_t tag_in(std::uint64_t slot) { return slot >> time_bits; }  // of a hash likewise
std::uint64_t time_in(std::uint64_t slot) { return slot & 0xFFFF'FFFF; }

}  // namespace

KnownTable::KnownTable(const Clock& clock, std::size_t sets)
    : clock_(clock),
      began_(clock.monotonic() - limits::known_for),
      mask_(sets - 1),
      sets_(std::make_unique<Set[]>(sets)) {
  CHECK(std::has_single_bit(sets));
}

std::uint64_t KnownTable::now() const {
  const auto time = std::chrono::duration_cast<std::chrono::seconds>(clock_.monotonic() - began_);
  return static_cast<std::uint64_t>(time.count());
}

// In the key's own place, else in that of the oldest.
void KnownTable::remember(std::uint64_t hash) {
  auto& slots = sets_[hash & mask_].slots;
  std::size_t place = 0;
  std::uint64_t oldest = slots[0].load(std::memory_order_relaxed);
  for (std::size_t way = 0; way < ways; ++way) {
    const std::uint64_t slot = slots[way].load(std::memory_order_relaxed);
    const bool is_own = tag_in(slot) == tag_in(hash);
    if (is_own || time_in(slot) < time_in(oldest)) {
      place = way;
      oldest = slot;
    }
    if (is_own) break;
  }
  slots[place].store(tag_in(hash) << time_bits | now(), std::memory_order_relaxed);
}

bool KnownTable::knows(std::uint64_t hash) const {
  for (const auto& place : sets_[hash & mask_].slots) {
    const std::uint64_t slot = place.load(std::memory_order_relaxed);
    if (tag_in(slot) == tag_in(hash) && now() - time_in(slot) < known_s) return true;
  }
  return false;
}

}  // namespace bursar::auth
