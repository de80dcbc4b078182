// Which tokens let somebody in, and as whom.
#include <gtest/gtest.h>

#include "auth/signature.hpp"
#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "tests/auth/tokens.hpp"

namespace bursar::testing {
namespace {

using auth::Caller;
using auth::RoleName;

auth::VerifierOptions options_with(std::vector<auth::Key> keys) {
  auth::VerifierOptions options;
  options.keys = std::move(keys);
  return options;
}

class Tokens : public ::testing::Test {
 protected:
  std::expected<Caller, auth::Refusal> verify(const std::string& token,
                                              std::vector<auth::Key> keys = {hs256_key()}) {
    const auth::KeyRing ring(options_with(std::move(keys)));
    auth::Verifier verifier(ring, clock_);
    return testing::verify(verifier, "Bearer " + token);
  }
  void check_refused(const std::string& token, std::string_view what,
                     std::vector<auth::Key> keys = {hs256_key()}) {
    const auto result = verify(token, std::move(keys));
    ASSERT_FALSE(result.has_value()) << "accepted: " << what;
    EXPECT_FALSE(result.error().reason.empty()) << what;
    if (token.size() > 20) EXPECT_EQ(result.error().reason.find(token), std::string::npos) << what;
  }
  std::string with_payload(std::string_view change) {
    return sign(hs256_key(), header_for(hs256_key()), payload_at(clock_.now(), change));
  }
  std::string with_header(std::string_view header) {
    return sign(hs256_key(), header, payload_at(clock_.now()));
  }

