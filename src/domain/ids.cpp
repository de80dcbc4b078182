#include "domain/ids.hpp"

#include <charconv>

namespace bursar {

std::optional<EventId> parse_event_id(std::string_view text) {
  const auto dot = text.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto payment = parse_uuid(text.substr(0, dot));
  const std::string_view digits = text.substr(dot + 1);
  // One spelling each: no sign, no leading zero, and no event has the number 0.
  if (!payment || digits.empty() || digits[0] < '1' || digits[0] > '9') return std::nullopt;
  std::int16_t sequence = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), sequence);
  if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size()) return std::nullopt;
  return EventId{PaymentId(*payment), sequence};
}

}  // namespace bursar
