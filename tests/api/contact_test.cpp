#include "api/contact.hpp"

#include "domain/card_number.hpp"
#include "stage.hpp"

namespace bursar::api::test {
namespace {

class Contacts : public ApiTest {
 protected:
  Answer put(std::string body) {
    return send({.method = "PUT",
                 .target = "/users/" + std::string(alice) + "/contact",
                 .token = customer(alice),
                 .headers = {{"Content-Type", "application/json"}},
                 .body = std::move(body)});
  }
  Answer show() { return send(get("/users/" + std::string(alice) + "/contact", customer(alice))); }
};

TEST_F(Contacts, AreReplacedAsAWhole) {
  check_refused(show(), 404, "not_found");
  ASSERT_EQ(put(R"({"email":"ada@example.test","phone":"+49301234567","locale":"de-AT"})").status, 200);
  EXPECT_EQ(show().body, R"({"email":"ada@example.test","phone":"+49301234567","locale":"de-AT"})");
  const Answer second = put(R"({"phone":"+49301234568"})");
  EXPECT_EQ(second.body, R"({"phone":"+49301234568","locale":"en"})");
  EXPECT_EQ(show().body, second.body);
  ASSERT_EQ(put("{}").status, 200);
  EXPECT_EQ(show().body, R"({"locale":"en"})");
}

TEST_F(Contacts, BadOnesAreRefusedWithEveryFault) {
  check_faults(put(R"({"email":"ada","phone":"030123","locale":"e","fax":"1"})"),
               {"/email malformed", "/phone malformed", "/locale too_short", "/fax unknown_field"});
  check_faults(put(R"({"email":"a@b\r\nBcc: x@y.test","phone":null})"),
               {"/email malformed", "/phone wrong_type"});
  check_refused(show(), 404, "not_found");
}

// One in ten numbers of 13 digits that begin with 4 has a right checksum, German mobile numbers among them.
TEST_F(Contacts, APhoneNumberInItsFormIsNoCardNumber) {
  for (const auto* phone : {"+4915112345678", "+378282246310005"}) {
    ASSERT_TRUE(contains_card_number(phone)) << phone;
    EXPECT_EQ(put(fmt::format(R"({{"phone":"{}"}})", phone)).status, 200) << phone;
    EXPECT_EQ(show().text("phone"), phone);
  }
  for (const auto* card : {"4915112345678", "4111111111111111", "+4111111111111111", "+4111 1111 1111 1111",
                           "+49301234567 4111111111111111", "tel:+4915112345678"})
    check_faults(put(fmt::format(R"({{"phone":"{}"}})", card)), {"/phone card_number"});
  check_faults(put(R"({"email":"+4915112345678@example.test","locale":"4915112345678"})"),
               {"/email card_number", "/locale card_number"});
}

TEST(EmailComplaint, TakesAddressesAndNothingElse) {
  for (const auto* good : {"a@b", "ada@example.test", "ada.lovelace+tag@sub.example.test", "ада@почта.test",
                           "o'hara@example.test"})
    EXPECT_EQ(email_complaint(good), "") << good;
  const std::string long_local = std::string(65, 'a') + "@example.test";
  const std::string long_domain = "a@" + std::string(256, 'b');
  for (const std::string& bad :
       {std::string("ada"), std::string("@example.test"), std::string("ada@"), std::string("a@b@c"),
        std::string("Ada <ada@example.test>"), std::string("ada @example.test"),
        std::string("ada@example.test,bob@example.test"), std::string("ada@example..test"),
        std::string("ada@.test"), std::string("ada@test."), std::string("ada@-test"),
        std::string("\"ada\"@example.test"), long_local, long_domain})
    EXPECT_NE(email_complaint(bad), "") << bad;
}

TEST(PhoneComplaint, TakesE164AndNothingElse) {
  for (const auto* good : {"+49301234567", "+1234567", "+123456789012345"})
    EXPECT_EQ(phone_complaint(good), "") << good;
  for (const auto* bad : {"", "+", "49301234567", "+0301234567", "+123456", "+1234567890123456",
                          "+49 30 1234567", "+49-301234567", "+4930123456x", "0049301234567"})
    EXPECT_NE(phone_complaint(bad), "") << bad;
}

TEST(LocaleComplaint, TakesLanguageTagsAndNothingElse) {
  for (const auto* good : {"en", "de-AT", "zh-Hant-TW", "sr-Latn-RS", "es-419"})
    EXPECT_EQ(locale_complaint(good), "") << good;
  for (const auto* bad :
       {"", "e", "en-", "-en", "en--us", "en_US", "en-abcdefghi", "12-en", "en us", "abcdefghi"})
    EXPECT_NE(locale_complaint(bad), "") << bad;
}

}  // namespace
}  // namespace bursar::api::test