  ManualClock clock_;
};

TEST_F(Tokens, TheSchemeIsReadInAnyCaseAndNothingElseIsAScheme) {
  const std::string token = with_payload("{}");
  const auth::KeyRing ring(options_with({hs256_key()}));
  auth::Verifier verifier(ring, clock_);
  for (const char* good : {"Bearer ", "bearer ", "BEARER ", "Bearer   "})
    EXPECT_TRUE(testing::verify(verifier, good + token)) << good;
  for (const std::string& bad : {std::string(), token, "Basic " + token, "Bearer" + token, "Bearer\t" + token,
                                 std::string("Bearer"), std::string("Bearer "), "Bearer " + token + " ",
                                 "Bearer " + token + ", Bearer " + token, " Bearer " + token})
    EXPECT_FALSE(testing::verify(verifier, bad)) << bad;
}

TEST_F(Tokens, BadHeadersAreRefused) {
  const char* headers[] = {
      R"({"alg":"none","typ":"JWT","kid":"main"})",
      R"({"alg":"None","typ":"JWT","kid":"main"})",
      R"({"alg":"nOnE","typ":"JWT","kid":"main"})",
      R"({"alg":"","typ":"JWT","kid":"main"})",
      R"({"alg":"hs256","typ":"JWT","kid":"main"})",
      R"({"alg":"HS384","typ":"JWT","kid":"main"})",
      R"({"alg":"RS256","typ":"JWT","kid":"main"})",
      R"({"alg":"EdDSA","typ":"JWT","kid":"main"})",
      R"({"alg":["HS256"],"typ":"JWT","kid":"main"})",
      R"({"alg":null,"typ":"JWT","kid":"main"})",
      R"({"typ":"JWT","kid":"main"})",
      R"({"alg":"HS256","alg":"HS256","typ":"JWT","kid":"main"})",
      R"({"alg":"HS256","alg":"none","typ":"JWT","kid":"main"})",
      R"({"alg":"HS256","kid":"main"})",
      R"({"alg":"HS256","typ":"","kid":"main"})",
      R"({"alg":"HS256","typ":"JOSE","kid":"main"})",
      R"({"alg":"HS256","typ":"id+jwt","kid":"main"})",
      R"({"alg":"HS256","typ":"application/","kid":"main"})",
      R"({"alg":"HS256","typ":["JWT"],"kid":"main"})",
      R"({"alg":"HS256","typ":"JWT","kid":"other"})",
      R"({"alg":"HS256","typ":"JWT","kid":""})",
      R"({"alg":"HS256","typ":"JWT","kid":"MAIN"})",
      R"({"alg":"HS256","typ":"JWT","kid":"main "})",
      R"({"alg":"HS256","typ":"JWT","kid":"../../dev/null"})",
      R"({"alg":"HS256","typ":"JWT","kid":"main' OR '1'='1"})",
      R"({"alg":"HS256","typ":"JWT","kid":0})",
      R"({"alg":"HS256","typ":"JWT","kid":null})",
      R"({"alg":"HS256","typ":"JWT","kid":"main","kid":"main"})",
      R"({"alg":"HS256","typ":"JWT","kid":"main","crit":["exp"],"exp":1})",
      R"({"alg":"HS256","typ":"JWT","kid":"main","crit":[]})",
      R"({"alg":"HS256","typ":"JWT","kid":"main","b64":false})",
      R"({"alg":"HS256","typ":"JWT","kid":"main","b64":true,"crit":["b64"]})",
      R"({"alg":"HS256","typ":"JWT","kid":"main","zip":"DEF"})",
      R"({"alg":"HS256","typ":"JWT","kid":"main","jwk":{"kty":"oct","k":"AAAA"}})",
      R"({"alg":"HS256","typ":"JWT","kid":"main","jku":"http://127.0.0.1:1/jwks.json"})",
      R"({"alg":"HS256","typ":"JWT","kid":"main","x5u":"http://127.0.0.1:1/cert.pem"})",
      R"({"alg":"HS256","typ":"JWT","kid":"main","x5c":["AAAA"]})",
      R"([])",
      R"("HS256")",
      R"(null)",
      "",
      "{",
      "{} ",
      R"({"alg":"HS256","typ":"JWT","kid":"main"} x)",
      "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"main\",\"x\":\"\xff\"}",
      R"({"alg":"HS256","typ":"JWT","kid":"main\u0000"})",
  };
  for (const char* header : headers) check_refused(with_header(header), header);
}

TEST_F(Tokens, HarmlessHeadersAreAccepted) {
  for (const char* header :
       {R"({"alg":"HS256","typ":"JWT","kid":"main"})", R"({"alg":"HS256","typ":"jwt"})",
        R"({"alg":"HS256","typ":"AT+JWT"})", R"({"alg":"HS256","typ":"application/at+jwt"})",
        R"({"alg":"HS256","typ":"at+jwt","cty":"x","unknown":{"a":[1]}})",
        R"(  {"typ" : "JWT", "alg" : "HS256"}  )"}) {
    const auto result = verify(with_header(header));
    EXPECT_TRUE(result.has_value()) << header << ": " << result.error().reason;
  }
}

TEST_F(Tokens, BadClaimsAreRefused) {
  const char* changes[] = {
      R"({"iss":null})",
      R"({"iss":"Bursar"})",
      R"({"iss":""})",
      R"({"iss":["bursar"]})",
      R"({"iss":"bursar "})",
      R"({"aud":null})",
      R"({"aud":"other"})",
      R"({"aud":[]})",
      R"({"aud":["other"]})",
      R"({"aud":["bursar",1]})",
      R"({"aud":{"bursar":1}})",
      R"({"aud":"bursar,other"})",
      R"({"exp":null})",
      R"({"exp":"1795651300"})",
      R"({"exp":-1})",
      R"({"exp":-0.5})",
      R"({"exp":0})",
      R"({"exp":true})",
      R"({"exp":[1795651300]})",
      R"({"exp":1e300})",
      R"({"exp":-1e300})",
      R"({"exp":253402300800})",
      R"({"exp":9223372036854775807})",
      R"({"exp":9223372036854775808})",
      R"({"exp":18446744073709551615})",
      R"({"exp":99999999999999999999999999})",
      R"({"exp":-9223372036854775808})",
      R"({"nbf":"0"})",
      R"({"nbf":-1})",
      R"({"nbf":1e300})",
      R"({"nbf":false})",
      R"({"iat":"0"})",
      R"({"iat":-1})",
      R"({"iat":9223372036854775808})",
      R"({"sub":null})",
      R"({"sub":""})",
      R"({"sub":"alice"})",
      R"({"sub":1})",
      R"({"sub":"{0192f0c1-7b1e-7c3a-8f00-0123456789ab}"})",
      R"({"sub":"0192f0c17b1e7c3a8f000123456789ab"})",
      R"({"sub":"0192f0c1-7b1e-7c3a-8f00-0123456789ab "})",
      R"({"sub":"urn:uuid:0192f0c1-7b1e-7c3a-8f00-0123456789ab"})",
      R"({"roles":"admin"})",
      R"({"roles":{"admin":true}})",
      R"({"roles":[1]})",
      R"({"roles":["admin",["admin"]]})",
      R"({"roles":true})",
  };
  for (const char* change : changes) check_refused(with_payload(change), change);
  check_refused(sign(hs256_key(), header_for(hs256_key()), R"({"sub":"a","sub":"b"})"), "a claim twice");
  check_refused(sign(hs256_key(), header_for(hs256_key()), "foo"), "a payload that is no JSON");
  check_refused(sign(hs256_key(), header_for(hs256_key()), "[]"), "a payload that is no object");
}

TEST_F(Tokens, TimesCountToTheMicrosecondWithTheLeeway) {
  const auto second = std::chrono::floor<std::chrono::seconds>(clock_.now()).time_since_epoch().count();
  const auto leeway = std::chrono::seconds(limits::token_leeway).count();
  struct Case {
    const char* claim;
    double offset;  // seconds from now
    bool accepted;
  };
  const double slack = static_cast<double>(leeway);
  const Case cases[] = {{"exp", 1, true},
                        {"exp", 0.5 - slack, true},
                        {"exp", -slack, false},
                        {"exp", -0.5 - slack, false},
                        {"nbf", slack, true},
                        {"nbf", slack + 0.5, false},
                        {"nbf", -1000, true},
                        {"iat", slack, true},
                        {"iat", slack + 0.25, false}};
  for (const Case& one : cases) {
    const auto change =
        fmt::format(R"({{"{}":{:.3f}}})", one.claim, static_cast<double>(second) + one.offset);
    EXPECT_EQ(verify(with_payload(change)).has_value(), one.accepted) << change << " offset " << one.offset;
  }
}

TEST_F(Tokens, RolesThisVersionDoesNotKnowAddNothing) {
  const auto caller =
      verify(with_payload(R"({"roles":["superuser","service","operations","service","ADMIN",""]})"));
  ASSERT_TRUE(caller.has_value());
  EXPECT_EQ(caller->roles, std::vector{RoleName::service});
  const auto none = verify(with_payload(R"({"roles":null})"));
  ASSERT_TRUE(none.has_value());
  EXPECT_TRUE(none->roles.empty());
}

TEST_F(Tokens, EveryRoleHasOneName) {
  for (const RoleName role : {RoleName::customer, RoleName::service, RoleName::support, RoleName::analyst,
                              RoleName::operations, RoleName::admin}) {
    EXPECT_EQ(auth::parse_role(auth::to_text(role)), role);
    EXPECT_EQ((Caller{{}, {role}, {}}.is_staff()), role != RoleName::customer && role != RoleName::service);
  }
  EXPECT_EQ(auth::to_text(RoleName::operations), "operator");
}

TEST_F(Tokens, TheFormIsStrict) {
  const std::string token = with_payload("{}");
  const std::size_t dot = token.rfind('.');
  const std::string signed_text = token.substr(0, dot);
  const std::string signature = token.substr(dot + 1);
  for (const std::string& bad :
       {signed_text, signed_text + ".", "." + token, token + ".", token + "." + signature, token + "=",
        token + "A", token + "\n", signed_text + ". " + signature, signed_text + "." + signature + signature,
        signed_text + "." + std::string(43, 'A'), signed_text + "." + std::string(86, 'A'),
        std::string("..")})
    check_refused(bad, bad);
  // 43 characters carry 258 bits: the last two must be zero, else many texts would be one signature.
  std::string loose = token;
  loose.back() = loose.back() == 'Q' ? 'R' : static_cast<char>(loose.back() + 1);
  check_refused(loose, "unused bits set");
  check_refused(with_payload(fmt::format(R"({{"padding":"{}"}})", std::string(limits::token_bytes, 'x'))),
                "too long");
}

TEST_F(Tokens, AKeyIsChosenByItsIdAlone) {
  auth::Key first = hs256_key("first");
  auth::Key second = ed25519_key("second");
  const std::vector keys{first, second};
  EXPECT_TRUE(verify(sign(first, header_for(first), payload_at(clock_.now())), keys));
  EXPECT_TRUE(verify(sign(second, header_for(second), payload_at(clock_.now())), keys));
  check_refused(sign(first, header_for(second), payload_at(clock_.now())), "another key's id", keys);
  check_refused(sign(first, R"({"alg":"HS256","typ":"JWT"})", payload_at(clock_.now())), "no id, two keys",
                keys);
}

TEST_F(Tokens, ARememberedTokenEndsWithItsExpiry) {
  const auth::KeyRing ring(options_with({hs256_key()}));
  auth::Verifier verifier(ring, clock_);
  const std::string bearer = "Bearer " + with_payload("{}");
  for (int look = 0; look < 3; ++look) EXPECT_TRUE(testing::verify(verifier, bearer));
  clock_.advance(std::chrono::seconds(60) + limits::token_leeway - std::chrono::microseconds(1));
  EXPECT_TRUE(testing::verify(verifier, bearer)) << "within the leeway";
  clock_.advance(std::chrono::microseconds(1));
  EXPECT_FALSE(testing::verify(verifier, bearer));
}

TEST_F(Tokens, ARefusedTokenIsNotRemembered) {
  const auth::KeyRing ring(options_with({hs256_key()}));
  auth::Verifier verifier(ring, clock_);
  const std::string bearer = "Bearer " + with_payload(R"({"nbf":1795651400})");
  EXPECT_FALSE(testing::verify(verifier, bearer));
  EXPECT_FALSE(testing::verify(verifier, bearer));
}

TEST_F(Tokens, MoreTokensThanAreRememberedAllCount) {
  const auth::KeyRing ring(options_with({hs256_key()}));
  auth::Verifier verifier(ring, clock_);
  std::vector<std::string> tokens;
  for (std::size_t n = 0; n < limits::verified_tokens + 10; ++n)
    tokens.push_back("Bearer " + with_payload(fmt::format(R"({{"n":{}}})", n)));
  for (int round = 0; round < 2; ++round)
    for (const std::string& token : tokens) ASSERT_TRUE(testing::verify(verifier, token));
}

TEST_F(Tokens, UnusableKeysStopTheStart) {
  auth::Key short_secret = hs256_key();
  short_secret.verification.resize(31);
  short_secret.signing.clear();
  auth::Key two_secrets = hs256_key();
  two_secrets.signing[0] ^= 1;
  auth::Key no_id = hs256_key("");
  auth::Key short_public = ed25519_key();
  short_public.verification.pop_back();
  auth::Key small_order = ed25519_key();  // the neutral element: everybody's signature fits
  small_order.verification.assign(32, 0);
  small_order.verification[0] = 1;
  small_order.signing.clear();
  auth::Key foreign_seed = ed25519_key();
  foreign_seed.signing[0] ^= 1;
  for (const auto& keys : std::vector<std::vector<auth::Key>>{{short_secret},
                                                              {two_secrets},
                                                              {no_id},
                                                              {short_public},
                                                              {small_order},
                                                              {foreign_seed},
                                                              {hs256_key("a"), ed25519_key("a")}})
    EXPECT_THROW(auth::KeyRing(options_with(keys)), UsageError) << keys[0].id;
}

TEST_F(Tokens, AMintedTokenIsAccepted) {
  for (const auth::Key& key : {hs256_key(), ed25519_key()}) {
    const auth::VerifierOptions issuer = options_with({key});
    const auth::MintRequest request{
        parse_uuid(subject).value(), {RoleName::service, RoleName::admin}, std::chrono::seconds(120)};
    const std::string token = auth::mint(key, issuer, request, clock_.now());
    const auto caller = verify(token, {key});
    ASSERT_TRUE(caller.has_value()) << caller.error().reason;
    EXPECT_EQ(caller->principal.text(), subject);
    EXPECT_EQ(caller->roles, request.roles);
    EXPECT_EQ(caller->expires_at, clock_.now() + std::chrono::seconds(120));
    EXPECT_NE(token, auth::mint(key, issuer, request, clock_.now() + std::chrono::microseconds(1)));
  }
}

TEST_F(Tokens, NothingIsMintedWithoutASigningHalfOrForTooLong) {
  auth::Key verifying = ed25519_key();
  verifying.signing.clear();
  const auth::VerifierOptions issuer = options_with({hs256_key()});
  EXPECT_THROW(auth::mint(verifying, issuer, {}, clock_.now()), UsageError);
  for (const int lifetime : {-1, 0, 901})
    EXPECT_THROW(auth::mint(hs256_key(), issuer, {{}, {}, std::chrono::seconds(lifetime)}, clock_.now()),
                 UsageError);
}

}  // namespace
}  // namespace bursar::testing
