// Which published keys are taken, as JWK and as PEM.
#include "auth/jwk.hpp"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>

#include "auth/pem.hpp"
#include "auth/signature.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "tests/auth/key_pairs.hpp"

namespace bursar::testing {
namespace {

using auth::Algorithm;

constexpr Algorithm public_algorithms[] = {Algorithm::rs256, Algorithm::es256, Algorithm::eddsa};

const KeyPair& rsa() { return KeyPair::of(Algorithm::rs256); }
const KeyPair& p256() { return KeyPair::of(Algorithm::es256); }
const KeyPair& ed25519() { return KeyPair::of(Algorithm::eddsa); }

auth::PublishedKeys parse(const json::object& jwk) { return auth::parse_jwks(json::to_text(jwk)).value(); }

/// One key that is neither used nor complained about.
void check_ignored(const json::object& jwk) {
  const auto published = parse(jwk);
  EXPECT_TRUE(published.keys.empty()) << json::to_text(jwk);
  EXPECT_TRUE(published.refused.empty()) << published.refused[0];
  EXPECT_EQ(published.ignored.size(), 1U) << json::to_text(jwk);
}

void check_refused(const json::object& jwk, std::string_view why) {
  const auto published = parse(jwk);
  EXPECT_TRUE(published.keys.empty()) << json::to_text(jwk);
  EXPECT_TRUE(published.ignored.empty()) << published.ignored[0];
  ASSERT_EQ(published.refused.size(), 1U) << json::to_text(jwk);
  EXPECT_NE(published.refused[0].find(why), std::string::npos) << published.refused[0];
}

TEST(JwkSets, GiveOneKeyForEachAlgorithm) {
  const auto published =
      auth::parse_jwks(jwk_set({rsa().jwk("r"), p256().jwk("p"), ed25519().jwk("e")})).value();
  EXPECT_TRUE(published.ignored.empty());
  EXPECT_TRUE(published.refused.empty());
  ASSERT_EQ(published.keys.size(), 3U);
  for (const auth::Key& key : published.keys) {
    const KeyPair& pair = KeyPair::of(key.algorithm);
    EXPECT_EQ(key, pair.key(key.id));
    EXPECT_TRUE(auth::SignatureKey(key).verifies("foo", pair.signature("foo"))) << key.id;
    EXPECT_FALSE(auth::SignatureKey(key).verifies("bar", pair.signature("foo"))) << key.id;
  }
}

TEST(JwkSets, CallAKeyWithoutAKidByItsThumbprint) {
  // RFC 7638 §3.1 and RFC 8037 §A.3.
  const char* published[][2] = {
      {R"({"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7)"
       R"(aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0)"
       R"(h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD0)"
       R"(8qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJ)"
       R"(zKnqDKgw","e":"AQAB","alg":"RS256"})",
       "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"},
      {R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})",
       "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"}};
  for (const auto& [jwk, thumbprint] : published) {
    const auto keys = auth::parse_jwks(jwk).value().keys;
    ASSERT_EQ(keys.size(), 1U);
    EXPECT_EQ(keys[0].id, thumbprint);
  }
}

TEST(JwkSets, IgnoreKeysThatAreForSomethingElse) {
  for (const char* change :
       {R"({"kty":"future"})", R"({"kty":"AKP"})", R"({"use":"enc"})", R"({"use":""})", R"({"use":["sig"]})",
        R"({"use":"SIG"})", R"({"key_ops":[]})", R"({"key_ops":["encrypt"]})", R"({"key_ops":["sign"]})",
        R"({"use":null,"key_ops":["Verify"]})", R"({"alg":"PS256"})", R"({"alg":"RS512"})",
        R"({"alg":"none"})", R"({"alg":"HS256"})", R"({"alg":"ES256"})", R"({"alg":""})", R"({"alg":1})",
        R"({"alg":"RSA-OAEP"})"})
    check_ignored(rsa().jwk("k", change));
  for (const char* change : {R"({"crv":"P-384"})", R"({"crv":"secp256k1"})", R"({"crv":"p-256"})",
                             R"({"alg":"ES384"})", R"({"alg":"ECDH-ES"})"})
    check_ignored(p256().jwk("k", change));
  for (const char* change : {R"({"crv":"Ed448"})", R"({"crv":"X25519"})", R"({"alg":"Ed25519"})"})
    check_ignored(ed25519().jwk("k", change));
}

