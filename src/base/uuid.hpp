// 16 bytes, compared as bytes and never as text (RFC 9562).
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/random.hpp"

namespace bursar {

struct Uuid {
  std::array<std::uint8_t, 16> bytes{};

  auto operator<=>(const Uuid&) const = default;
  /// 36 lower-case characters.
  std::string text() const;
};

/// The 36-character form in either case; nothing else (no braces, no urn:).
std::optional<Uuid> parse_uuid(std::string_view text);

/// Version 4.
Uuid random_uuid(Random& random);

/// Version 7: 48 bits of Unix milliseconds, then 12 bits of the fraction of that millisecond (RFC 9562 §6.2
/// method 3), so that ids of one process are in the order of their instants, then 62 random bits.
Uuid time_ordered_uuid(Instant at, Random& random);
/// The instant a version 7 id carries, to the millisecond.
Instant instant_of(const Uuid& id);

/// A Uuid that says what it names. Converts explicitly both ways.
template <class Tag>
struct StrongUuid {
  Uuid value;

  StrongUuid() = default;
  explicit constexpr StrongUuid(const Uuid& uuid) : value(uuid) {}
  auto operator<=>(const StrongUuid&) const = default;
  std::string text() const { return value.text(); }
};

}  // namespace bursar

template <>
struct std::hash<bursar::Uuid> {
  std::size_t operator()(const bursar::Uuid& id) const {
    std::uint64_t half = 0;
    std::memcpy(&half, id.bytes.data() + 8, sizeof half);
    return std::hash<std::uint64_t>()(half);
  }
};
template <class Tag>
struct std::hash<bursar::StrongUuid<Tag>> {
  std::size_t operator()(const bursar::StrongUuid<Tag>& id) const {
    return std::hash<bursar::Uuid>()(id.value);
  }
};
