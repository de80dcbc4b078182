// The wording of each version, and that what users wrote stays a value.
#include "notify/templates.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"
#include "messages.hpp"

namespace bursar::notify {
namespace {

OutcomeFacts facts_of(bool succeeded) {
  return OutcomeFacts{.event = bursar::testing::some_event(),
                      .succeeded = succeeded,
                      .money = Money{1234, *Currency::from_code("EUR")},
                      .reference = "INV-7",
                      .description = "Two tickets",
                      .failure_code = succeeded ? std::nullopt : std::optional<std::string>("card_declined")};
}

// Whoever changes a wording raises its version and adds a test of the new one.
TEST(Templates, EnglishVersion1OfASuccess) {
  ASSERT_EQ(template_version("en"), "en/1");
  const MailText mail = render_mail(facts_of(true));
  EXPECT_EQ(mail.subject, "Your payment of 12.34 EUR succeeded");
  EXPECT_EQ(
      mail.text,
      "Hello,\n\nyour payment succeeded.\n\nAmount: 12.34 EUR\nDescription: Two tickets\nReference: INV-7\n"
      "Payment: 01932d4c-8f2a-7abc-8def-012345678900\n\nYou need not do anything.\n");
  EXPECT_EQ(render_sms(facts_of(true)), "Your payment of 12.34 EUR succeeded. Ref: INV-7");
}

TEST(Templates, EnglishVersion1OfAFailure) {
  ASSERT_EQ(template_version("en"), "en/1");
  const MailText mail = render_mail(facts_of(false));
  EXPECT_EQ(mail.subject, "Your payment of 12.34 EUR failed");
  EXPECT_EQ(
      mail.text,
      "Hello,\n\nyour payment failed. You were not charged.\n\nAmount: 12.34 EUR\nReason: card_declined\n"
      "Description: Two tickets\nReference: INV-7\nPayment: 01932d4c-8f2a-7abc-8def-012345678900\n\n"
      "Please check your payment method and try again.\n");
  EXPECT_EQ(render_sms(facts_of(false)),
            "Your payment of 12.34 EUR failed. You were not charged. Ref: INV-7");
}

TEST(Templates, LinesWithoutAValueAreLeftOut) {
  OutcomeFacts facts = facts_of(false);
  facts.reference = facts.description = facts.failure_code = std::nullopt;
  const std::string text = render_mail(facts).text;
  for (const std::string word : {"Reference", "Description", "Reason", "{", "}"})
    EXPECT_EQ(text.find(word), std::string::npos) << word;
  EXPECT_EQ(render_sms(facts), "Your payment of 12.34 EUR failed. You were not charged.");
}

TEST(Templates, MoneyHasTheDecimalsOfItsCurrency) {
  OutcomeFacts facts = facts_of(true);
  facts.money = Money{1200, *Currency::from_code("JPY")};
  EXPECT_EQ(render_mail(facts).subject, "Your payment of 1200 JPY succeeded");
  facts.money = Money{1, *Currency::from_code("KWD")};
  EXPECT_EQ(render_mail(facts).subject, "Your payment of 0.001 KWD succeeded");
}

TEST(Templates, UserTextIsAValueAndNeverATemplate) {
  for (const std::string evil :
       {"{amount}", "{payment} {reference}", "{", "}", "{}", "{{amount}}", "%s%n", "{unknown}"}) {
    OutcomeFacts facts = facts_of(true);
    facts.description = facts.reference = evil;
    const std::string text = render_mail(facts).text;
    EXPECT_NE(text.find("Description: " + evil + "\n"), std::string::npos) << text;
    EXPECT_NE(text.find("Reference: " + evil + "\n"), std::string::npos) << text;
    EXPECT_TRUE(render_sms(facts).ends_with("Ref: " + evil));
  }
}

TEST(Templates, UserTextCannotPretendToBeOurs) {
  const std::string normal = render_mail(facts_of(true)).text;
  const auto lines = std::count(normal.begin(), normal.end(), '\n');
  for (const std::string evil : {"a\n\nYour account is locked", "a\r\nb", "a\rb",
                                 "a\x0B"
                                 "b",
                                 "a\u2028b", "a\u2029b", "a\u0085b", "a\u202Eb\u202Cc", "a\u2066b",
                                 "a\u200Fb", "\xFF\xFE", "a\x1B[31mb"}) {
    OutcomeFacts facts = facts_of(true);
    facts.description = evil;
    facts.reference = evil;
    const std::string text = render_mail(facts).text;
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), lines) << text;
    EXPECT_EQ(text.find_first_of("\r\v\x1B"), std::string::npos);
    for (const std::string turned : {"\u2028", "\u2029", "\u0085", "\u202E", "\u2066", "\u200F"}) {
      EXPECT_EQ(text.find(turned), std::string::npos) << text;
      EXPECT_EQ(render_sms(facts).find(turned), std::string::npos);
    }
    EXPECT_TRUE(is_utf8(text));
    EXPECT_EQ(render_sms(facts).find('\n'), std::string::npos);
  }
}

TEST(Templates, AnUnknownLanguageIsServedInEnglish) {
  for (const std::string locale : {"en", "en-GB", "de", "", "xx-YY", "-", "english"}) {
    OutcomeFacts facts = facts_of(true);
    facts.locale = locale;
    EXPECT_EQ(render_mail(facts).subject, "Your payment of 12.34 EUR succeeded") << locale;
    EXPECT_EQ(template_version(locale), "en/1");
  }
}

TEST(Templates, AnSmsFitsOnePartWhateverTheAmount) {
  OutcomeFacts facts = facts_of(false);
  facts.money = Money{9'007'199'254'740'991, *Currency::from_code("EUR")};
  facts.reference = std::string(60, 'x');
  EXPECT_LE(render_sms(facts).size(), 160U) << render_sms(facts);
}

}  // namespace
}  // namespace bursar::notify
