// Character classes and small grammars of RFC 9110 and RFC 3986, as strict as they are written. Pure; the
// request reader stands on them.
#pragma once
#include <array>
#include <cstddef>
#include <string_view>

namespace bursar::http {

/// True for the bytes of a token (RFC 9110 §5.6.2). A table, because the reader asks for every byte of a
/// field name.
inline constexpr std::array<bool, 256> token_bytes = [] {
  std::array<bool, 256> table{};
  for (const char c :
       std::string_view("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&'*+-.^_`|~"))
    table[static_cast<unsigned char>(c)] = true;
  return table;
}();

inline bool is_token_character(char c) { return token_bytes[static_cast<unsigned char>(c)]; }
bool is_token(std::string_view text);

/// Where the first byte is that no field value may hold (RFC 9110 §5.5: control characters other than HTAB),
/// npos when there is none. Bytes above 0x7F pass (obs-text).
std::size_t find_control(std::string_view text);

/// SP and HTAB (OWS).
inline bool is_blank(char c) { return c == ' ' || c == '\t'; }
std::string_view without_blanks_around(std::string_view text);

/// −1 when it is no hexadecimal digit.
int hex_digit(char c);

/// Where the first byte is that path and query of a target must not hold (RFC 3986 §3.3, §3.4), npos when
/// there is none. A '%' without two hexadecimal digits counts, and so does an encoded control character: in
/// the path any, in the query NUL.
std::size_t find_bad_target_byte(std::string_view target);

/// uri-host [":" port] (RFC 9110 §7.2) without user information: a name of letters, digits and "-._~", an
/// IPv4 address or an IP literal in brackets; port 0…65535 or empty.
bool is_host(std::string_view text);

}  // namespace bursar::http
