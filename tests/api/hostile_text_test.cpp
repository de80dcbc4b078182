// Text that means something to a database, a page, a shell, a template or a log is only text here.
#include <fmt/format.h>

#include "base/text.hpp"
#include "stage.hpp"

namespace bursar::api::test {
namespace {

using namespace std::string_literals;

class HostileText : public ApiTest {};

const std::vector<std::string> texts = {
    R"('; DROP TABLE payment_intents; --)",
    R"(' OR '1'='1)",
    R"($1 %s %n {} {0} {{x}} ${jndi:ldap://a} #{1+1})",
    R"(<script>alert(1)</script><img src=x onerror=alert(1)>)",
    R"(=HYPERLINK("https://evil.example"))",
    R"(`touch /tmp/x` $(touch /tmp/x) | touch /tmp/x)",
    R"(../../../../etc/passwd)",
    R"(\u0000 \\ \" %00 %0d%0aSet-Cookie: a=b)",
    R"(ＦＵＬＬ ﷽ a‮b)",
};

std::string quoted(const std::string& text) { return json::to_text(json::value(text)); }

TEST_F(HostileText, ComesBackAsItWasAndIsFoundByItself) {
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::string& text = texts[i];
    const Answer made =
        send(pay(std::to_string(i),
                 payment_of(alice, fmt::format(R"(,"description":{0},"reference":{0},"metadata":{{{1}:{0}}})",
                                               quoted(text), quoted(text.substr(0, 40))))));
    ASSERT_EQ(made.status, 202) << text << made.body;
    for (const Answer& answer : {made, send(get("/payments/" + made.text("id"), customer(alice)))}) {
      EXPECT_EQ(answer.text("description"), text);
      EXPECT_EQ(answer.text("reference"), text);
      EXPECT_EQ(answer.object().at("metadata").as_object().begin()->value().as_string(), text);
      EXPECT_EQ(answer.field("Set-Cookie"), "");
    }
    std::string query;
    for (const char c : text) query += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    const Answer found = send(get("/payments?reference=" + query, customer(alice)));
    ASSERT_EQ(found.status, 200) << found.body;
    const auto payments = found.object().at("payments").as_array();
    ASSERT_EQ(payments.size(), 1U) << text;
    EXPECT_EQ(payments[0].at("id").as_string(), made.text("id"));
  }
  EXPECT_EQ(rows(), std::to_string(texts.size()));
}

TEST_F(HostileText, InAPathOrAKeyNamesNothingAndHarmsNothing) {
  for (const auto* path : {"'%20OR%20'1'='1", "1;DROP%20TABLE%20payment_intents", "$(id)", "{{7*7}}", "*"}) {
    const Answer answer = send(get("/payments/" + std::string(path), customer(alice)));
    EXPECT_TRUE(answer.status == 404 || answer.status == 400) << path << answer.body;
  }
  const Answer made = send(pay(R"(';DROP/**/TABLE/**/payment_intents;--)", payment_of(alice)));
  ASSERT_EQ(made.status, 202) << made.body;
  EXPECT_EQ(rows(), "1");
}

TEST_F(HostileText, NoAnswerRepeatsACardNumber) {
  const std::string card = "4111111111111111", much_of_it = card.substr(0, 7);
  for (const std::string& body :
       {fmt::format(R"({{"{0}":1,"{0}":2}})", card),
        R"({"4111 1111 1111 1111":1,"\u00341111111 11111111":2})"s,
        R"({"4111-1111-1111-1111":1,"\u0034111-1111-1111-1111":2})"s, "[" + card + "e999]",
        fmt::format(R"({{"{0}{1}":1,"{0}{1}":2}})", std::string(90, 'n'), card),
        fmt::format(R"({{"{0}":1,"{0}":2}})", std::string(30'000, 'n'))}) {
    const Answer answer = send(pay("k", body));
    EXPECT_TRUE(answer.status == 400 || answer.status == 422) << answer.body;
    EXPECT_EQ(answer.body.find(much_of_it), std::string::npos) << answer.body;
    EXPECT_LT(answer.body.size(), 1000U);
  }
  for (const std::string& query : {card, "%34" + card.substr(1), "a=" + card + "%FF",
                                   std::string(45, 'n') + "%20" + card, "limit=1&" + card}) {
    const Answer answer = send(get("/payments?" + query, customer(alice)));
    EXPECT_TRUE(answer.status == 400 || answer.status == 422) << answer.body;
    EXPECT_EQ(answer.body.find(much_of_it), std::string::npos) << query << answer.body;
  }
  const std::string claims = fmt::format(R"({{"{0}":1,"{0}":2}})", card);
  const std::string token = to_base64url(bytes_of(claims)) + "." + to_base64url(bytes_of(claims)) + ".AAAA";
  const Answer answer = send(get("/payments", token));
  check_refused(answer, 401, "unauthenticated");
  EXPECT_EQ(answer.body.find(much_of_it), std::string::npos) << answer.body;
}

}  // namespace
}  // namespace bursar::api::test
