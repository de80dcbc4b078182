#include "base/digest.hpp"

#include <openssl/hmac.h>
#include <openssl/sha.h>

#include "base/check.hpp"
#include "base/text.hpp"

namespace bursar {

Sha256 sha256(std::string_view bytes) {
  Sha256 digest;
  CHECK(SHA256(bytes_of(bytes).data(), bytes.size(), digest.data()) != nullptr);
  return digest;
}

Sha256 hmac_sha256(std::span<const std::uint8_t> key, std::string_view bytes) {
  Sha256 digest;
  unsigned length = 0;
  const auto* made = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(bytes).data(),
                          bytes.size(), digest.data(), &length);
  CHECK(made != nullptr && length == digest.size());
  return digest;
}

}  // namespace bursar
