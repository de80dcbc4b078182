// Which PostgreSQL type a C++ type is sent as (pg_type.dat).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/uuid.hpp"

namespace bursar::pg {

using Oid = std::uint32_t;

/// Text that PostgreSQL reads as jsonb.
struct Jsonb {
  std::string_view text;
};

template <class T>
inline constexpr Oid type_oid = 0;
template <>
inline constexpr Oid type_oid<bool> = 16;
template <>
inline constexpr Oid type_oid<std::vector<std::uint8_t>> = 17;
template <>
inline constexpr Oid type_oid<std::int64_t> = 20;
template <>
inline constexpr Oid type_oid<std::int16_t> = 21;
template <>
inline constexpr Oid type_oid<std::int32_t> = 23;
template <>
inline constexpr Oid type_oid<std::string> = 25;
template <>
inline constexpr Oid type_oid<std::string_view> = 25;
template <>
inline constexpr Oid type_oid<double> = 701;
template <>
inline constexpr Oid type_oid<Instant> = 1184;
template <>
inline constexpr Oid type_oid<Uuid> = 2950;
template <>
inline constexpr Oid type_oid<Jsonb> = 3802;

}  // namespace bursar::pg
