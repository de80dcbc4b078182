// Text from outside made safe: UTF-8, bounds, hex and base64url. Pure functions.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bursar {

/// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);

/// The number of code points of valid UTF-8 (PostgreSQL's length()).
std::size_t code_points(std::string_view utf8);

/// Text from a peer (an answer, an error message) as SQL and logs can hold it: invalid UTF-8 and NUL become
/// U+FFFD, and at most `code_points` of it are kept.
std::string safe_text(std::string_view text, std::size_t max_code_points);

/// Appends `text` as a JSON string with its quotes (RFC 8259). Invalid UTF-8 becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);

std::string to_hex(std::span<const std::uint8_t> bytes);
std::optional<std::vector<std::uint8_t>> from_hex(std::string_view text);

/// RFC 4648 §5 without padding.
std::string to_base64url(std::span<const std::uint8_t> bytes);
/// Strict: no padding, no white space, unused bits zero (canonical).
std::optional<std::vector<std::uint8_t>> from_base64url(std::string_view text);

/// Equal without a time that depends on where they differ.
bool equal_in_constant_time(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b);

inline std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view text_of(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace bursar
