#include "http/query.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "http/grammar.hpp"

namespace bursar::http {
namespace {

// Quotes of what was sent are bounded; the decoded text may be kilobytes long.
constexpr std::size_t quoted_characters = 60;

enum class Plus { stays, is_blank };

std::expected<std::string, std::string> decode(std::string_view text, Plus plus) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '+' && plus == Plus::is_blank) {
      decoded += ' ';
      continue;
    }
    if (text[at] != '%') {
      decoded += text[at];
      continue;
    }
    const int high = text.size() - at > 2 ? hex_digit(text[at + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[at + 2]) : -1;
    if (low < 0)
      return std::unexpected(
          fmt::format("'%' in '{}' is not followed by two hexadecimal digits; write %25 for a '%'",
                      safe_text(text, quoted_characters)));
    decoded += static_cast<char>(high * 16 + low);
    at += 2;
  }
  if (decoded.find('\0') != std::string::npos)
    return std::unexpected(fmt::format("'{}' holds a NUL character", safe_text(text, quoted_characters)));
  if (!is_utf8(decoded))
    return std::unexpected(
        fmt::format("'{}' is not UTF-8 when it is decoded", safe_text(text, quoted_characters)));
  return decoded;
}

std::expected<Parameters, std::string> parse_pairs(std::string_view text, Plus plus) {
  Parameters parameters;
  if (text.empty()) return parameters;
  const auto count = static_cast<std::size_t>(std::count(text.begin(), text.end(), '&')) + 1;
  if (count > limits::query_parameters)
    return std::unexpected(
        fmt::format("{} parameters are more than the {} allowed", count, limits::query_parameters));
  parameters.reserve(count);
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find('&', start), text.size());
    const std::string_view pair = text.substr(start, end - start);
    const std::size_t sign = pair.find('=');
    if (sign == 0 || pair.empty())
      return std::unexpected("a parameter has no name; write name=value&name=value");
    if (sign == std::string_view::npos)
      return std::unexpected(
          fmt::format("parameter '{}' has no '='; write name=value", safe_text(pair, quoted_characters)));
    auto name = decode(pair.substr(0, sign), plus);
    if (!name) return std::unexpected(std::move(name.error()));
    auto value = decode(pair.substr(sign + 1), plus);
    if (!value) return std::unexpected(std::move(value.error()));
    parameters.emplace_back(std::move(*name), std::move(*value));
    start = end + 1;
  }
  return parameters;
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

}  // namespace

std::expected<Parameters, std::string> parse_query(std::string_view query) {
  return parse_pairs(query, Plus::stays);
}
std::expected<Parameters, std::string> parse_form(std::string_view body) {
  return parse_pairs(body, Plus::is_blank);
}

std::expected<std::string, std::string> decode_form_text(std::string_view text) {
  return decode(text, Plus::is_blank);
}

std::expected<std::string, std::string> decode_segment(std::string_view segment) {
  auto decoded = decode(segment, Plus::stays);
  if (!decoded) return decoded;
  if (*decoded == "." || *decoded == "..")
    return std::unexpected("a path must not have the segments '.' or '..'");
  if (decoded->find('/') != std::string::npos)
    return std::unexpected(fmt::format("'{}' holds an encoded '/'", safe_text(segment, quoted_characters)));
  if (std::any_of(decoded->begin(), decoded->end(), is_control))
    return std::unexpected(
        fmt::format("'{}' holds a control character", safe_text(segment, quoted_characters)));
  return decoded;
}

std::string unmasked(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool encoded = text[at] == '%' && text.size() - at > 2;
    const int high = encoded ? hex_digit(text[at + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[at + 2]) : -1;
    bytes += low >= 0 ? static_cast<char>(high * 16 + low) : text[at];
    if (low >= 0) at += 2;
  }
  return bytes;
}

}  // namespace bursar::http
