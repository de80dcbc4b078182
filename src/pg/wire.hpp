// PostgreSQL's binary formats where they are not plain big-endian numbers
// (https://www.postgresql.org/docs/15/protocol-overview.html#PROTOCOL-FORMAT-CODES,
// src/backend/utils/adt/*send).
#pragma once
#include <cstdint>
#include <limits>

#include "base/clock.hpp"

namespace bursar::pg::wire {

inline constexpr char jsonb_version = 1;

/// timestamptz: microseconds since 2000-01-01 UTC; the largest number is infinity, the smallest -infinity.
inline constexpr Instant epoch{std::chrono::sys_days(std::chrono::year(2000) / 1 / 1)};
inline constexpr std::int64_t infinity = std::numeric_limits<std::int64_t>::max();
inline constexpr std::int64_t minus_infinity = std::numeric_limits<std::int64_t>::min();

inline std::int64_t from_instant(Instant instant) {
  if (instant == Instant::max()) return infinity;
  if (instant == Instant::min()) return minus_infinity;
  return (instant - epoch).count();
}
inline Instant to_instant(std::int64_t microseconds) {
  if (microseconds == infinity) return Instant::max();
  if (microseconds == minus_infinity) return Instant::min();
  return epoch + std::chrono::microseconds(microseconds);
}

}  // namespace bursar::pg::wire
