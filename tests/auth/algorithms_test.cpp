// What must hold of every algorithm: a key is good for one, and a signature has one form.
#include <gtest/gtest.h>
#include <openssl/ecdsa.h>

#include <array>

#include "auth/signature.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "tests/auth/key_pairs.hpp"
#include "tests/auth/tokens.hpp"

namespace bursar::testing {
namespace {

using auth::Algorithm;
using auth::Bytes;

constexpr Algorithm public_algorithms[] = {Algorithm::rs256, Algorithm::es256, Algorithm::eddsa};
constexpr Algorithm all_algorithms[] = {Algorithm::hs256, Algorithm::rs256, Algorithm::es256,
                                        Algorithm::eddsa};

auth::Key key_for(Algorithm algorithm) {
  return algorithm == Algorithm::hs256 ? hs256_key() : KeyPair::of(algorithm).key("main");
}

class Algorithms : public ::testing::Test {
 protected:
  std::expected<auth::Caller, auth::Refusal> judge(const std::string& token, Algorithm algorithm) {
    auth::VerifierOptions options;
    options.keys = {key_for(algorithm)};
    const auth::KeyRing ring(options);
    auth::Verifier verifier(ring, clock_);
    return verify(verifier, "Bearer " + token);
  }
  void check_refused(const std::string& token, Algorithm algorithm, std::string_view what) {
    const auto result = judge(token, algorithm);
    ASSERT_FALSE(result.has_value()) << "accepted by " << auth::to_text(algorithm) << ": " << what;
    EXPECT_FALSE(result.error().reason.empty()) << what;
  }
  /// A right token but for the name of its algorithm.
  std::string token(Algorithm by, std::string_view name) {
    const std::string header = fmt::format(R"({{"alg":"{}","typ":"at+jwt","kid":"main"}})", name);
    if (by == Algorithm::hs256) return sign(hs256_key(), header, payload_at(clock_.now()));
    const std::string text =
        to_base64url(bytes_of(header)) + "." + to_base64url(bytes_of(payload_at(clock_.now())));
    return text + "." + to_base64url(KeyPair::of(by).signature(text));
  }
  std::string token(Algorithm by) { return token(by, auth::to_text(by)); }

  /// The same token with another signature.
  void check_signature_refused(Algorithm algorithm, const Bytes& signature, std::string_view what) {
    const std::string right = token(algorithm);
    check_refused(right.substr(0, right.rfind('.') + 1) + to_base64url(signature), algorithm, what);
  }
  Bytes signature_of(const std::string& whole) {
    return from_base64url(std::string_view(whole).substr(whole.rfind('.') + 1)).value();
  }

