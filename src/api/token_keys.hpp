// /ops/keys: the keys of our token issuer through their life. For administrators; every change and its record
// are one transaction, and every process follows within a second.
#pragma once
#include "api/call.hpp"
#include "api/token_key_bodies.hpp"
#include "auth/key_seal.hpp"
#include "store/token_keys.hpp"

namespace bursar::api {

struct KeyMaker {
  /// Without it keys are neither made nor rotated here.
  std::optional<auth::KeySeal> seal;
  Random& random;
};

/// A fresh key, sealed. `maker.seal` must be there.
store::NewTokenKey make_token_key(const KeyMaker& maker);

Task<http::Response> list_keys(const Call& call, pg::Pool& operations);
/// Makes the signing and the waiting key where they are missing.
Task<http::Response> create_keys(const Call& call, pg::Pool& operations, const KeyMaker& maker);
Task<http::Response> rotate_keys(const Call& call, pg::Pool& operations, const KeyMaker& maker);
Task<http::Response> revoke_key(const Call& call, pg::Pool& operations, const KeyMaker& maker);

}  // namespace bursar::api
