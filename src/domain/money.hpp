// Money is an integer of minor units and a currency; two currencies never add.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace bursar {

/// ISO 4217 (list one, 2026-01-01): code, number and minor-unit exponent.
struct CurrencyInfo {
  std::string_view code;
  std::int16_t number;
  /// Decimal places of the minor unit: EUR 2, JPY 0, KWD 3, CLF 4. Codes without one (XAU, XTS…) are not in
  /// the table.
  std::int8_t exponent;
  std::string_view name;
};

class Currency {
 public:
  /// nullopt unless `code` is exactly an upper-case code of the table.
  static std::optional<Currency> from_code(std::string_view code);
  static std::span<const CurrencyInfo> all();

  std::string_view code() const { return info_->code; }
  int exponent() const { return info_->exponent; }
  std::string_view name() const { return info_->name; }
  bool operator==(const Currency& other) const { return info_ == other.info_; }

 private:
  explicit Currency(const CurrencyInfo* info) : info_(info) {}
  const CurrencyInfo* info_;
};

struct Money {
  /// 1 … limits::amount_minor_max for a payment.
  std::int64_t minor;
  Currency currency;

  bool operator==(const Money&) const = default;
  /// For people: "12.34 EUR", "1200 JPY".
  std::string text() const;
};

}  // namespace bursar