  ManualClock clock_;
};

TEST_F(Algorithms, EachNamesTheCaller) {
  for (const Algorithm algorithm : all_algorithms) {
    const auto caller = judge(token(algorithm), algorithm);
    ASSERT_TRUE(caller.has_value()) << auth::to_text(algorithm) << ": " << caller.error().reason;
    EXPECT_EQ(caller->principal.text(), subject);
    EXPECT_EQ(caller->roles, std::vector{auth::RoleName::customer});
    EXPECT_EQ(caller->expires_at, clock_.now() + std::chrono::seconds(60));
    EXPECT_FALSE(caller->is_staff());
  }
}

TEST_F(Algorithms, AreTheKeysAndNeverTheTokens) {
  for (const Algorithm algorithm : all_algorithms) {
    for (const std::string_view name :
         {"none", "None", "NONE", "nOnE", "", "HS256", "RS256", "ES256", "EdDSA", "HS384", "RS512", "PS256",
          "ES384", "Ed25519", "eddsa", "rs256"})
      if (name != auth::to_text(algorithm)) check_refused(token(algorithm, name), algorithm, name);
    for (const Algorithm other : all_algorithms)
      if (other != algorithm) check_refused(token(other), algorithm, auth::to_text(other));
  }
}

// The attacker has the public key in every form it may be written down in, and signs with it as a secret.
TEST_F(Algorithms, APublicKeyIsNeverASecret) {
  for (const Algorithm algorithm : public_algorithms) {
    const KeyPair& pair = KeyPair::of(algorithm);
    const std::string pem = pair.public_pem();
    const std::string body = pem.substr(pem.find('\n') + 1, pem.rfind("\n-----END") - pem.find('\n') - 1);
    const std::string jwk = json::to_text(pair.jwk("main"));
    std::vector<std::string> forms = {
        pem, pem.substr(0, pem.size() - 1),           body,
        jwk, std::string(text_of(pair.public_der())), std::string(text_of(pair.key("main").verification))};
    for (const std::string& form : forms) {
      auth::Key forged = hs256_key();
      forged.verification.assign(form.begin(), form.end());
      forged.signing = forged.verification;
      for (const std::string_view name : {"HS256", auth::to_text(algorithm).data()}) {
        const std::string header = fmt::format(R"({{"alg":"{}","typ":"at+jwt","kid":"main"}})", name);
        check_refused(sign(forged, header, payload_at(clock_.now())), algorithm, form);
      }
    }
  }
}

TEST_F(Algorithms, AnythingChangedInATokenIsRefused) {
  for (const Algorithm algorithm : all_algorithms) {
    auth::VerifierOptions options;
    options.keys = {key_for(algorithm)};
    const auth::KeyRing ring(options);
    const auto reader = ring.reader();
    const std::string right = token(algorithm);
    ASSERT_TRUE(reader->read(right, clock_.now()).has_value());
    for (std::size_t at = 0; at < right.size(); ++at) {
      std::string other = right;
      other[at] = other[at] == 'A' ? 'B' : 'A';
      EXPECT_TRUE(other == right || !reader->read(other, clock_.now())) << at << " changed in " << right;
    }
    for (std::size_t length = 0; length < right.size(); ++length)
      EXPECT_FALSE(reader->read(right.substr(0, length), clock_.now())) << right << " cut to " << length;
  }
}

TEST_F(Algorithms, ZeroAndMissingSignaturesAreRefused) {
  for (const Algorithm algorithm : all_algorithms) {
    const std::size_t size = signature_of(token(algorithm)).size();
    for (const std::size_t length : {std::size_t{0}, std::size_t{1}, size - 1, size, size + 1})
      for (const std::uint8_t filling : {0x00, 0x01, 0xff})
        check_signature_refused(algorithm, Bytes(length, filling), fmt::format("{} × {}", length, filling));
    Bytes longer = signature_of(token(algorithm));
    longer.push_back(0);
    check_signature_refused(algorithm, longer, "a zero behind it");
    longer.insert(longer.begin(), longer.back());
    longer.pop_back();
    check_signature_refused(algorithm, longer, "a zero before it");
  }
}

TEST_F(Algorithms, Es256NumbersLieBetweenOneAndTheOrder) {
  const Bytes order = from_hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551").value();
  Bytes below = order;
  --below.back();
  Bytes one(32, 0);
  one.back() = 1;
  const std::array edges{Bytes(32, 0), one, below, order, Bytes(32, 0xff)};
  for (const Bytes& r : edges)
    for (const Bytes& s : edges) {
      Bytes both = r;
      both.insert(both.end(), s.begin(), s.end());
      check_signature_refused(Algorithm::es256, both, to_hex(both));
    }
}

TEST_F(Algorithms, Es256SignaturesAreNoDer) {
  const std::string text = "foo";
  const KeyPair& pair = KeyPair::of(Algorithm::es256);
  const auth::SignatureKey key(pair.key("main"));
  const Bytes raw = pair.signature(text);
  ASSERT_TRUE(key.verifies(text, raw));
  Bytes swapped(raw.begin() + 32, raw.end());
  swapped.insert(swapped.end(), raw.begin(), raw.begin() + 32);
  EXPECT_FALSE(key.verifies(text, swapped));
  ECDSA_SIG* numbers = ECDSA_SIG_new();
  ECDSA_SIG_set0(numbers, BN_bin2bn(raw.data(), 32, nullptr), BN_bin2bn(raw.data() + 32, 32, nullptr));
  std::uint8_t* der = nullptr;
  const int size = i2d_ECDSA_SIG(numbers, &der);
  EXPECT_FALSE(key.verifies(text, Bytes(der, der + size)));
  OPENSSL_free(der);
  ECDSA_SIG_free(numbers);
}

/// a + b, both big-endian; nullopt when it does not fit.
std::optional<Bytes> sum(Bytes a, const Bytes& b) {
  unsigned carry = 0;
  for (std::size_t at = a.size(); at-- > 0;) {
    carry += a[at] + unsigned{b[at]};
    a[at] = static_cast<std::uint8_t>(carry);
    carry >>= 8;
  }
  return carry == 0 ? std::optional(a) : std::nullopt;
}

TEST_F(Algorithms, NumbersAreNotAcceptedBeyondTheirModulus) {
  // Ed25519: s + L says the same to a verifier that reduces it (RFC 8032 §8.4). Little-endian.
  Bytes signature = signature_of(token(Algorithm::eddsa));
  const Bytes order = from_hex("1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed").value();
  const auto larger = sum(Bytes(signature.rbegin(), signature.rbegin() + 32), order);
  ASSERT_TRUE(larger.has_value());
  std::ranges::copy(larger->rbegin(), larger->rend(), signature.begin() + 32);
  check_signature_refused(Algorithm::eddsa, signature, "s + L");
  // RS256: so does s + n, where that still fits.
  const KeyPair& pair = KeyPair::of(Algorithm::rs256);
  const Bytes modulus = from_base64url(std::string(pair.jwk("main").at("n").as_string())).value();
  const auth::SignatureKey key(pair.key("main"));
  int fitting = 0;
  for (int n = 0; n < 64 && fitting == 0; ++n) {
    const std::string text = fmt::format("text {}", n);
    ASSERT_TRUE(key.verifies(text, pair.signature(text)));
    if (const auto beyond = sum(pair.signature(text), modulus)) {
      EXPECT_FALSE(key.verifies(text, *beyond));
      ++fitting;
    }
  }
}

}  // namespace
}  // namespace bursar::testing
