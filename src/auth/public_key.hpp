// Public keys as OpenSSL holds them, from the forms in which they travel, and what makes one unusable. For
// signature.cpp, jwk.cpp and pem.cpp, so that a weak key is refused whatever file it came in.
#pragma once
#include <openssl/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace bursar::auth {

using EvpKey = std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)>;
using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

/// OpenSSL keeps what went wrong in a list of the thread, where the next TLS call would find it.
struct ForgetOpensslErrors {
  ForgetOpensslErrors() = default;
  ForgetOpensslErrors(const ForgetOpensslErrors&) = delete;
  ~ForgetOpensslErrors();
};

/// SubjectPublicKeyInfo (RFC 5280 §4.1.2.7) in DER, and nothing behind it; null when it is none.
EvpKey read_public_key(ByteView der);
Bytes der_of(const EVP_PKEY& key);

/// From the numbers of a JWK, big-endian (RFC 7518 §6.3.1); null when they make no key.
EvpKey make_rsa_key(ByteView modulus, ByteView exponent);
/// From the coordinates of a point of P-256, 32 bytes each (RFC 7518 §6.2.1); null when it is not on the
/// curve.
EvpKey make_p256_key(ByteView x, ByteView y);
/// RFC 8037 §2; 32 bytes.
EvpKey make_ed25519_key(ByteView point);

/// Why a key must not verify anything; nullopt when it may.
/// RSA: 2048 to 4096 bits, an odd exponent of 65537 to 2^64 (FIPS 186-5 §A.1.1 without its upper
/// half), no small factors, and no trace of the generator whose keys can be factored (ROCA, CVE-2017-15361).
std::optional<std::string> rsa_complaint(const EVP_PKEY& key);
/// The curve is P-256 and the point is on it (RFC 7518 §3.4).
std::optional<std::string> p256_complaint(const EVP_PKEY& key);
/// The point lies in the main subgroup: else anybody could sign for it.
std::optional<std::string> ed25519_complaint(ByteView point);

}  // namespace bursar::auth
