// Whose tokens count, and what a foreign token can say.
#include "auth/issuer.hpp"

#include <gtest/gtest.h>

#include <boost/json/object.hpp>

#include "auth/token_reader.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/limits.hpp"
#include "testing/run.hpp"
#include "tests/auth/key_pairs.hpp"
#include "tests/auth/tokens.hpp"

namespace bursar::testing {
namespace {

using auth::Algorithm;
using auth::RoleName;

constexpr std::string_view bank = "https://bank.example.test";
constexpr std::string_view shop = "https://shop.example.test/";

auth::TrustedIssuer trusted(auth::Issuer issuer, std::vector<auth::Key> keys) {
  auth::TrustedIssuer made{std::move(issuer), {}};
  for (auth::Key& key : keys) made.keys.push_back(std::make_shared<const auth::SignatureKey>(std::move(key)));
  return made;
}

/// Our own issuer and two others, each with a key called "main".
class Issuers : public ::testing::Test {
 protected:
  std::expected<auth::Verified, auth::Refusal> read(const std::string& token) {
    return reader_.read(token, clock_.now());
  }
  /// Of the bank, with other claims.
  std::string bank_token(std::string_view change = "{}") {
    const json::value changes = json::parse(change).value();
    json::object all{{"iss", bank}, {"aud", "payments"}, {"sub", "alice"}};
    for (const auto& [name, value] : changes.as_object()) all[name] = value;
    return KeyPair::of(Algorithm::rs256).token("main", payload_at(clock_.now(), json::to_text(all)));
  }
  void check_refused(const std::string& token, std::string_view why) {
    const auto verified = read(token);
    ASSERT_FALSE(verified.has_value()) << "accepted instead of: " << why;
    EXPECT_NE(verified.error().reason.find(why), std::string::npos) << verified.error().reason;
    EXPECT_EQ(verified.error().keys_wanted_of, "");
  }

