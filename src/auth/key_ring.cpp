#include "auth/key_ring.hpp"

#include "base/error.hpp"

namespace bursar::auth {

KeyRing::KeyRing(VerifierOptions own) {
  TrustedIssuer trusted;
  trusted.issuer = {own.issuer, own.audience, true, RoleName::customer};
  for (Key& key : own.keys) {
    for (const auto& other : trusted.keys)
      if (other->key().id == key.id)
        throw UsageError(fmt::format("two token keys have the id '{}'; give each its own", key.id));
    trusted.keys.push_back(std::make_shared<const SignatureKey>(std::move(key)));
  }
  replace({std::move(trusted)});
}

void KeyRing::replace(std::vector<TrustedIssuer> issuers) {
  reader_.store(std::make_shared<const TokenReader>(std::move(issuers)));
  version_.fetch_add(1, std::memory_order_release);
}

}  // namespace bursar::auth
