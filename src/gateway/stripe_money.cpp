#include "gateway/stripe_money.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace bursar::gateway {
namespace {

// Presentment currencies for cards, of those that ISO 4217 still lists.
constexpr std::string_view presented =
    " AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF "
    "CLP CNY COP"
    " CRC CVE CZK DJF DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS "
    "INR ISK JMD"
    " JOD JPY KES KGS KHR KMF KRW KWD KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MUR MVR MWK "
    "MXN MYR MZN"
    " NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SEK SGD SHP "
    "SLE SOS SRD"
    " SZL THB TJS TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ";

constexpr std::string_view zero_decimal = " BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF ";
// Without a subunit, yet Stripe writes them with two decimals that must be 00.
constexpr std::string_view written_with_two_zeros = " ISK UGX ";
// Three decimals, of which the partners behind Stripe take two: the last digit must be 0.
constexpr std::string_view last_digit_zero = " BHD JOD KWD OMR TND ";

bool is_in(std::string_view list, std::string_view code) {
  for (auto at = list.find(code); at != std::string_view::npos; at = list.find(code, at + 1))
    if (list[at - 1] == ' ' && list[at + code.size()] == ' ') return true;
  return false;
}

constexpr std::int64_t power_of_ten(int exponent) {
  std::int64_t power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

int stripe_exponent(std::string_view code, int iso_exponent) {
  if (is_in(zero_decimal, code)) return 0;
  if (is_in(written_with_two_zeros, code)) return 2;
  if (is_in(last_digit_zero, code)) return 3;
  return is_in(presented, code) ? 2 : iso_exponent;
}

}  // namespace

std::expected<StripeAmount, std::string> to_stripe(const Money& money, bool only_what_stripe_takes) {
  const std::string_view code = money.currency.code();
  if (only_what_stripe_takes && !is_in(presented, code))
    return std::unexpected(fmt::format("the gateway does not take {}", code));
  const int from = money.currency.exponent();
  const int to = stripe_exponent(code, from);
  std::int64_t amount = money.minor;
  if (to > from) amount *= power_of_ten(to - from);  // at most × 100 of 2^53, far below 2^63
  if (to < from) {
    const std::int64_t unit = power_of_ten(from - to);
    if (amount % unit != 0)
      return std::unexpected(fmt::format("the gateway takes {} only in steps of {} minor units", code, unit));
    amount /= unit;
  }
  if (is_in(last_digit_zero, code) && amount % 10 != 0)
    return std::unexpected(fmt::format("the gateway takes {} only in steps of 10 minor units", code));
  const std::int64_t most = power_of_ten(code == "IDR" ? 12 : 8) - 1;
  if (only_what_stripe_takes && amount > most)
    return std::unexpected(
        fmt::format("the gateway takes at most {} {} in one payment (in its own units)", most, code));
  std::string lower(code);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return static_cast<char>(c | 0x20); });
  return StripeAmount{amount, std::move(lower)};
}

}  // namespace bursar::gateway
