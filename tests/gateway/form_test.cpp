#include "gateway/form.hpp"

#include <gtest/gtest.h>

namespace bursar::gateway {
namespace {

Charge charge() {
  return {.payment = PaymentId(*parse_uuid("01935f3a-0000-7000-8000-0000000000aa")),
          .money = {1234, *Currency::from_code("EUR")}};
}

const StripeAmount money = {1234, "eur"};

TEST(ChargeForm, SaysAmountCurrencyAndPayment) {
  EXPECT_EQ(charge_form(charge(), money),
            "amount=1234&currency=eur&confirm=true&error_on_requires_action=true&automatic_payment_methods["
            "enabled]=true&"
            "automatic_payment_methods[allow_redirects]=never&"
            "metadata[bursar_payment_id]=01935f3a-0000-7000-8000-0000000000aa");
}

TEST(ChargeForm, EncodesWhateverAUserWrote) {
  Charge one = charge();
  one.description = "50% & more=\"yes\"\r\nBcc: x \xC3\xA4";
  one.payment_method = "pm_card+visa";
  const std::string form = charge_form(one, money);
  EXPECT_NE(form.find("&payment_method=pm_card%2Bvisa&"), std::string::npos) << form;
  EXPECT_NE(form.find("description=50%25%20%26%20more%3D%22yes%22%0D%0ABcc%3A%20x%20%C3%A4&"),
            std::string::npos)
      << form;
}

TEST(ChargeForm, IsTheSameWhateverTheOrderOfTheMetadata) {
  Charge one = charge();
  one.metadata = R"({"order":"7","shop":"a b"})";
  Charge other = charge();
  other.metadata = R"({ "shop" : "a b", "order" : "7" })";
  EXPECT_EQ(charge_form(one, money), charge_form(other, money));
  EXPECT_TRUE(charge_form(one, money).ends_with("&metadata[order]=7&metadata[shop]=a%20b"))
      << charge_form(one, money);
}

TEST(ChargeForm, AUsersMetadataCannotNameAnotherPayment) {
  Charge one = charge();
  one.metadata =
      R"({"bursar_payment_id":"x","a]":"1","b[c":"2","&metadata[bursar_payment_id]=y&":"3","ok":"4"})";
  const std::string form = charge_form(one, money);
  EXPECT_EQ(form.find("bursar_payment_id"), form.rfind("bursar_payment_id")) << form;
  EXPECT_TRUE(form.ends_with("0000000000aa&metadata[ok]=4")) << form;
}

TEST(ChargeForm, TheKeyIsDerivedFromThePaymentAlone) {
  EXPECT_EQ(idempotency_key_of(charge().payment), "bursar-01935f3a-0000-7000-8000-0000000000aa");
}

}  // namespace
}  // namespace bursar::gateway
