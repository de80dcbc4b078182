// JWK sets as foreign issuers serve them: whatever is in them, only public keys that can verify come out,
// each under one name, and never more than the set holds.
#include "auth/jwk.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <set>

#include "auth/signature.hpp"
#include "base/json.hpp"
#include "fuzz/fuzz.hpp"

using namespace bursar;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  const auto published = auth::parse_jwks(text);
  if (!published) {
    fuzz::require(!published.error().empty(), "refused without a reason", text);
    return 0;
  }
  const auto parsed = json::parse(text);
  fuzz::require(parsed && parsed->is_object(), "no strict JSON", text);
  const json::value* list = parsed->get_object().if_contains("keys");
  const std::size_t entries = list != nullptr && list->is_array() ? list->get_array().size() : 1;
  fuzz::require(published->keys.size() + published->ignored.size() + published->refused.size() <= entries,
                "more came out than went in", text);
  std::set<std::string> names;
  for (const auth::Key& key : published->keys) {
    fuzz::require(names.insert(key.id).second, "two keys of one name", key.id);
    fuzz::require(key.signing.empty() && !key.development, "a key that may sign", key.id);
    fuzz::require(key.algorithm != auth::Algorithm::hs256, "a secret as a public key", key.id);
    const auth::SignatureKey usable(key);  // throws when it is not
    fuzz::require(!usable.verifies("text", std::vector<std::uint8_t>(64)), "a zero signature holds", key.id);
  }
  return 0;
}
