#include "domain/structured_string.hpp"

namespace bursar {

std::optional<std::string> parse_structured_string(std::string_view field_value) {
  while (field_value.starts_with(' ')) field_value.remove_prefix(1);
  while (field_value.ends_with(' ')) field_value.remove_suffix(1);
  if (!field_value.starts_with('"')) return std::nullopt;
  std::string decoded;
  for (std::size_t i = 1; i < field_value.size(); ++i) {
    char c = field_value[i];
    if (c == '"') return i + 1 == field_value.size() ? std::optional(std::move(decoded)) : std::nullopt;
    if (c < 0x20 || c > 0x7E) return std::nullopt;
    if (c == '\\') {
      if (++i == field_value.size()) return std::nullopt;
      c = field_value[i];
      if (c != '"' && c != '\\') return std::nullopt;
    }
    decoded += c;
  }
  return std::nullopt;
}

}  // namespace bursar
