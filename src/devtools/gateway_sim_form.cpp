#include "devtools/gateway_sim_form.hpp"

#include <charconv>

#include "base/limits.hpp"
#include "base/text.hpp"

namespace bursar::devtools {
namespace {

std::optional<std::string> decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    const auto byte = from_hex(text.substr(i + 1, 2));
    if (!byte || byte->size() != 1) return std::nullopt;
    decoded += static_cast<char>(byte->front());
    i += 2;
  }
  return decoded;
}

}  // namespace

std::expected<Form, std::string> parse_form(std::string_view text) {
  Form form;
  while (!text.empty()) {
    const auto end = std::min(text.find('&'), text.size());
    const std::string_view pair = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (pair.empty()) continue;
    const auto equals = std::min(pair.find('='), pair.size());
    const auto name = decode(pair.substr(0, equals));
    const auto value = decode(pair.substr(std::min(equals + 1, pair.size())));
    if (!name || !value) return std::unexpected("a percent sign is not followed by two hexadecimal digits");
    if (form.size() >= limits::simulator_form_pairs) return std::unexpected("too many parameters");
    if (!form.emplace(*name, *value).second) return std::unexpected("parameter " + *name + " is given twice");
  }
  return form;
}

std::optional<std::string_view> value_of(const Form& form, std::string_view name) {
  const auto found = form.find(name);
  if (found == form.end()) return std::nullopt;
  return found->second;
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t number = 0;
  if (text.empty() || text.size() > 18 || text[0] == '-') return std::nullopt;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace bursar::devtools
