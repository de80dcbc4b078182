#include "api/traceparent.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace bursar::api {
namespace {

// Lower-case hexadecimal digits only.
std::optional<std::vector<std::uint8_t>> lower_hex(std::string_view text) {
  const bool lower =
      std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  return lower ? from_hex(text) : std::nullopt;
}

}  // namespace

// 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
std::optional<TraceContext> parse_traceparent(std::string_view field) {
  constexpr std::size_t length = 55;
  if (field.size() < length || field[2] != '-' || field[35] != '-' || field[52] != '-') return std::nullopt;
  const auto version = lower_hex(field.substr(0, 2));
  const auto trace = lower_hex(field.substr(3, 32));
  const auto span = lower_hex(field.substr(36, 16));
  const auto flags = lower_hex(field.substr(53, 2));
  if (!version || !trace || !span || !flags || version->front() == 0xFF) return std::nullopt;
  if (field.size() > length && (version->front() == 0 || field[length] != '-')) return std::nullopt;
  TraceContext context;
  std::ranges::copy(*trace, context.trace_id.bytes.begin());
  for (const std::uint8_t byte : *span) context.span_id = context.span_id << 8 | byte;
  if (context.trace_id == Uuid() || context.span_id == 0) return std::nullopt;
  return context;
}

std::optional<TraceContext> trace_of(const http::Request& request) {
  const auto field = request.header("traceparent");
  if (!field || request.count("traceparent") > 1) return std::nullopt;
  return parse_traceparent(*field);
}

}  // namespace bursar::api
