// The keys of our own token issuer as a process uses them: which verify, which one signs, and the list that
// others fetch. Immutable, replaced as a whole by the poll of changes, read by every loop.
#pragma once
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auth/key_seal.hpp"
#include "auth/token.hpp"

namespace bursar::auth {

struct IssuedKeys {
  /// Of tokens: the signing one, the waiting one, and those whose last tokens have not expired.
  std::vector<Key> verifying;
  /// With its private half.
  std::optional<Key> signing;
  /// Why nothing is signed; for people.
  std::string why_not = "the keys of the token issuer are not known yet";
  /// The JWK set (RFC 7517 §5) of `verifying`, without private halves.
  std::string jwks;
};

/// One key as it is stored.
struct StoredKey {
  std::string id;
  std::string public_jwk;
  std::vector<std::uint8_t> sealed_private;
  bool is_signing = false;
};

/// `stored` are those that verify. A key whose public half cannot be read is left out and named in
/// `complaints`.
IssuedKeys make_issued_keys(const std::vector<StoredKey>& stored, const std::optional<KeySeal>& seal,
                            std::vector<std::string>& complaints);

/// What every loop reads.
class IssuedKeysHolder {
 public:
  std::shared_ptr<const IssuedKeys> get() const { return keys_.load(); }
  void replace(IssuedKeys keys) { keys_.store(std::make_shared<const IssuedKeys>(std::move(keys))); }

 private:
  std::atomic<std::shared_ptr<const IssuedKeys>> keys_{std::make_shared<const IssuedKeys>()};
};

}  // namespace bursar::auth
