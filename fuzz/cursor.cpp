// Cursors: what is taken is exactly what would be made for it, so no cursor has a second spelling and none of
// another listing passes.
#include "api/cursor.hpp"

#include <algorithm>
#include <cstring>

#include "fuzz/fuzz.hpp"

using namespace bursar;

namespace {

store::PaymentFilter filter_of(std::uint8_t choice, std::string_view text) {
  store::PaymentFilter filter;
  if ((choice & 1) != 0) filter.status = PaymentStatus::pending;
  if ((choice & 2) != 0) filter.reference = std::string(text.substr(0, 20));
  if ((choice & 4) != 0) filter.currency = Currency::from_code("EUR");
  if ((choice & 8) != 0) filter.created_after = Instant(std::chrono::seconds(text.size()));
  return filter;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto text = fuzz::text_of(data + 1, size - 1);
  const store::PaymentFilter filter = filter_of(data[0], text);
  if (const auto below = api::read_cursor(text, filter))
    fuzz::require(api::make_cursor(*below, filter) == text, "a cursor with two spellings", text);
  PaymentId id;
  std::memcpy(id.value.bytes.data(), text.data(), std::min(text.size(), id.value.bytes.size()));
  const std::string made = api::make_cursor(id, filter);
  fuzz::require(api::read_cursor(made, filter) == id, "a cursor that is not read", made);
  const store::PaymentFilter other = filter_of(data[0] ^ 1, text);
  fuzz::require(!api::read_cursor(made, other), "a cursor of another listing passes", made);
  return 0;
}
