// Bursar must never hold a card number (PCI DSS 3.4). Pure.
#pragma once
#include <string_view>

namespace bursar {

/// True when the text contains 13–19 digits (single blanks or hyphens between digits ignored) that start with
/// a known issuer prefix of that length and have a right Luhn checksum. A checksum alone would call one in
/// ten order numbers a card.
bool contains_card_number(std::string_view text);

}  // namespace bursar
