// Strings of Structured Field Values (RFC 8941 §3.3.3), as an item without parameters. Pure. Used for
// Idempotency-Key; policy about its length and characters comes after it.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace bursar {

/// The decoded string of a field value like "a \"key\"" (the quotes belong to it); spaces around it are
/// ignored, anything else before or behind makes it nullopt: so do characters outside 0x20–0x7E, an escape
/// other than \" and \\, and a missing quote.
std::optional<std::string> parse_structured_string(std::string_view field_value);

}  // namespace bursar
