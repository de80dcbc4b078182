// The principals that `bursar up` seeds: one of each role, with log-ins that stay the same from start to
// start. Development only.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "auth/caller.hpp"
#include "auth/key_seal.hpp"
#include "base/async.hpp"
#include "store/database.hpp"

namespace bursar {

struct DemoPrincipal {
  auth::RoleName role;
  /// Its principal id and client_id.
  std::string_view id;
  std::string_view name;
};
std::span<const DemoPrincipal> demo_principals();
const DemoPrincipal& demo_of(auth::RoleName role);

/// Its client secret, made of the setting BURSAR_KEY_ENCRYPTION_KEY: another installation has another.
std::string demo_secret(const DemoPrincipal& principal, std::string_view key_setting);

/// Principals, their secrets, and the keys of the token issuer, where they are missing. What somebody changed
/// since then stays.
Task<> seed_demo(store::DatabaseOptions database, std::string key_setting, auth::KeySeal seal);

}  // namespace bursar
