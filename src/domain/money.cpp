#include "domain/money.hpp"

#include <fmt/format.h>

namespace bursar {

std::string Money::text() const {
  const bool negative = minor < 0;
  // Unsigned, because the smallest int64 has no positive counterpart.
  const auto size = negative ? 0 - static_cast<std::uint64_t>(minor) : static_cast<std::uint64_t>(minor);
  std::string digits = std::to_string(size);
  const auto decimals = static_cast<std::size_t>(currency.exponent());
  if (decimals > 0) {
    if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
    digits.insert(digits.size() - decimals, 1, '.');
  }
  return fmt::format("{}{} {}", negative ? "-" : "", digits, currency.code());
}

}  // namespace bursar
