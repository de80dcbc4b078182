#include "pg/result.hpp"

#include <libpq-fe.h>

#include <bit>

#include "base/check.hpp"
#include "pg/wire.hpp"

namespace bursar::pg {

struct ResultData {
  explicit ResultData(PGresult* owned) : result(owned) {
    const int count = PQnfields(result);
    names.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) names.emplace_back(PQfname(result, i));
  }
  ResultData(const ResultData&) = delete;
  ResultData& operator=(const ResultData&) = delete;
  ~ResultData() { PQclear(result); }

  PGresult* result;
  std::vector<std::string_view> names;
};

Result::Result(pg_result* owned) : data_(std::make_unique<ResultData>(owned)) {}
Result::Result(Result&&) noexcept = default;
Result& Result::operator=(Result&&) noexcept = default;
Result::~Result() = default;

int Result::rows() const { return PQntuples(data_->result); }
Row Result::row(int index) const {
  CHECK(index >= 0 && index < rows());
  return Row(data_.get(), index);
}
Row Result::only_row() const {
  CHECK(rows() == 1);
  return Row(data_.get(), 0);
}
std::string_view Result::command_tag() const { return PQcmdStatus(data_->result); }

bool Row::is_null(int column) const { return PQgetisnull(data_->result, row_, column) == 1; }

int Row::column(std::string_view name) const {
  for (std::size_t i = 0; i < data_->names.size(); ++i)
    if (data_->names[i] == name) return static_cast<int>(i);
  fail_check("the result has no column " + std::string(name));
}

std::string_view Row::bytes(int column) const {
  if (is_null(column))
    fail_check("column " + std::string(data_->names.at(static_cast<std::size_t>(column))) + " is NULL");
  return {PQgetvalue(data_->result, row_, column),
          static_cast<std::size_t>(PQgetlength(data_->result, row_, column))};
}

void Row::expect(int column, std::uint32_t oid) const {
  const auto found = PQftype(data_->result, column);
  if (found != oid)
    fail_check("column " + std::string(data_->names.at(static_cast<std::size_t>(column))) + " has type " +
               std::to_string(found) + ", asked for as " + std::to_string(oid));
}

namespace {

constexpr Oid int2 = 21, int4 = 23, int8 = 20, boolean = 16, float8 = 701, uuid = 2950, timestamptz = 1184,
              bytea = 17, jsonb = 3802, uuid_array = 2951, int8_array = 1016, numeric = 1700;

template <class Integer>
Integer integer_at(std::string_view bytes) {
  CHECK(bytes.size() >= sizeof(Integer));
  Integer value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return std::byteswap(value);
}

template <class Element, class Read>
std::vector<Element> read_array(std::string_view bytes, Read read) {
  std::vector<Element> elements;
  const auto dimensions = integer_at<std::int32_t>(bytes);
  if (dimensions == 0) return elements;
  CHECK(dimensions == 1);
  const auto count = integer_at<std::int32_t>(bytes.substr(12));
  bytes.remove_prefix(20);
  elements.reserve(static_cast<std::size_t>(count));
  for (std::int32_t i = 0; i < count; ++i) {
    const auto length = integer_at<std::int32_t>(bytes);
    CHECK(length >= 0);  // arrays we read hold no NULL
    elements.push_back(read(bytes.substr(4, static_cast<std::size_t>(length))));
    bytes.remove_prefix(4 + static_cast<std::size_t>(length));
  }
  return elements;
}

Uuid uuid_at(std::string_view bytes) {
  Uuid id;
  CHECK(bytes.size() == id.bytes.size());
  std::memcpy(id.bytes.data(), bytes.data(), bytes.size());
  return id;
}

}  // namespace

template <>
std::int16_t Row::get<std::int16_t>(int column) const {
  expect(column, int2);
  return integer_at<std::int16_t>(bytes(column));
}
template <>
std::int32_t Row::get<std::int32_t>(int column) const {
  expect(column, int4);
  return integer_at<std::int32_t>(bytes(column));
}
template <>
std::int64_t Row::get<std::int64_t>(int column) const {
  // xid8 (5069) is sent as a 64-bit number too.
  if (PQftype(data_->result, column) != 5069) expect(column, int8);
  return integer_at<std::int64_t>(bytes(column));
}
template <>
bool Row::get<bool>(int column) const {
  expect(column, boolean);
  return bytes(column).at(0) != 0;
}
template <>
double Row::get<double>(int column) const {
  expect(column, float8);
  return std::bit_cast<double>(integer_at<std::int64_t>(bytes(column)));
}
template <>
std::string_view Row::get<std::string_view>(int column) const {
  const auto type = PQftype(data_->result, column);
  CHECK(type != numeric && type != uuid && type != int8 && type != int4 && type != int2 &&
        type != timestamptz);
  auto text = bytes(column);
  if (type == jsonb) text.remove_prefix(1);
  return text;
}
template <>
std::string Row::get<std::string>(int column) const {
  return std::string(get<std::string_view>(column));
}
template <>
Uuid Row::get<Uuid>(int column) const {
  expect(column, uuid);
  return uuid_at(bytes(column));
}
template <>
Instant Row::get<Instant>(int column) const {
  expect(column, timestamptz);
  return wire::to_instant(integer_at<std::int64_t>(bytes(column)));
}
template <>
std::vector<std::uint8_t> Row::get<std::vector<std::uint8_t>>(int column) const {
  expect(column, bytea);
  const auto raw = bytes(column);
  return {raw.begin(), raw.end()};
}
template <>
std::vector<Uuid> Row::get<std::vector<Uuid>>(int column) const {
  expect(column, uuid_array);
  return read_array<Uuid>(bytes(column), uuid_at);
}
template <>
std::vector<std::int64_t> Row::get<std::vector<std::int64_t>>(int column) const {
  expect(column, int8_array);
  return read_array<std::int64_t>(bytes(column), integer_at<std::int64_t>);
}

}  // namespace bursar::pg
