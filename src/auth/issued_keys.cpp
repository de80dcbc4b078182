#include "auth/issued_keys.hpp"

#include <fmt/format.h>

#include "auth/jwk.hpp"
#include "base/limits.hpp"

namespace bursar::auth {
namespace {

static_assert(limits::token_lifetime_max + 2 * limits::token_leeway <= limits::retired_key_verifies_for,
              "a retired key outlives its tokens");

std::optional<Key> read_public(const StoredKey& stored) {
  auto published = parse_jwks(stored.public_jwk);
  if (!published || published->keys.size() != 1 || published->keys[0].id != stored.id) return std::nullopt;
  return std::move(published->keys[0]);
}

void unseal(const StoredKey& stored, Key key, const std::optional<KeySeal>& seal, IssuedKeys& into) {
  if (!seal) {
    into.why_not = "this process has no BURSAR_KEY_ENCRYPTION_KEY, so it can sign no token";
    return;
  }
  auto half = seal->open(stored.id, stored.sealed_private);
  if (!half) {
    into.why_not = fmt::format(
        "the signing key {} was sealed with another BURSAR_KEY_ENCRYPTION_KEY; 'bursar keys revoke {}' "
        "replaces it",
        stored.id, stored.id);
    return;
  }
  key.signing = std::move(*half);
  into.signing = std::move(key);
  into.why_not.clear();
}

}  // namespace

IssuedKeys make_issued_keys(const std::vector<StoredKey>& stored, const std::optional<KeySeal>& seal,
                            std::vector<std::string>& complaints) {
  IssuedKeys keys;
  keys.why_not = "there is no signing key; 'bursar keys create' makes one";
  for (const StoredKey& one : stored) {
    auto key = read_public(one);
    if (!key) {
      complaints.push_back(one.id);
      continue;
    }
    if (one.is_signing) unseal(one, *key, seal, keys);
    keys.verifying.push_back(std::move(*key));
    keys.jwks += (keys.jwks.empty() ? "" : ",") + one.public_jwk;
  }
  keys.jwks = R"({"keys":[)" + keys.jwks + "]}";
  return keys;
}

}  // namespace bursar::auth
