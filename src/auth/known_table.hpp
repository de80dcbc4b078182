// Who logged in where within limits::known_for: a table of fixed size of its own, so that remembering takes
// no budget's slot. Any thread, without locks and without allocation. RateLimiter is its only user.
//
// A slot holds 32 bits that name the key within its set, and the second of its last log-in. When a set is
// full the oldest is forgotten, and of two threads that choose the same slot one is: harmless, it is known
// again after its next log-in.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

#include "base/clock.hpp"

namespace bursar::auth {

class KnownTable {
 public:
  /// `sets` is a power of two; each takes 64 bytes. The clock outlives the table.
  KnownTable(const Clock& clock, std::size_t sets);

  /// From now on the key with this hash is known for limits::known_for, however long it was before.
  void remember(std::uint64_t hash);
  bool knows(std::uint64_t hash) const;

 private:
  static constexpr std::size_t ways = 8;
  struct alignas(64) Set {
    std::array<std::atomic<std::uint64_t>, ways> slots{};
  };

  /// Seconds since limits::known_for before the table was made: what an empty slot holds is long ago.
  std::uint64_t now() const;

  const Clock& clock_;
  Monotonic began_;
  std::uint64_t mask_;
  std::unique_ptr<Set[]> sets_;
};

}  // namespace bursar::auth