TEST(JwkSets, TakeWhatIsOnlyUnusual) {
  for (const Algorithm algorithm : public_algorithms)
    for (const char* change : {R"({"alg":null})", R"({"use":null})", R"({"use":null,"key_ops":["verify"]})",
                               R"({"key_ops":["verify","sign"]})",
                               R"({"x5c":["AAAA"],"x5t":"x","x5u":"http://127.0.0.1:1/","new":{}})"})
      EXPECT_EQ(parse(KeyPair::of(algorithm).jwk("k", change)).keys.size(), 1U) << change;
}

TEST(JwkSets, RefuseSecretsAndPrivateHalves) {
  for (const Algorithm algorithm : public_algorithms)
    for (const char* name : {"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
      check_refused(KeyPair::of(algorithm).jwk("k", fmt::format(R"({{"{}":"AQAB"}})", name)),
                    "private member");
  check_refused({{"kty", "oct"}, {"alg", "HS256"}, {"kid", "k"}, {"k", to_base64url(auth::Bytes(32, 1))}},
                "a secret");
  // Also when it says that it is for something else.
  check_refused(rsa().jwk("k", R"({"d":"AQAB","use":"enc"})"), "private member");
}

TEST(JwkSets, RefuseWeakRsaKeys) {
  check_refused(KeyPair::rsa(1024).jwk("k"), "2048 to 4096 bits");
  check_refused(KeyPair::rsa(2040).jwk("k"), "2048 to 4096 bits");
  for (const char* exponent :
       {"AQ", "Aw", "EQ", "AQAA", "AQAC", "AQABAQABAQABAQAB"})  // 1, 3, 17, 65536, 65538, 2^88
    check_refused(rsa().jwk("k", fmt::format(R"({{"e":"{}"}})", exponent)), "public exponent");
  auth::Bytes modulus = from_base64url(std::string(rsa().jwk("k").at("n").as_string())).value();
  modulus.back() ^= 1;  // even
  check_refused(rsa().jwk("k", fmt::format(R"({{"n":"{}"}})", to_base64url(modulus))), "two large primes");
  auth::Bytes huge(4096 / 8 + 1, 0xff);
  check_refused(rsa().jwk("k", fmt::format(R"({{"n":"{}"}})", to_base64url(huge))), "2048 to 4096 bits");
}

TEST(JwkSets, RefuseNumbersInAnotherForm) {
  const std::string n(rsa().jwk("k").at("n").as_string());
  auth::Bytes padded = from_base64url(n).value();
  padded.insert(padded.begin(), 0);
  for (const std::string& change :
       {fmt::format(R"({{"n":"{}"}})", to_base64url(padded)), fmt::format(R"({{"n":"{}=="}})", n),
        fmt::format(R"({{"n":" {}"}})", n), std::string(R"({"n":""})"), std::string(R"({"n":null})"),
        std::string(R"({"n":1})"), std::string(R"({"e":65537})"), std::string(R"({"e":"AAEAAQ"})"),
        std::string(R"({"e":null})")})
    check_refused(rsa().jwk("k", change), "n and e");
}

TEST(JwkSets, RefusePointsThatAreNone) {
  for (const char* change : {R"({"x":null})", R"({"y":null})", R"({"y":""})", R"({"y":"AQ"})", R"({"x":7})"})
    check_refused(p256().jwk("k", change), "32 bytes each");
  check_refused(p256().jwk("k", R"({"crv":null})"), "no curve");
  const std::string zeros = to_base64url(auth::Bytes(32, 0));
  check_refused(p256().jwk("k", fmt::format(R"({{"x":"{0}","y":"{0}"}})", zeros)), "not on the curve");
  const std::string x(p256().jwk("k").at("x").as_string());
  check_refused(p256().jwk("k", fmt::format(R"({{"y":"{}"}})", x)), "not on the curve");
  const std::string ones = to_base64url(auth::Bytes(32, 0xff));  // beyond the field
  check_refused(p256().jwk("k", fmt::format(R"({{"x":"{}"}})", ones)), "not on the curve");
  check_refused(ed25519().jwk("k", R"({"x":"AQ"})"), "32 bytes");
  check_refused(ed25519().jwk("k", fmt::format(R"({{"x":"{}"}})", zeros)), "main subgroup");
}

TEST(JwkSets, RefuseAKidThatIsNoneOrThatTwoKeysShare) {
  check_refused(rsa().jwk("k", R"({"kid":7})"), "kid is no text");
  check_refused(rsa().jwk("k", R"({"kid":""})"), "no id");
  check_refused(rsa().jwk(std::string(129, 'k')), "129 bytes");
  const auto published =
      auth::parse_jwks(jwk_set({rsa().jwk("twin"), p256().jwk("one"), ed25519().jwk("twin")})).value();
  ASSERT_EQ(published.keys.size(), 1U);
  EXPECT_EQ(published.keys[0].id, "one");
  ASSERT_EQ(published.refused.size(), 1U);
  EXPECT_NE(published.refused[0].find("'twin': 2 keys"), std::string::npos) << published.refused[0];
}

TEST(JwkSets, AreStrictJsonOfBoundedSize) {
  for (const char* bad : {"", "[]", "null", "{}", "{\"keys\":{}}", "{\"keys\":null}", "{\"keys\":[1]}",
                          "{\"keys\":[[]]}", "{\"keys\":[],\"keys\":[]}", "{\"keys\":[]} x", "{\"KEYS\":[]}",
                          R"({"kty":"RSA","kty":"oct"})", "{\"keys\":[{\"kty\":\"\xff\"}]}"})
    EXPECT_FALSE(auth::parse_jwks(bad).has_value()) << bad;
  EXPECT_TRUE(auth::parse_jwks(R"({"keys":[]})").value().keys.empty());
  const auto many = [](int count) {
    json::array keys;
    for (int n = 0; n < count; ++n) keys.push_back(ed25519().jwk(std::to_string(n)));
    return json::to_text(json::object{{"keys", std::move(keys)}});
  };
  EXPECT_EQ(auth::parse_jwks(many(64)).value().keys.size(), 64U);
  EXPECT_FALSE(auth::parse_jwks(many(65)).has_value());
}

TEST(PemKeys, NameTheirAlgorithmByTheirType) {
  for (const Algorithm algorithm : public_algorithms) {
    const KeyPair& pair = KeyPair::of(algorithm);
    EXPECT_EQ(auth::parse_pem(pair.public_pem(), "id").value(), pair.key("id"));
  }
}

TEST(PemKeys, AreOnePublicKeyAFile) {
  const std::string good = rsa().public_pem();
  std::string broken = good;
  broken[40] = '!';
  const std::pair<std::string, std::string> cases[] = {
      {"", "no whole PEM block"},
      {"foo", "no whole PEM block"},
      {good.substr(0, good.size() - 10), "no whole PEM block"},
      {broken, "no whole PEM block"},
      {good + good, "more than one"},
      {rsa().private_pem(), "private key"},
      {ed25519().private_pem(), "private key"},
      {good + rsa().private_pem(), "more than one"},
      {"-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n", "CERTIFICATE"},
      {"-----BEGIN PUBLIC KEY-----\nMA==\n-----END PUBLIC KEY-----\n", "no public key"},
      {KeyPair::rsa(1024).public_pem(), "2048 to 4096 bits"},
      {KeyPair::curve("P-384").public_pem(), "P-256"},
      {KeyPair::other("ED448").public_pem(), "none of RSA, P-256 and Ed25519"},
  };
  for (const auto& [text, why] : cases) {
    const auto key = auth::parse_pem(text, "id");
    ASSERT_FALSE(key.has_value()) << why;
    EXPECT_NE(key.error().find(why), std::string::npos) << key.error() << " instead of " << why;
  }
}

}  // namespace
}  // namespace bursar::testing
