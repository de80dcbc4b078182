#include "auth/key_seal.hpp"

#include <sodium.h>

#include <boost/json/object.hpp>

#include "base/check.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace bursar::auth {
namespace {

constexpr std::size_t nonce_bytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t tag_bytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
static_assert(KeySeal::bytes == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);

}  // namespace

std::vector<std::uint8_t> KeySeal::seal(std::string_view key_id, std::span<const std::uint8_t> half,
                                        Random& random) const {
  std::vector<std::uint8_t> sealed(nonce_bytes + half.size() + tag_bytes);
  random.fill(std::span(sealed).first(nonce_bytes));
  const auto context = bytes_of(key_id);
  CHECK(crypto_aead_xchacha20poly1305_ietf_encrypt(sealed.data() + nonce_bytes, nullptr, half.data(),
                                                   half.size(), context.data(), context.size(), nullptr,
                                                   sealed.data(), key_.data()) == 0);
  return sealed;
}

std::optional<std::vector<std::uint8_t>> KeySeal::open(std::string_view key_id,
                                                       std::span<const std::uint8_t> sealed) const {
  if (sealed.size() < nonce_bytes + tag_bytes) return std::nullopt;
  const auto body = sealed.subspan(nonce_bytes);
  std::vector<std::uint8_t> half(body.size() - tag_bytes);
  const auto context = bytes_of(key_id);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(half.data(), nullptr, nullptr, body.data(), body.size(),
                                                 context.data(), context.size(), sealed.data(),
                                                 key_.data()) != 0)
    return std::nullopt;
  return half;
}

Key make_signing_key(Random& random) {
  Key key;
  key.algorithm = Algorithm::eddsa;
  std::array<std::uint8_t, 8> name{};
  random.fill(name);
  key.id = "key-" + to_hex(name);
  key.signing.resize(crypto_sign_ed25519_SEEDBYTES);
  random.fill(key.signing);
  key.verification.resize(crypto_sign_ed25519_PUBLICKEYBYTES);
  std::array<std::uint8_t, crypto_sign_ed25519_SECRETKEYBYTES> both{};
  CHECK(crypto_sign_ed25519_seed_keypair(key.verification.data(), both.data(), key.signing.data()) == 0);
  sodium_memzero(both.data(), both.size());
  return key;
}

std::string public_jwk(const Key& key) {
  CHECK(key.algorithm == Algorithm::eddsa);
  const json::object jwk{{"kty", "OKP"},  {"crv", "Ed25519"}, {"x", to_base64url(key.verification)},
                         {"kid", key.id}, {"alg", "EdDSA"},   {"use", "sig"}};
  return json::to_text(jwk);
}

}  // namespace bursar::auth
