#include "auth/signature.hpp"

#include <openssl/evp.h>
#include <sodium.h>

#include "base/check.hpp"
#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/text.hpp"

namespace bursar::auth {
namespace {

constexpr std::size_t hs256_secret_min = 32;  // RFC 7518 §3.2: as long as the hash
constexpr std::size_t ed25519_key_bytes = 32;
constexpr std::size_t ed25519_signature_bytes = 64;

using EvpKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using EvpContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

EvpContext make_context() {
  EvpContext context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  CHECK(context != nullptr);
  return context;
}

[[noreturn]] void refuse(const Key& key, std::string_view why) {
  throw UsageError(fmt::format("the token key '{}' cannot be used: {}", key.id, why));
}

EvpKey public_key(const Key& key) {
  if (key.verification.size() != ed25519_key_bytes)
    refuse(key, fmt::format("an Ed25519 public key has 32 bytes, this one has {}", key.verification.size()));
  if (sodium_init() < 0 || crypto_core_ed25519_is_valid_point(key.verification.data()) != 1)
    refuse(key, "its bytes are no point of the main subgroup, so that anybody could sign for it");
  return {EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.verification.data(),
                                      key.verification.size()),
          EVP_PKEY_free};
}

EvpKey private_key(const Key& key) {
  if (key.signing.empty()) return {nullptr, EVP_PKEY_free};
  if (key.signing.size() != ed25519_key_bytes)
    refuse(key, fmt::format("an Ed25519 seed has 32 bytes, this one has {}", key.signing.size()));
  EvpKey seed(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, key.signing.data(), key.signing.size()),
              EVP_PKEY_free);
  CHECK(seed != nullptr);
  std::array<std::uint8_t, ed25519_key_bytes> derived{};
  std::size_t length = derived.size();
  CHECK(EVP_PKEY_get_raw_public_key(seed.get(), derived.data(), &length) == 1);
  if (!std::ranges::equal(derived, key.verification)) refuse(key, "the seed belongs to another public key");
  return seed;
}

}  // namespace

struct SignatureKey::Ed25519 {
  EvpKey verification;
  EvpKey signing;
};

SignatureKey::SignatureKey(Key key) : key_(std::move(key)) {
  if (key_.id.empty()) throw UsageError("a token key has no id (kid)");
  if (key_.algorithm == Algorithm::eddsa) {
    ed25519_ = std::make_unique<Ed25519>(Ed25519{public_key(key_), private_key(key_)});
    CHECK(ed25519_->verification != nullptr);
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

std::string_view SignatureKey::algorithm_name() const {
  return key_.algorithm == Algorithm::hs256 ? "HS256" : "EdDSA";
}

bool SignatureKey::verifies(std::string_view message, std::span<const std::uint8_t> signature) const {
  if (key_.algorithm == Algorithm::hs256)
    return equal_in_constant_time(hmac_sha256(key_.verification, message), signature);
  if (signature.size() != ed25519_signature_bytes) return false;
  const EvpContext context = make_context();
  CHECK(EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, ed25519_->verification.get()) == 1);
  return EVP_DigestVerify(context.get(), signature.data(), signature.size(), bytes_of(message).data(),
                          message.size()) == 1;
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
  CHECK(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, ed25519_->signing.get()) == 1);
  CHECK(EVP_DigestSign(context.get(), signature.data(), &length, bytes_of(message).data(), message.size()) ==
        1);
  CHECK(length == signature.size());
  return signature;
}

}  // namespace bursar::auth
