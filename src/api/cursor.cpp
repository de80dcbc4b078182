#include "api/cursor.hpp"

#include <algorithm>
#include <array>

#include "base/digest.hpp"
#include "base/text.hpp"

namespace bursar::api {
namespace {

constexpr std::uint8_t version = 1;
constexpr std::size_t id_bytes = 16;
constexpr std::size_t tag_bytes = 8;  // against mistakes, not against forgers: there is nothing to gain
using Bytes = std::array<std::uint8_t, 1 + id_bytes + tag_bytes>;

Bytes bytes_of_cursor(PaymentId below, const store::PaymentFilter& filter) {
  std::string filters;
  const auto add = [&](std::string_view value) {
    filters += std::to_string(value.size());
    filters += ':';
    filters += value;
  };
  add(filter.status ? to_text(*filter.status) : "");
  add(filter.user_id ? filter.user_id->text() : "");
  add(filter.reference ? *filter.reference : "");
  add(filter.currency ? filter.currency->code() : "");
  add(filter.created_after ? to_rfc3339(*filter.created_after) : "");
  const Sha256 tag = sha256(filters);
  Bytes bytes{version};
  auto* end = std::ranges::copy(below.value.bytes, bytes.begin() + 1).out;
  std::copy_n(tag.begin(), tag_bytes, end);
  return bytes;
}

}  // namespace

std::string make_cursor(PaymentId below, const store::PaymentFilter& filter) {
  return to_base64url(bytes_of_cursor(below, filter));
}

std::optional<PaymentId> read_cursor(std::string_view cursor, const store::PaymentFilter& filter) {
  const auto bytes = from_base64url(cursor);
  if (!bytes || bytes->size() != std::tuple_size_v<Bytes>) return std::nullopt;
  PaymentId below;
  std::copy_n(bytes->begin() + 1, id_bytes, below.value.bytes.begin());
  if (!std::ranges::equal(*bytes, bytes_of_cursor(below, filter))) return std::nullopt;
  return below;
}

}  // namespace bursar::api
