#include "api/cursor.hpp"

#include <algorithm>

#include "base/digest.hpp"
#include "base/text.hpp"

namespace bursar::api {
namespace {

constexpr std::uint8_t version = 1;
constexpr std::size_t tag_bytes = 8;  // against mistakes, not against forgers: there is nothing to gain

std::string filters_of(const store::PaymentFilter& filter) {
  std::string filters;
  append_filter(filters, filter.status ? to_text(*filter.status) : "");
  append_filter(filters, filter.user_id ? filter.user_id->text() : "");
  append_filter(filters, filter.reference ? *filter.reference : "");
  append_filter(filters, filter.currency ? filter.currency->code() : "");
  append_filter(filters, filter.created_after ? to_rfc3339(*filter.created_after) : "");
  return filters;
}

}  // namespace

void append_filter(std::string& filters, std::string_view value) {
  filters.append(std::to_string(value.size())).append(":").append(value);
}

std::string make_cursor(std::span<const std::uint8_t> key, std::string_view filters) {
  std::vector<std::uint8_t> bytes{version};
  bytes.insert(bytes.end(), key.begin(), key.end());
  const Sha256 tag = sha256(filters);
  bytes.insert(bytes.end(), tag.begin(), tag.begin() + tag_bytes);
  return to_base64url(bytes);
}

std::optional<std::vector<std::uint8_t>> read_cursor(std::string_view cursor, std::size_t key_bytes,
                                                     std::string_view filters) {
  const auto bytes = from_base64url(cursor);
  if (!bytes || bytes->size() != 1 + key_bytes + tag_bytes) return std::nullopt;
  const std::span<const std::uint8_t> key(bytes->data() + 1, key_bytes);
  if (cursor != make_cursor(key, filters)) return std::nullopt;
  return std::vector<std::uint8_t>(key.begin(), key.end());
}

std::string make_cursor(PaymentId below, const store::PaymentFilter& filter) {
  return make_cursor(below.value.bytes, filters_of(filter));
}

std::optional<PaymentId> read_cursor(std::string_view cursor, const store::PaymentFilter& filter) {
  PaymentId below;
  const auto key = read_cursor(cursor, below.value.bytes.size(), filters_of(filter));
  if (!key) return std::nullopt;
  std::ranges::copy(*key, below.value.bytes.begin());
  return below;
}

}  // namespace bursar::api