  ManualClock clock_;
  auth::TokenReader reader_{
      {trusted({"bursar", "bursar", true, RoleName::customer}, {hs256_key()}),
       trusted({std::string(bank), "payments", false, RoleName::customer},
               {KeyPair::of(Algorithm::rs256).key("main")}),
       trusted({std::string(shop), "bursar", false, {}}, {KeyPair::of(Algorithm::es256).key("main")})}};
};

TEST_F(Issuers, AForeignTokenSaysWhoItsIssuerMeans) {
  const auto verified = read(bank_token());
  ASSERT_TRUE(verified.has_value()) << verified.error().reason;
  EXPECT_EQ(verified->issuer, bank);
  EXPECT_EQ(verified->subject, "alice");
  EXPECT_FALSE(verified->ours);
  EXPECT_FALSE(verified->development);
  EXPECT_EQ(verified->default_role, RoleName::customer);
  EXPECT_EQ(verified->key_id, "main");
}

TEST_F(Issuers, AForeignSubjectOrRoleIsNeverOneOfOurs) {
  for (const char* roles : {R"(["admin"])", R"("admin")", R"({"admin":true})", "7", R"([1])"}) {
    const auto verified = read(bank_token(fmt::format(R"({{"sub":"{}","roles":{}}})", subject, roles)));
    ASSERT_TRUE(verified.has_value()) << verified.error().reason;
    EXPECT_FALSE(verified->ours);
    EXPECT_TRUE(verified->claimed.empty()) << roles;
  }
}

TEST_F(Issuers, AForeignTokenThatSaysItIsAnIdTokenIsRefused) {
  for (const char* claim : {R"({"at_hash":"77QmUPtjPfzWtF2AnpK9RQ"})",
                            R"({"c_hash":"LDktKdoQak3Pk0cnXxCltA"})", R"({"at_hash":7})"})
    check_refused(bank_token(claim), "ID token");
  EXPECT_TRUE(read(bank_token(R"({"nonce":"n-0S6_WzA2Mj"})"))) << "some issuers put it into access tokens";
}

TEST_F(Issuers, WithoutADatabaseNobodyKnowsAForeignSubject) {
  const auto verified = read(bank_token(fmt::format(R"({{"sub":"{}"}})", subject)));
  EXPECT_FALSE(run(auth::resolve_by_claims(verified.value())).has_value());
}

TEST_F(Issuers, AKeyOfOneNeverSignsForAnother) {
  const auto claims = [&](std::string_view issuer, std::string_view audience) {
    return payload_at(clock_.now(), fmt::format(R"({{"iss":"{}","aud":"{}"}})", issuer, audience));
  };
  EXPECT_TRUE(read(KeyPair::of(Algorithm::rs256).token("main", claims(bank, "payments"))));
  EXPECT_TRUE(read(KeyPair::of(Algorithm::es256).token("main", claims(shop, "bursar"))));
  check_refused(KeyPair::of(Algorithm::rs256).token("main", claims(shop, "bursar")), "algorithm");
  check_refused(KeyPair::of(Algorithm::es256).token("main", claims(bank, "payments")), "algorithm");
  check_refused(KeyPair::of(Algorithm::rs256).token("main", claims("bursar", "bursar")), "algorithm");
  check_refused(sign(hs256_key(), header_for(hs256_key()), claims(bank, "payments")), "algorithm");
  const KeyPair other = KeyPair::rsa();
  check_refused(other.token("main", claims(bank, "payments")), "signature is wrong");
}

TEST_F(Issuers, NamesAndAudiencesAreComparedToTheByte) {
  for (const char* issuer :
       {"", "https://bank.example.test/", "https://BANK.example.test", "bank", "https://evil.test"})
    check_refused(bank_token(fmt::format(R"({{"iss":"{}"}})", issuer)), "issuer (iss)");
  for (const char* issuer : {"null", "7", R"(["https://bank.example.test"])", "{}"})
    check_refused(bank_token(fmt::format(R"({{"iss":{}}})", issuer)), "issuer (iss)");
  for (const char* audience : {R"("bursar")", R"("Payments")", R"([])", R"(["bursar"])", "null"})
    check_refused(bank_token(fmt::format(R"({{"aud":{}}})", audience)), "audience (aud)");
  EXPECT_TRUE(read(bank_token(R"({"aud":["other","payments"]})")));
}

TEST_F(Issuers, AForeignSubjectIsAnyShortText) {
  for (const std::string& good : {std::string("a"), std::string(limits::token_subject_bytes, 'x'),
                                  std::string("auth0|5f7c8ec7c33c6c004bbafe82"), std::string("Zoë 株式会社"),
                                  std::string("' OR 1=1 --")}) {
    const auto verified = read(bank_token(json::to_text(json::object{{"sub", good}})));
    ASSERT_TRUE(verified.has_value()) << good << ": " << verified.error().reason;
    EXPECT_EQ(verified->subject, good);
  }
  for (const char* bad : {"null", R"("")", "7", R"(["alice"])", R"("a\u0001")", R"("a\nb")", R"("a\u007f")"})
    check_refused(bank_token(fmt::format(R"({{"sub":{}}})", bad)), "subject (sub)");
  check_refused(
      bank_token(fmt::format(R"({{"sub":"{}"}})", std::string(limits::token_subject_bytes + 1, 'x'))),
      "subject (sub)");
}

TEST_F(Issuers, OnlyAnUnknownKeyOfAForeignIssuerIsWorthAnotherLook) {
  const auto wanted = [&](const std::string& token) { return read(token).error().keys_wanted_of; };
  const KeyPair& rsa = KeyPair::of(Algorithm::rs256);
  EXPECT_EQ(wanted(rsa.token("new", payload_at(clock_.now(), fmt::format(R"({{"iss":"{}"}})", bank)))), bank);
  EXPECT_EQ(wanted(rsa.token("new", payload_at(clock_.now()))), "") << "our own";
  EXPECT_EQ(wanted(rsa.token("new", payload_at(clock_.now(), R"({"iss":"https://evil.test"})"))), "");
  for (const char* header :
       {R"({"alg":"HS256","typ":"JWT","kid":"new"})", R"({"alg":"none","typ":"JWT","kid":"new"})",
        R"({"alg":"PS256","typ":"JWT","kid":"new"})",
        R"({"alg":"RS256","typ":"JWT","kid":"new","jku":"http://127.0.0.1:1/"})",
        R"({"alg":"RS256","typ":"JWT","kid":"new","x5u":"http://127.0.0.1:1/"})",
        R"({"alg":"RS256","typ":"JWT","kid":"new","jwk":{}})",
        R"({"alg":"RS256","typ":"JWT","kid":"new","crit":["x"]})",
        R"({"alg":"RS256","typ":"id+jwt","kid":"new"})"})
    EXPECT_EQ(
        wanted(sign(hs256_key(), header, payload_at(clock_.now(), fmt::format(R"({{"iss":"{}"}})", bank)))),
        "")
        << header;
}

TEST(IssuerSettings, AreAnArrayOfIssuersWithTheirTerms) {
  const auto issuers = auth::parse_issuers(
      R"([{"issuer":"https://a.test","audience":"bursar","keys":"https://a.test/keys?x=1"},
          {"issuer":"b","audience":"c","keys":"/etc/bursar/b.json","default_role":"customer",
           "algorithms":["ES256","EdDSA"]}])",
      false);
  ASSERT_EQ(issuers.size(), 2U);
  EXPECT_EQ(issuers[0].issuer.name, "https://a.test");
  EXPECT_EQ(issuers[0].issuer.audience, "bursar");
  EXPECT_FALSE(issuers[0].issuer.ours);
  EXPECT_FALSE(issuers[0].issuer.default_role.has_value());
  EXPECT_TRUE(issuers[0].is_fetched());
  EXPECT_TRUE(issuers[0].algorithms.empty());
  EXPECT_EQ(issuers[1].issuer.default_role, RoleName::customer);
  EXPECT_FALSE(issuers[1].is_fetched());
  EXPECT_EQ(issuers[1].algorithms, (std::vector{Algorithm::es256, Algorithm::eddsa}));
}

TEST(IssuerSettings, SayWhatIsWrong) {
  const auto with = [](std::string_view more) {
    return fmt::format(R"([{{"issuer":"a","audience":"b","keys":"https://a.test/"{}}}])", more);
  };
  const std::pair<std::string, std::string_view> cases[] = {
      {"", "no JSON"},
      {"{}", "no JSON array"},
      {"[1]", "issuer 1 is no JSON object"},
      {"[{}]", "issuer 1: 'issuer' must be"},
      {R"([{"issuer":"","audience":"b","keys":"/x"}])", "'issuer' must be"},
      {R"([{"issuer":"a","audience":["b"],"keys":"/x"}])", "'audience' must be"},
      {R"([{"issuer":"a","audience":"b"}])", "'keys' must be"},
      {R"([{"issuer":"a","audience":"b","keys":"keys.json"}])", "absolute path"},
      {R"([{"issuer":"a","audience":"b","keys":"http://a.test/"}])", "not https"},
      {R"([{"issuer":"a","audience":"b","keys":"ftp://a.test/"}])", "http"},
      {R"([{"issuer":"a","audience":"b","keys":"https://u:p@a.test/"}])", "credentials"},
      {R"([{"issuer":"a","audience":"b","keys":"https://a.test/x#y"}])", "'#'"},
      {R"([{"issuer":"a","audience":"b","keys":"https://a.test?x"}])", "no path"},
      {R"([{"issuer":"a","audience":"b","keys":"https://a.test/ x"}])", "blank"},
      {with(R"(,"jwks":"x")"), "no member 'jwks'"},
      {with(R"(,"default_role":"admin")"), "'default_role' must be"},
      {with(R"(,"default_role":"service")"), "'default_role' must be"},
      {with(R"(,"algorithms":[])"), "'algorithms' must be"},
      {with(R"(,"algorithms":["HS256"])"), "'algorithms' must be"},
      {with(R"(,"algorithms":"RS256")"), "'algorithms' must be"},
      {R"([{"issuer":"a","audience":"b","keys":"/x"},{"issuer":"a","audience":"c","keys":"/y"}])",
       "named twice"},
  };
  for (const auto& [text, why] : cases) {
    try {
      auth::parse_issuers(text, false);
      ADD_FAILURE() << "accepted: " << text;
    } catch (const UsageError& error) {
      EXPECT_NE(std::string_view(error.what()).find(why), std::string_view::npos)
          << text << ": " << error.what();
    }
  }
  std::string many = "[";
  for (std::size_t n = 0; n <= limits::foreign_issuers; ++n)
    many += fmt::format(R"({}{{"issuer":"{}","audience":"b","keys":"/x"}})", n == 0 ? "" : ",", n);
  EXPECT_THROW(auth::parse_issuers(many + "]", false), UsageError);
}

TEST(IssuerSettings, PlainHttpIsForDevelopmentAndThisMachineOnly) {
  const auto accepts = [](std::string_view url, bool is_development) {
    try {
      auth::parse_issuers(fmt::format(R"([{{"issuer":"a","audience":"b","keys":"{}"}}])", url),
                          is_development);
      return true;
    } catch (const UsageError&) {
      return false;
    }
  };
  for (const char* here :
       {"http://127.0.0.1:8080/keys", "http://127.9.9.9/", "http://[::1]:1/", "http://localhost/"}) {
    EXPECT_TRUE(accepts(here, true)) << here;
    EXPECT_FALSE(accepts(here, false)) << here;
  }
  for (const char* elsewhere : {"http://a.test/", "http://127.0.0.1.a.test/", "http://10.0.0.1/",
                                "http://[::2]/", "http://localhost.a.test/", "http://169.254.169.254/"})
    EXPECT_FALSE(accepts(elsewhere, true)) << elsewhere;
  EXPECT_TRUE(accepts("https://a.test/", false));
}

}  // namespace
}  // namespace bursar::testing
