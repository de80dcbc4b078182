#include "base/uuid.hpp"

namespace bursar {

namespace {

constexpr std::size_t text_length = 36;
// Where the two digits of each byte are, between the dashes.
constexpr std::array<std::size_t, 16> places = {0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34};
constexpr std::array<std::size_t, 4> dashes = {8, 13, 18, 23};

constexpr std::array<std::int8_t, 256> hex_values = [] {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (int i = 0; i < 10; ++i) values[static_cast<std::size_t>('0' + i)] = static_cast<std::int8_t>(i);
  for (int i = 0; i < 6; ++i) {
    values[static_cast<std::size_t>('a' + i)] = static_cast<std::int8_t>(10 + i);
    values[static_cast<std::size_t>('A' + i)] = static_cast<std::int8_t>(10 + i);
  }
  return values;
}();

}  // namespace

std::string Uuid::text() const {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text(text_length, '-');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    text[places[i]] = digits[bytes[i] >> 4];
    text[places[i] + 1] = digits[bytes[i] & 15];
  }
  return text;
}

std::optional<Uuid> parse_uuid(std::string_view text) {
  if (text.size() != text_length) return std::nullopt;
  for (const std::size_t dash : dashes)
    if (text[dash] != '-') return std::nullopt;
  Uuid id;
  for (std::size_t i = 0; i < id.bytes.size(); ++i) {
    const int high = hex_values[static_cast<unsigned char>(text[places[i]])];
    const int low = hex_values[static_cast<unsigned char>(text[places[i] + 1])];
    if (high < 0 || low < 0) return std::nullopt;
    id.bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
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
