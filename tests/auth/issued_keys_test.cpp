// Our own signing keys: made, sealed, published, and never seen with their private half.
#include "auth/issued_keys.hpp"

#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "auth/jwk.hpp"
#include "auth/signature.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace bursar::auth {
namespace {

std::array<std::uint8_t, KeySeal::bytes> key_of(std::uint8_t byte) {
  std::array<std::uint8_t, KeySeal::bytes> key{};
  key.fill(byte);
  return key;
}

TEST(KeySeal, OpensOnlyWhatItSealedForThatKey) {
  SystemRandom random;
  const KeySeal seal(key_of(1)), other(key_of(2));
  const std::vector<std::uint8_t> half(32, 7);
  const auto sealed = seal.seal("key-1", half, random);
  EXPECT_EQ(seal.open("key-1", sealed), half);
  EXPECT_EQ(seal.open("key-2", sealed), std::nullopt) << "the half of another row";
  EXPECT_EQ(other.open("key-1", sealed), std::nullopt);
  EXPECT_NE(seal.seal("key-1", half, random), sealed) << "every time another nonce";
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    auto changed = sealed;
    changed[i] ^= 1;
    EXPECT_EQ(seal.open("key-1", changed), std::nullopt) << i;
  }
  for (std::size_t size = 0; size < sealed.size(); ++size)
    EXPECT_EQ(seal.open("key-1", std::span(sealed).first(size)), std::nullopt) << size;
}

TEST(SigningKeys, AreNewAndSignWhatTheirPublicHalfVerifies) {
  SystemRandom random;
  const Key key = make_signing_key(random);
  EXPECT_NE(make_signing_key(random).id, key.id);
  EXPECT_FALSE(key.development);
  const auto published = parse_jwks(public_jwk(key));
  ASSERT_TRUE(published.has_value());
  ASSERT_EQ(published->keys.size(), 1u);
  EXPECT_EQ(published->keys[0].id, key.id);
  EXPECT_TRUE(published->keys[0].signing.empty());
  const SignatureKey signer(key), verifier(published->keys[0]);
  const auto signature = signer.sign("message");
  ASSERT_TRUE(signature.has_value());
  EXPECT_TRUE(verifier.verifies("message", *signature));
  EXPECT_FALSE(verifier.verifies("another", *signature));
}

class IssuedKeysTest : public ::testing::Test {
 protected:
  StoredKey store(const Key& key, bool is_signing) {
    return {key.id, public_jwk(key), seal_.seal(key.id, key.signing, random_), is_signing};
  }

  SystemRandom random_;
  KeySeal seal_{key_of(1)};
  const Key active_ = make_signing_key(random_), next_ = make_signing_key(random_);
  const std::vector<StoredKey> stored_{store(next_, false), store(active_, true)};
  std::vector<std::string> complaints_;
};

TEST_F(IssuedKeysTest, VerifyWithAllAndSignWithOne) {
  const auto keys = make_issued_keys(stored_, seal_, complaints_);
  EXPECT_EQ(keys.verifying.size(), 2u);
  ASSERT_TRUE(keys.signing.has_value());
  EXPECT_EQ(*keys.signing, active_);
  EXPECT_TRUE(keys.why_not.empty());
  EXPECT_TRUE(complaints_.empty());
}

TEST_F(IssuedKeysTest, PublishEveryPublicHalfAndNothingElse) {
  const auto keys = make_issued_keys(stored_, seal_, complaints_);
  const auto set = json::parse(keys.jwks);
  ASSERT_TRUE(set && set->is_object());
  const auto& list = set->get_object().at("keys").as_array();
  ASSERT_EQ(list.size(), 2u);
  for (const auto& one : list) {
    EXPECT_FALSE(one.as_object().contains("d"));
    EXPECT_EQ(one.as_object().at("use").as_string(), "sig");
  }
  EXPECT_EQ(keys.jwks.find(to_base64url(active_.signing)), std::string::npos);
}

TEST_F(IssuedKeysTest, SayWhyNothingIsSigned) {
  const auto without_seal = make_issued_keys(stored_, std::nullopt, complaints_);
  EXPECT_FALSE(without_seal.signing.has_value());
  EXPECT_EQ(without_seal.verifying.size(), 2u) << "it verifies all the same";
  EXPECT_NE(without_seal.why_not.find("BURSAR_KEY_ENCRYPTION_KEY"), std::string::npos);
  const auto other_seal = make_issued_keys(stored_, KeySeal(key_of(2)), complaints_);
  EXPECT_FALSE(other_seal.signing.has_value());
  EXPECT_NE(other_seal.why_not.find("keys revoke " + active_.id), std::string::npos) << other_seal.why_not;
  const auto none = make_issued_keys({}, seal_, complaints_);
  EXPECT_NE(none.why_not.find("bursar keys create"), std::string::npos);
  EXPECT_EQ(none.jwks, R"({"keys":[]})");
}

TEST_F(IssuedKeysTest, LeaveOutWhatCannotBeRead) {
  auto stored = stored_;
  stored[0].public_jwk = R"({"kty":"OKP"})";
  const auto keys = make_issued_keys(stored, seal_, complaints_);
  EXPECT_EQ(keys.verifying.size(), 1u);
  EXPECT_TRUE(keys.signing.has_value());
  EXPECT_EQ(complaints_, std::vector<std::string>{next_.id});
  stored = stored_;
  stored[1].id = "key-of-another-row";
  complaints_.clear();
  EXPECT_FALSE(make_issued_keys(stored, seal_, complaints_).signing.has_value());
  EXPECT_EQ(complaints_.size(), 1u);
}

}  // namespace
}  // namespace bursar::auth
