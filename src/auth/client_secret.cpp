#include "auth/client_secret.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>

#include "base/check.hpp"
#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"

namespace bursar::auth {
namespace {

constexpr std::string_view prefix = "bsr_";
constexpr std::size_t id_bytes = 16;
constexpr std::size_t secret_bytes = 32;
constexpr std::size_t encoded_characters = (id_bytes + secret_bytes) / 3 * 4;
static_assert((id_bytes + secret_bytes) % 3 == 0, "no character is shared by the id and the secret");

}  // namespace

ClientSecretText make_client_secret(Random& random) {
  std::array<std::uint8_t, id_bytes + secret_bytes> bytes{};
  random.fill(bytes);
  ClientSecretText made;
  std::copy_n(bytes.begin(), id_bytes, made.id.bytes.begin());
  made.text = std::string(prefix) + to_base64url(bytes);
  sodium_memzero(bytes.data(), bytes.size());
  return made;
}

std::optional<Uuid> id_of_client_secret(std::string_view text) {
  if (!text.starts_with(prefix) || text.size() != prefix.size() + encoded_characters) return std::nullopt;
  const auto bytes = from_base64url(text.substr(prefix.size()));
  if (!bytes) return std::nullopt;
  Uuid id;
  std::copy_n(bytes->begin(), id_bytes, id.bytes.begin());
  return id;
}

std::string hash_client_secret(std::string_view text) {
  CHECK(sodium_init() >= 0);
  std::array<char, crypto_pwhash_argon2id_STRBYTES> hash{};
  if (crypto_pwhash_argon2id_str(hash.data(), text.data(), text.size(), limits::argon2_passes,
                                 limits::argon2_memory_bytes) != 0)
    throw Unavailable("there is no memory to hash a client secret");
  return hash.data();
}

bool matches_client_secret(const std::string& hash, std::string_view text) {
  CHECK(sodium_init() >= 0);
  return crypto_pwhash_argon2id_str_verify(hash.c_str(), text.data(), text.size()) == 0;
}

const std::string& no_hash() {
  // 16 bytes of salt and 32 of hash, all zero.
  static const std::string hash =
      fmt::format("$argon2id$v=19$m={},t={},p=1${:A>22}${:A>43}", limits::argon2_memory_bytes / 1024,
                  limits::argon2_passes, "", "");
  return hash;
}

}  // namespace bursar::auth
