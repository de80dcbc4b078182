#include "domain/card_number.hpp"

#include <gtest/gtest.h>

#include <string>

#include "base/random.hpp"
#include "base/text.hpp"
#include "base/uuid.hpp"

namespace bursar {
namespace {

// Numbers that the networks and processors publish for tests.
TEST(CardNumber, IsFoundWhateverStandsAroundIt) {
  for (const auto* text : {"4111111111111111",
                           "4222222222222",
                           "4012888888881881",
                           "5555555555554444",
                           "2223003122003222",
                           "2720990000000015",
                           "378282246310005",
                           "341111111111111",
                           "30569309025904",
                           "36227206271667",
                           "3530111333300000",
                           "6011111111111117",
                           "6011000990139424",
                           "6200000000000005",
                           "6555900000604105",
                           "4111 1111 1111 1111",
                           "4111-1111-1111-1111",
                           "3782 822463 10005",
                           "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
                           "card 4111111111111111 please",
                           "pan=4111111111111111;exp=12/29",
                           "ref:4111-1111-1111-1111.",
                           "card4111111111111111x",
                           "12 4111111111111111",
                           "2026-11-26 4111 1111 1111 1111 12",
                           "é4111111111111111é"})
    EXPECT_TRUE(contains_card_number(text)) << text;
}

TEST(CardNumber, OtherNumbersPass) {
  for (const auto* text : {"", "4111", "order 17",
                           "4111111111111112",      // checksum
                           "1234567890123452",      // checksum right, no issuer
                           "0000000000000000",      // checksum right, no issuer
                           "9999999999999995",      // checksum right, no issuer
                           "411111111111",          // 12 digits
                           "41111111111111111111",  // 20 digits
                           "5555555555554",         // checksum right, but no Mastercard has 13 digits
                           "3782822463100050",      // 16 digits are no American Express
                           "4111  1111 1111 1111",  // two blanks join nothing
                           "4111.1111.1111.1111",   //
                           "4111/1111/1111/1111",   //
                           "1764158400123456",      // microseconds since 1970
                           "2026-11-26T01:02:03.000004Z", "+49 30 901820", "DE89370400440532013000"})
    EXPECT_FALSE(contains_card_number(text)) << text;
}

TEST(CardNumber, NeverCallsAnIdentifierOne) {
  EXPECT_FALSE(contains_card_number("41111111-1111-4111-8111-111111111111"));
  EXPECT_FALSE(contains_card_number("a 41111111-1111-4111-8111-111111111111 b"));
  EXPECT_FALSE(contains_card_number("00000000000000004111111111111111aaaa"));  // a digest
  SeededRandom random(11);
  for (int i = 0; i < 20'000; ++i) {
    const auto id = random_uuid(random).text();
    ASSERT_FALSE(contains_card_number(id)) << id;
  }
}

TEST(CardNumber, ANumberBehindAnIdentifierIsStillFound) {
  EXPECT_TRUE(contains_card_number("41111111-1111-4111-8111-111111111111 4111111111111111"));
}

TEST(CardNumber, FewRandomNumbersAreCalledOne) {
  SeededRandom random(5);
  int found = 0;
  for (int i = 0; i < 10'000; ++i) {
    std::string digits;
    while (digits.size() < 16) digits += static_cast<char>('0' + random.next() % 10);
    found += contains_card_number(digits);
  }
  EXPECT_LT(found, 400) << "a checksum alone would call about 1,000 of 10,000 a card";
  EXPECT_GT(found, 100);
}

}  // namespace
}  // namespace bursar
