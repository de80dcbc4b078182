// Opaque keyset cursors: the id below which a page starts, bound to the filters it was made with, so that a
// cursor in another listing is refused instead of skipping payments. A cursor grants nothing: what a caller
// may see is asked anew for each page. Nor does it prove anything: whoever knows this file can make one of
// any key, so a key is checked like a parameter. It can be read, and tells a reader what the page does not:
// the last entry looked at may be somebody else's payment, whose id, and in it the time of acceptance, is the
// key.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "domain/ids.hpp"
#include "store/payments.hpp"

namespace bursar::api {

/// Of any listing: the bytes of the key below which the next page starts, and its filters as text.
std::string make_cursor(std::span<const std::uint8_t> key, std::string_view filters);
/// nullopt unless make_cursor gives it for a key of that size and the same filters.
std::optional<std::vector<std::uint8_t>> read_cursor(std::string_view cursor, std::size_t key_bytes,
                                                     std::string_view filters);
/// Appends the value of one filter, so that two lists of filters are the same text only when they are equal.
void append_filter(std::string& filters, std::string_view value);

std::string make_cursor(PaymentId below, const store::PaymentFilter& filter);
/// nullopt unless make_cursor gives it for an id and the same filters.
std::optional<PaymentId> read_cursor(std::string_view cursor, const store::PaymentFilter& filter);

}  // namespace bursar::api
