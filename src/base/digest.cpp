#include "base/digest.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <memory>

#include "base/check.hpp"
#include "base/text.hpp"

namespace bursar {
namespace {

// OpenSSL's one-shot digest looks its algorithm up by name each time, which costs more than digesting a
// request.
EVP_MD_CTX* new_digest() {
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  thread_local const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  CHECK(EVP_DigestInit_ex2(context.get(), algorithm, nullptr) == 1);
  return context.get();
}

}  // namespace

Sha256 sha256(std::string_view bytes) {
  Sha256 digest;
  EVP_MD_CTX* context = new_digest();
  CHECK(EVP_DigestUpdate(context, bytes.data(), bytes.size()) == 1);
  CHECK(EVP_DigestFinal_ex(context, digest.data(), nullptr) == 1);
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
