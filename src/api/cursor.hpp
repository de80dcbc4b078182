// Opaque keyset cursors: the id below which a page starts, bound to the filters it was made with, so that a
// cursor in another listing is refused instead of skipping payments. A cursor grants nothing: what a caller
// may see is asked anew for each page.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "domain/ids.hpp"
#include "store/payments.hpp"

namespace bursar::api {

std::string make_cursor(PaymentId below, const store::PaymentFilter& filter);
/// nullopt unless make_cursor made it with the same filters.
std::optional<PaymentId> read_cursor(std::string_view cursor, const store::PaymentFilter& filter);

}  // namespace bursar::api
