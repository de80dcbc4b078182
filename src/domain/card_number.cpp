#include "domain/card_number.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/uuid.hpp"

namespace bursar {
namespace {

// Issuer prefixes as the card networks publish them, each with the lengths their numbers have. `low` and
// `high` have the same number of digits.
struct Issuer {
  std::uint32_t low, high;
  std::uint8_t digits;
  std::uint8_t shortest, longest;
};
constexpr Issuer issuers[] = {
    {4, 4, 1, 13, 19},            // Visa (13, 16, 19 in use)
    {51, 55, 2, 16, 16},          // Mastercard
    {2221, 2720, 4, 16, 16},      // Mastercard, since 2017
    {34, 34, 2, 15, 15},          // American Express
    {37, 37, 2, 15, 15},          //
    {300, 305, 3, 14, 19},        // Diners Club
    {3095, 3095, 4, 14, 19},      //
    {36, 36, 2, 14, 19},          //
    {38, 39, 2, 14, 19},          //
    {3528, 3589, 4, 16, 19},      // JCB
    {6011, 6011, 4, 16, 19},      // Discover
    {644, 649, 3, 16, 19},        //
    {65, 65, 2, 16, 19},          // Discover, RuPay, Verve, Elo
    {62, 62, 2, 16, 19},          // UnionPay
    {81, 82, 2, 16, 19},          // UnionPay, RuPay
    {60, 60, 2, 16, 16},          // RuPay
    {508, 508, 3, 16, 16},        //
    {2200, 2204, 4, 16, 19},      // Mir
    {9792, 9792, 4, 16, 16},      // Troy
    {506099, 506198, 6, 16, 19},  // Verve
    {5018, 5018, 4, 13, 19},      // Maestro
    {5019, 5020, 4, 13, 19},      // Dankort, Maestro
    {5038, 5038, 4, 13, 19},      // Maestro
    {5893, 5893, 4, 13, 19},      //
    {6304, 6304, 4, 13, 19},      //
    {6759, 6759, 4, 13, 19},      //
    {6761, 6763, 4, 13, 19},      //
    {636, 639, 3, 16, 19},        // InterPayment, InstaPayment
};

constexpr std::size_t shortest_card = 13;
constexpr std::size_t longest_card = 19;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex_letter(char c) { return (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

bool has_issuer(std::string_view digits) {
  return std::ranges::any_of(issuers, [&](const Issuer& issuer) {
    if (digits.size() < issuer.shortest || digits.size() > issuer.longest) return false;
    std::uint32_t prefix = 0;
    for (const char c : digits.substr(0, issuer.digits))
      prefix = prefix * 10 + static_cast<std::uint32_t>(c - '0');
    return prefix >= issuer.low && prefix <= issuer.high;
  });
}

// ISO/IEC 7812-1, annex B.
bool has_luhn_checksum(std::string_view digits) {
  int sum = 0;
  bool doubled = false;
  for (std::size_t i = digits.size(); i-- > 0; doubled = !doubled) {
    const int digit = (digits[i] - '0') * (doubled ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return sum % 10 == 0;
}

// The length of a UUID or a hexadecimal digest at the start of `text`, else 0: their digits are random, and
// one in some ten thousand would pass for a card.
std::size_t identifier_length(std::string_view text) {
  constexpr std::size_t uuid_length = 36;
  const auto is_hex = [](char c) { return is_digit(c) || is_hex_letter(c); };
  if (parse_uuid(text.substr(0, uuid_length)) && (text.size() == uuid_length || !is_hex(text[uuid_length])))
    return uuid_length;
  const auto end = static_cast<std::size_t>(std::ranges::find_if_not(text, is_hex) - text.begin());
  constexpr std::size_t shortest_digest = 32;
  return end >= shortest_digest && std::ranges::any_of(text.substr(0, end), is_hex_letter) ? end : 0;
}

// Does a card number begin with the group of digits at the start of `text` and end with that or a later
// group?
bool begins_with_card(std::string_view text) {
  std::array<char, longest_card> digits{};
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_digit(text[i])) {
      const bool joins = (text[i] == ' ' || text[i] == '-') && i + 1 < text.size() && is_digit(text[i + 1]);
      if (!joins) return false;
      continue;
    }
    if (count == longest_card) return false;
    digits[count++] = text[i];
    const bool group_ends = i + 1 == text.size() || !is_digit(text[i + 1]);
    const std::string_view number(digits.data(), count);
    if (group_ends && count >= shortest_card && has_issuer(number) && has_luhn_checksum(number)) return true;
  }
  return false;
}

}  // namespace

bool contains_card_number(std::string_view text) {
  if (static_cast<std::size_t>(std::ranges::count_if(text, is_digit)) < shortest_card) return false;
  const auto is_alphanumeric = [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == 0 || !is_alphanumeric(text[i - 1])) {
      if (const std::size_t length = identifier_length(text.substr(i)); length > 0) {
        i += length - 1;
        continue;
      }
    }
    const bool group_starts = is_digit(text[i]) && (i == 0 || !is_digit(text[i - 1]));
    if (group_starts && begins_with_card(text.substr(i))) return true;
  }
  return false;
}

}  // namespace bursar
