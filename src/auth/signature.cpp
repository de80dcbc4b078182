#include "auth/signature.hpp"

#include <openssl/ecdsa.h>
#include <openssl/evp.h>

#include "auth/public_key.hpp"
#include "base/check.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"

namespace bursar::auth {
namespace {

constexpr std::size_t hs256_secret_min = 32;  // RFC 7518 §3.2: as long as the hash
constexpr std::size_t ed25519_seed_bytes = 32;
constexpr std::size_t ed25519_signature_bytes = 64;
constexpr std::size_t es256_number_bytes = 32;

using EvpContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

EvpContext make_context() {
  EvpContext context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  CHECK(context != nullptr);
  return context;
}

[[noreturn]] void refuse(const Key& key, std::string_view why) {
  throw UsageError(fmt::format("the token key '{}' cannot be used: {}", key.id, why));
}

EvpKey public_half(const Key& key) {
  if (key.algorithm == Algorithm::eddsa) {
    if (const auto complaint = ed25519_complaint(key.verification)) refuse(key, *complaint);
    return make_ed25519_key(key.verification);
  }
  EvpKey read = read_public_key(key.verification);
  if (read == nullptr) refuse(key, "its bytes are no public key (SubjectPublicKeyInfo)");
  const auto complaint = key.algorithm == Algorithm::rs256 ? rsa_complaint(*read) : p256_complaint(*read);
  if (complaint) refuse(key, *complaint);
  return read;
}

EvpKey private_half(const Key& key) {
  if (key.signing.empty()) return {nullptr, EVP_PKEY_free};
  if (key.algorithm != Algorithm::eddsa)
    refuse(key, "only HS256 and EdDSA keys sign here, and it has a signing half");
  if (key.signing.size() != ed25519_seed_bytes)
    refuse(key, fmt::format("an Ed25519 seed has 32 bytes, this one has {}", key.signing.size()));
  EvpKey seed(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, key.signing.data(), key.signing.size()),
              EVP_PKEY_free);
  CHECK(seed != nullptr);
  std::array<std::uint8_t, ed25519_seed_bytes> derived{};
  std::size_t length = derived.size();
  CHECK(EVP_PKEY_get_raw_public_key(seed.get(), derived.data(), &length) == 1);
  if (!std::ranges::equal(derived, key.verification)) refuse(key, "the seed belongs to another public key");
  return seed;
}

/// From r and s side by side (RFC 7518 §3.4) to the form of OpenSSL, which itself refuses numbers out of
/// range. Empty when it has another length.
Bytes ecdsa_der(ByteView signature) {
  if (signature.size() != 2 * es256_number_bytes) return {};
  const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair(ECDSA_SIG_new(), ECDSA_SIG_free);
  CHECK(pair != nullptr);
  BIGNUM* r = BN_bin2bn(signature.data(), es256_number_bytes, nullptr);
  BIGNUM* s = BN_bin2bn(signature.data() + es256_number_bytes, es256_number_bytes, nullptr);
  CHECK(ECDSA_SIG_set0(pair.get(), r, s) == 1);  // owns both now
  Bytes der(static_cast<std::size_t>(i2d_ECDSA_SIG(pair.get(), nullptr)));
  std::uint8_t* end = der.data();
  CHECK(i2d_ECDSA_SIG(pair.get(), &end) == static_cast<int>(der.size()));
  return der;
}

bool holds(EVP_PKEY* key, const EVP_MD* digest, std::string_view message, ByteView signature) {
  const ForgetOpensslErrors forget;
  const EvpContext context = make_context();
  CHECK(EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key) == 1);
  return EVP_DigestVerify(context.get(), signature.data(), signature.size(), bytes_of(message).data(),
                          message.size()) == 1;
}

}  // namespace

struct SignatureKey::Pair {
  EvpKey verification;
  EvpKey signing;
};

SignatureKey::SignatureKey(Key key) : key_(std::move(key)) {
  if (key_.id.empty()) throw UsageError("a token key has no id (kid)");
  if (key_.id.size() > limits::key_id_bytes)
    throw UsageError(fmt::format("a token key's id (kid) has {} bytes, more than {}", key_.id.size(),
                                 limits::key_id_bytes));
  if (key_.algorithm != Algorithm::hs256) {
    pair_ = std::make_unique<Pair>(Pair{public_half(key_), private_half(key_)});
    CHECK(pair_->verification != nullptr);
    return;
  }
  if (key_.verification.size() < hs256_secret_min)
    refuse(key_,
           fmt::format("an HS256 secret has at least 32 bytes, this one has {}", key_.verification.size()));
  if (!key_.signing.empty() && key_.signing != key_.verification)
    refuse(key_, "HS256 signs and verifies with the same secret, and two are given");
}

SignatureKey::SignatureKey(SignatureKey&&) noexcept = default;
SignatureKey::~SignatureKey() = default;

bool SignatureKey::verifies(std::string_view message, ByteView signature) const {
  switch (key_.algorithm) {
    case Algorithm::hs256:
      return equal_in_constant_time(hmac_sha256(key_.verification, message), signature);
    case Algorithm::rs256:
      return holds(pair_->verification.get(), EVP_sha256(), message, signature);
    case Algorithm::es256: {
      const Bytes der = ecdsa_der(signature);
      return !der.empty() && holds(pair_->verification.get(), EVP_sha256(), message, der);
    }
    case Algorithm::eddsa:
      return signature.size() == ed25519_signature_bytes &&
             holds(pair_->verification.get(), nullptr, message, signature);
  }
  return false;
}

std::optional<std::vector<std::uint8_t>> SignatureKey::sign(std::string_view message) const {
  if (key_.signing.empty()) return std::nullopt;
  if (key_.algorithm == Algorithm::hs256) {
    const Sha256 tag = hmac_sha256(key_.signing, message);
    return std::vector<std::uint8_t>(tag.begin(), tag.end());
  }
  const EvpContext context = make_context();
  std::vector<std::uint8_t> signature(ed25519_signature_bytes);
  std::size_t length = signature.size();
  CHECK(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, pair_->signing.get()) == 1);
  CHECK(EVP_DigestSign(context.get(), signature.data(), &length, bytes_of(message).data(), message.size()) ==
        1);
  CHECK(length == signature.size());
  return signature;
}

}  // namespace bursar::auth
