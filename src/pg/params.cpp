#include "pg/params.hpp"

#include <bit>
#include <concepts>
#include <limits>

#include "base/check.hpp"
#include "pg/wire.hpp"

namespace bursar::pg {
namespace {

constexpr std::size_t null_offset = std::numeric_limits<std::size_t>::max();
constexpr Oid interval_oid = 1186;

template <std::integral Integer>
void append_integer(std::string& out, Integer value) {
  std::array<char, sizeof value> bytes;
  const Integer big_endian = std::byteswap(value);
  std::memcpy(bytes.data(), &big_endian, sizeof value);
  out.append(bytes.data(), bytes.size());
}

Oid array_of(Oid element) {
  switch (element) {
    case 16:
      return 1000;
    case 17:
      return 1001;
    case 20:
      return 1016;
    case 21:
      return 1005;
    case 23:
      return 1007;
    case 25:
      return 1009;
    case 1184:
      return 1185;
    case 2950:
      return 2951;
    case 3802:
      return 3807;
  }
  fail_check("no array type is known for this element type");
}

}  // namespace

// Every value: type, offset and length; the bytes of all are one string.
Params& Params::add_null(Oid type) {
  oids_.push_back(type);
  offsets_.push_back(null_offset);
  lengths_.push_back(0);
  return *this;
}

void Params::begin(Oid type) {
  oids_.push_back(type);
  offsets_.push_back(bytes_.size());
}
Params& Params::end() {
  lengths_.push_back(static_cast<int>(bytes_.size() - offsets_.back()));
  return *this;
}

Params& Params::add(std::int16_t value) {
  begin(type_oid<std::int16_t>);
  append_integer(bytes_, value);
  return end();
}
Params& Params::add(std::int32_t value) {
  begin(type_oid<std::int32_t>);
  append_integer(bytes_, value);
  return end();
}
Params& Params::add(std::int64_t value) {
  begin(type_oid<std::int64_t>);
  append_integer(bytes_, value);
  return end();
}
Params& Params::add(bool value) {
  begin(type_oid<bool>);
  bytes_ += value ? '\1' : '\0';
  return end();
}
Params& Params::add(double value) {
  begin(type_oid<double>);
  append_integer(bytes_, std::bit_cast<std::int64_t>(value));
  return end();
}
Params& Params::add(std::string_view value) {
  begin(type_oid<std::string>);
  bytes_ += value;
  return end();
}
Params& Params::add(const Uuid& value) {
  begin(type_oid<Uuid>);
  bytes_.append(reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size());
  return end();
}
Params& Params::add(Instant value) {
  begin(type_oid<Instant>);
  append_integer(bytes_, wire::from_instant(value));
  return end();
}
Params& Params::add(std::chrono::microseconds interval) {
  begin(interval_oid);
  append_integer(bytes_, static_cast<std::int64_t>(interval.count()));
  append_integer(bytes_, std::int32_t{0});  // days
  append_integer(bytes_, std::int32_t{0});  // months
  return end();
}
Params& Params::add(Jsonb value) {
  begin(type_oid<Jsonb>);
  bytes_ += wire::jsonb_version;
  bytes_ += value.text;
  return end();
}
Params& Params::add(std::span<const std::uint8_t> bytea) {
  begin(type_oid<std::vector<std::uint8_t>>);
  bytes_.append(reinterpret_cast<const char*>(bytea.data()), bytea.size());
  return end();
}

// One dimension from 1: dimensions, has-null flag, element type, size, lower bound; then length and bytes of
// each.
void Params::begin_array(Oid element, std::size_t count) {
  begin(array_of(element));
  array_at_ = bytes_.size();
  append_integer(bytes_, std::int32_t{count == 0 ? 0 : 1});
  append_integer(bytes_, std::int32_t{0});
  append_integer(bytes_, static_cast<std::int32_t>(element));
  if (count == 0) return;
  append_integer(bytes_, static_cast<std::int32_t>(count));
  append_integer(bytes_, std::int32_t{1});
}
void Params::end_array() { end(); }

void Params::append_null_element() {
  append_integer(bytes_, std::int32_t{-1});
  bytes_[array_at_ + 7] = '\1';
}
void Params::append_element(std::int16_t value) {
  append_integer(bytes_, std::int32_t{sizeof value});
  append_integer(bytes_, value);
}
void Params::append_element(std::int32_t value) {
  append_integer(bytes_, std::int32_t{sizeof value});
  append_integer(bytes_, value);
}
void Params::append_element(std::int64_t value) {
  append_integer(bytes_, std::int32_t{sizeof value});
  append_integer(bytes_, value);
}
void Params::append_element(bool value) {
  append_integer(bytes_, std::int32_t{1});
  bytes_ += value ? '\1' : '\0';
}
void Params::append_element(std::string_view value) {
  append_integer(bytes_, static_cast<std::int32_t>(value.size()));
  bytes_ += value;
}
void Params::append_element(const Uuid& value) {
  append_element(std::string_view(reinterpret_cast<const char*>(value.bytes.data()), value.bytes.size()));
}
void Params::append_element(Instant value) { append_element(wire::from_instant(value)); }
void Params::append_element(Jsonb value) {
  append_integer(bytes_, static_cast<std::int32_t>(value.text.size() + 1));
  bytes_ += wire::jsonb_version;
  bytes_ += value.text;
}
void Params::append_element(const std::vector<std::uint8_t>& bytea) {
  append_element(std::string_view(reinterpret_cast<const char*>(bytea.data()), bytea.size()));
}

std::vector<const char*> Params::pointers() const {
  std::vector<const char*> pointers;
  pointers.reserve(offsets_.size());
  for (const std::size_t offset : offsets_)
    pointers.push_back(offset == null_offset ? nullptr : bytes_.data() + offset);
  return pointers;
}

}  // namespace bursar::pg
