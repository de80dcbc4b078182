#include "auth/pem.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "auth/public_key.hpp"
#include "auth/signature.hpp"
#include "base/check.hpp"
#include "base/error.hpp"

namespace bursar::auth {
namespace {

struct Block {
  std::string label;
  Bytes bytes;
};

/// The next block; nullopt when there is no further one.
std::optional<Block> next_block(BIO* text) {
  char* label = nullptr;
  char* header = nullptr;
  std::uint8_t* bytes = nullptr;
  long size = 0;
  if (PEM_read_bio(text, &label, &header, &bytes, &size) != 1) return std::nullopt;
  Block block{label, Bytes(bytes, bytes + size)};
  OPENSSL_free(label);
  OPENSSL_free(header);
  OPENSSL_clear_free(bytes, static_cast<std::size_t>(size));
  return block;
}

std::optional<Algorithm> algorithm_of(const EVP_PKEY& key) {
  if (EVP_PKEY_is_a(&key, "RSA") == 1) return Algorithm::rs256;
  if (EVP_PKEY_is_a(&key, "EC") == 1) return Algorithm::es256;
  if (EVP_PKEY_is_a(&key, "ED25519") == 1) return Algorithm::eddsa;
  return std::nullopt;
}

/// Ed25519 keys are kept as their 32 bytes.
Bytes verification_of(const EVP_PKEY& key, Algorithm algorithm) {
  if (algorithm != Algorithm::eddsa) return der_of(key);
  std::size_t size = 0;
  CHECK(EVP_PKEY_get_raw_public_key(&key, nullptr, &size) == 1);
  Bytes point(size);
  CHECK(EVP_PKEY_get_raw_public_key(&key, point.data(), &size) == 1);
  return point;
}

}  // namespace

std::expected<Key, std::string> parse_pem(std::string_view text, std::string id) {
  const ForgetOpensslErrors forget;
  const std::unique_ptr<BIO, decltype(&BIO_free)> input(
      BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free);
  CHECK(input != nullptr);
  const auto block = next_block(input.get());
  if (!block) return std::unexpected("it holds no whole PEM block");
  if (block->label.ends_with("PRIVATE KEY"))
    return std::unexpected(
        "it holds a private key; keep that away from here and give the public half ('openssl pkey -pubout')");
  if (block->label != "PUBLIC KEY")
    return std::unexpected("it holds a block '" + block->label +
                           "'; give a PUBLIC KEY ('openssl pkey -pubout' makes one)");
  if (next_block(input.get()))
    return std::unexpected("it holds more than one PEM block; give each key its own file");
  const EvpKey key = read_public_key(block->bytes);
  if (key == nullptr) return std::unexpected("its block is no public key");
  const auto algorithm = algorithm_of(*key);
  if (!algorithm) return std::unexpected("its key is none of RSA, P-256 and Ed25519");
  Key made;
  made.id = std::move(id);
  made.algorithm = *algorithm;
  made.verification = verification_of(*key, *algorithm);
  try {
    const SignatureKey usable(made);
  } catch (const UsageError& error) {
    return std::unexpected(error.what());
  }
  return made;
}

}  // namespace bursar::auth
