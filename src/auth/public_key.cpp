#include "auth/public_key.hpp"

#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>
#include <sodium.h>

#include <algorithm>
#include <array>

#include "base/check.hpp"

namespace bursar::auth {
namespace {

using BigNumber = std::unique_ptr<BIGNUM, void (*)(BIGNUM*)>;
using Context = std::unique_ptr<EVP_PKEY_CTX, void (*)(EVP_PKEY_CTX*)>;
using ParameterBuilder = std::unique_ptr<OSSL_PARAM_BLD, void (*)(OSSL_PARAM_BLD*)>;
using Parameters = std::unique_ptr<OSSL_PARAM, void (*)(OSSL_PARAM*)>;

constexpr std::size_t ed25519_key_bytes = 32;
constexpr std::size_t p256_coordinate_bytes = 32;
constexpr int rsa_bits_min = 2048;  // RFC 7518 §3.3
constexpr int rsa_bits_max = 4096;  // a key is checked on the loop that learns of revocations
constexpr BN_ULONG exponent_min = 65'537;
constexpr int exponent_bits_max = 64;  // more is refused by OpenSSL for large moduli

/// OpenSSL 3.0's look-only functions take a mutable key.
EVP_PKEY* mutable_key(const EVP_PKEY& key) { return const_cast<EVP_PKEY*>(&key); }

BigNumber number_of(const EVP_PKEY& key, const char* name) {
  BIGNUM* found = nullptr;
  EVP_PKEY_get_bn_param(&key, name, &found);
  return {found, BN_free};
}

EvpKey make_key(const char* type, OSSL_PARAM_BLD* builder) {
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder), OSSL_PARAM_free);
  const Context context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr), EVP_PKEY_CTX_free);
  CHECK(parameters != nullptr && context != nullptr);
  CHECK(EVP_PKEY_fromdata_init(context.get()) == 1);
  EVP_PKEY* made = nullptr;
  if (EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) made = nullptr;
  return {made, EVP_PKEY_free};
}

bool passes_public_check(const EVP_PKEY& key) {
  const Context context(EVP_PKEY_CTX_new_from_pkey(nullptr, mutable_key(key), nullptr), EVP_PKEY_CTX_free);
  CHECK(context != nullptr);
  return EVP_PKEY_public_check(context.get()) == 1;
}

/// Moduli of the broken generator are powers of 65537 modulo each of these primes, which a sound one is with
/// a probability of less than 2^-27 (Nemec et al., "The Return of Coppersmith's Attack", §2.3).
bool has_roca_print(const BIGNUM& modulus) {
  constexpr std::array<unsigned, 17> primes = {11, 13, 17,  19,  37,  53,  61,  71, 73,
                                               79, 97, 103, 107, 109, 127, 151, 157};
  return std::ranges::all_of(primes, [&](unsigned prime) {
    const auto rest = static_cast<unsigned>(BN_mod_word(&modulus, prime));
    unsigned power = 1;
    do {
      if (power == rest) return true;
      power = power * (65'537 % prime) % prime;
    } while (power != 1);
    return false;
  });
}

}  // namespace

ForgetOpensslErrors::~ForgetOpensslErrors() { ERR_clear_error(); }

EvpKey read_public_key(ByteView der) {
  const ForgetOpensslErrors forget;
  const std::uint8_t* at = der.data();
  EvpKey key(d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())), EVP_PKEY_free);
  if (key == nullptr || at != der.data() + der.size()) return {nullptr, EVP_PKEY_free};
  return key;
}

Bytes der_of(const EVP_PKEY& key) {
  std::uint8_t* written = nullptr;
  const int size = i2d_PUBKEY(&key, &written);
  CHECK(size > 0);
  Bytes der(written, written + size);
  OPENSSL_free(written);
  return der;
}

EvpKey make_rsa_key(ByteView modulus, ByteView exponent) {
  const ForgetOpensslErrors forget;
  const BigNumber n(BN_bin2bn(modulus.data(), static_cast<int>(modulus.size()), nullptr), BN_free);
  const BigNumber e(BN_bin2bn(exponent.data(), static_cast<int>(exponent.size()), nullptr), BN_free);
  const ParameterBuilder builder(OSSL_PARAM_BLD_new(), OSSL_PARAM_BLD_free);
  CHECK(n != nullptr && e != nullptr && builder != nullptr);
  CHECK(OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) == 1);
  CHECK(OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) == 1);
  return make_key("RSA", builder.get());
}

EvpKey make_p256_key(ByteView x, ByteView y) {
  const ForgetOpensslErrors forget;
  if (x.size() != p256_coordinate_bytes || y.size() != p256_coordinate_bytes) return {nullptr, EVP_PKEY_free};
  Bytes point = {POINT_CONVERSION_UNCOMPRESSED};
  point.insert(point.end(), x.begin(), x.end());
  point.insert(point.end(), y.begin(), y.end());
  const ParameterBuilder builder(OSSL_PARAM_BLD_new(), OSSL_PARAM_BLD_free);
  CHECK(builder != nullptr);
  CHECK(OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, SN_X9_62_prime256v1, 0) ==
        1);
  CHECK(OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                         point.size()) == 1);
  return make_key("EC", builder.get());
}

EvpKey make_ed25519_key(ByteView point) {
  return {EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, point.data(), point.size()), EVP_PKEY_free};
}

std::optional<std::string> rsa_complaint(const EVP_PKEY& key) {
  const ForgetOpensslErrors forget;
  if (EVP_PKEY_is_a(&key, "RSA") != 1) return "it is no RSA key";
  const int bits = EVP_PKEY_get_bits(&key);
  if (bits < rsa_bits_min || bits > rsa_bits_max)
    return fmt::format("an RSA key has {} to {} bits, this one has {}", rsa_bits_min, rsa_bits_max, bits);
  const BigNumber n = number_of(key, OSSL_PKEY_PARAM_RSA_N);
  const BigNumber e = number_of(key, OSSL_PKEY_PARAM_RSA_E);
  CHECK(n != nullptr && e != nullptr);
  const bool too_large = BN_num_bits(e.get()) > exponent_bits_max;
  if (too_large || BN_is_odd(e.get()) != 1 || BN_get_word(e.get()) < exponent_min)
    return "its public exponent is not an odd number of 65537 to 2^64";
  if (has_roca_print(*n))
    return "its modulus comes from a generator whose keys can be factored (CVE-2017-15361)";
  if (!passes_public_check(key)) return "its modulus is no product of two large primes";
  return std::nullopt;
}

std::optional<std::string> p256_complaint(const EVP_PKEY& key) {
  const ForgetOpensslErrors forget;
  std::array<char, 64> name{};
  std::size_t length = 0;
  const bool named = EVP_PKEY_is_a(&key, "EC") == 1 &&
                     EVP_PKEY_get_utf8_string_param(&key, OSSL_PKEY_PARAM_GROUP_NAME, name.data(),
                                                    name.size(), &length) == 1;
  if (!named || std::string_view(name.data(), length) != SN_X9_62_prime256v1)
    return "it is no key of the curve P-256";
  if (!passes_public_check(key)) return "its point is not on the curve P-256";
  return std::nullopt;
}

std::optional<std::string> ed25519_complaint(ByteView point) {
  if (point.size() != ed25519_key_bytes)
    return fmt::format("an Ed25519 public key has 32 bytes, this one has {}", point.size());
  if (sodium_init() < 0 || crypto_core_ed25519_is_valid_point(point.data()) != 1)
    return "its bytes are no point of the main subgroup, so that anybody could sign for it";
  return std::nullopt;
}

}  // namespace bursar::auth
