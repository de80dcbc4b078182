// Time is injected. Leases and deadlines use the monotonic clock, what is stored uses the database's clock
// (store/database_clock.hpp); the wall clock of this machine decides nothing.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace bursar {

/// PostgreSQL's resolution.
using Instant = std::chrono::sys_time<std::chrono::microseconds>;
using Monotonic = std::chrono::steady_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
  virtual Monotonic monotonic() const = 0;
};

class SystemClock final : public Clock {
 public:
  Instant now() const override;
  Monotonic monotonic() const override;
};

/// RFC 3339, UTC, microseconds: 2026-11-26T01:02:03.000004Z
std::string to_rfc3339(Instant instant);
/// RFC 3339 with any offset; nullopt without one, or when it is no instant between years 1 and 9999.
std::optional<Instant> from_rfc3339(std::string_view text);

}  // namespace bursar
