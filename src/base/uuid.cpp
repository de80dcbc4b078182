#include "base/uuid.hpp"

#include "base/text.hpp"

namespace bursar {

std::string Uuid::text() const {
  std::string hex = to_hex(bytes);
  for (const std::size_t place : {20, 16, 12, 8}) hex.insert(place, 1, '-');
  return hex;
}

std::optional<Uuid> parse_uuid(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  std::string digits;
  digits.reserve(32);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash != (text[i] == '-')) return std::nullopt;
    if (!dash) digits += text[i];
  }
  const auto bytes = from_hex(digits);
  if (!bytes) return std::nullopt;
  Uuid id;
  std::copy(bytes->begin(), bytes->end(), id.bytes.begin());
  return id;
}

namespace {
void set_version(Uuid& id, int version) {
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0F) | (version << 4));
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3F) | 0x80);
}
}  // namespace

Uuid random_uuid(Random& random) {
  Uuid id;
  random.fill(id.bytes);
  set_version(id, 4);
  return id;
}

Uuid time_ordered_uuid(Instant at, Random& random) {
  Uuid id;
  random.fill(id.bytes);
  const auto micros = static_cast<std::uint64_t>(at.time_since_epoch().count());
  const std::uint64_t millis = micros / 1000;
  const std::uint64_t fraction = (micros % 1000) * 4096 / 1000;
  for (int i = 0; i < 6; ++i)
    id.bytes[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(millis >> (40 - 8 * i));
  id.bytes[6] = static_cast<std::uint8_t>(fraction >> 8);
  id.bytes[7] = static_cast<std::uint8_t>(fraction);
  set_version(id, 7);
  return id;
}

Instant instant_of(const Uuid& id) {
  std::int64_t millis = 0;
  for (std::size_t i = 0; i < 6; ++i) millis = millis << 8 | id.bytes[i];
  return Instant(std::chrono::milliseconds(millis));
}

}  // namespace bursar
