#include "http/grammar.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace bursar::http {
namespace {

enum CharacterClass : std::uint8_t {
  target = 1,  // pchar, '/' and '?' without '%'
  name = 2,    // of a host
  literal = 4  // between the brackets of an IP literal
};

constexpr std::array<std::uint8_t, 256> classes = [] {
  std::array<std::uint8_t, 256> table{};
  auto add = [&table](std::string_view characters, unsigned kinds) {
    for (const char c : characters)
      table[static_cast<unsigned char>(c)] =
          static_cast<std::uint8_t>(table[static_cast<unsigned char>(c)] | kinds);
  };
  add("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", target | name);
  add("-._~", target | name);
  add("!$&'()*+,;=:@/?", target);
  add("0123456789ABCDEFabcdef:.", literal);
  return table;
}();

bool is_of(char c, CharacterClass kind) { return (classes[static_cast<unsigned char>(c)] & kind) != 0; }

bool all_of(std::string_view text, CharacterClass kind) {
  return std::all_of(text.begin(), text.end(), [kind](char c) { return is_of(c, kind); });
}

bool is_port(std::string_view text) {
  if (text.size() > 5) return false;
  unsigned number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    number = number * 10 + static_cast<unsigned>(c - '0');
  }
  return number <= 65535;
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

// Any byte below 0x20 or equal to 0x7F among eight. HTAB is one of them; whoever has one is looked at byte by
// byte.
bool may_hold_control(std::uint64_t eight) {
  constexpr std::uint64_t ones = 0x0101010101010101;
  constexpr std::uint64_t highs = 0x8080808080808080;
  const std::uint64_t below_space = (eight - ones * 0x20) & ~eight & highs;
  const std::uint64_t no_delete = eight ^ (ones * 0x7F);
  const std::uint64_t is_delete = (no_delete - ones) & ~no_delete & highs;
  return (below_space | is_delete) != 0;
}

}  // namespace

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_character);
}

std::size_t find_control(std::string_view text) {
  const auto is_bad = [](char c) { return is_control(c) && c != '\t'; };
  const auto exactly = [&text, &is_bad] {
    const auto found = std::find_if(text.begin(), text.end(), is_bad);
    return found == text.end() ? std::string_view::npos : static_cast<std::size_t>(found - text.begin());
  };
  std::uint64_t eight = 0;
  if (text.size() < sizeof eight) return exactly();
  const std::size_t last = text.size() - sizeof eight;
  for (std::size_t at = 0; at < last; at += sizeof eight) {
    std::memcpy(&eight, text.data() + at, sizeof eight);
    if (may_hold_control(eight)) return exactly();
  }
  std::memcpy(&eight, text.data() + last, sizeof eight);
  return may_hold_control(eight) ? exactly() : std::string_view::npos;
}

std::string_view without_blanks_around(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::size_t find_bad_target_byte(std::string_view text) {
  bool in_query = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (is_of(text[at], target)) {
      in_query = in_query || text[at] == '?';
      continue;
    }
    if (text[at] != '%' || text.size() - at < 3) return at;
    const int high = hex_digit(text[at + 1]);
    const int low = hex_digit(text[at + 2]);
    if (high < 0 || low < 0) return at;
    const char decoded = static_cast<char>(high * 16 + low);
    if (in_query ? decoded == '\0' : is_control(decoded)) return at;
    at += 2;
  }
  return std::string_view::npos;
}

bool is_host(std::string_view text) {
  std::size_t end = 0;
  if (text.starts_with('[')) {
    end = text.find(']');
    if (end == std::string_view::npos || end < 3 || !all_of(text.substr(1, end - 1), literal)) return false;
    ++end;
  } else {
    end = std::min(text.find(':'), text.size());
    if (end == 0 || !all_of(text.substr(0, end), name)) return false;
  }
  if (end == text.size()) return true;
  return text[end] == ':' && is_port(text.substr(end + 1));
}

}  // namespace bursar::http
