#include "demo.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "api/token_keys.hpp"
#include "auth/client_secret.hpp"
#include "base/digest.hpp"
#include "base/text.hpp"
#include "store/directory.hpp"

namespace bursar {
namespace {

using enum auth::RoleName;

constexpr std::array principals{
    DemoPrincipal{customer, "7b0e2f4c-96c4-4c1e-9a53-0d5b1f6a2c11", "Demo customer"},
    DemoPrincipal{service, "3d5c8a10-2b7e-4f6a-8c91-5e0f7a6b4d22", "Demo service"},
    DemoPrincipal{support, "5a7d9c1e-8f3b-4a2d-b6e4-2c4e6a8b0d44", "Demo support"},
    DemoPrincipal{analyst, "9f1e6b3a-4c2d-4e8b-b7a5-1c3d5e7f9a33", "Demo analyst"},
    DemoPrincipal{operations, "c2b4a6d8-1e3f-4c5b-9d7a-3f5a7c9e1b55", "Demo operator"},
    DemoPrincipal{admin, "e4d6c8ba-2a4c-4e6d-8f9b-4a6c8e0d2f66", "Demo admin"},
};

/// The same bytes for the same key and name (RFC 5869 in spirit: HMAC in counter mode).
class DerivedRandom final : public Random {
 public:
  DerivedRandom(std::string_view key, std::string_view name) : key_(key), name_(name) {}
  void fill(std::span<std::uint8_t> bytes) override {
    for (std::size_t at = 0; at < bytes.size(); ++block_) {
      const Sha256 block = hmac_sha256(bytes_of(key_), fmt::format("{} {}", name_, block_));
      const std::size_t size = std::min(block.size(), bytes.size() - at);
      std::copy_n(block.begin(), size, bytes.begin() + static_cast<std::ptrdiff_t>(at));
      at += size;
    }
  }

 private:
  std::string_view key_, name_;
  int block_ = 0;
};

auth::ClientSecretText secret_of(const DemoPrincipal& principal, std::string_view key_setting) {
  DerivedRandom random(key_setting, principal.id);
  return auth::make_client_secret(random);
}

Task<> seed_one(store::Directory& directory, const DemoPrincipal& principal, std::string_view key_setting) {
  store::NewPrincipal made;
  made.id = PrincipalId(parse_uuid(principal.id).value());
  made.name = principal.name;
  made.role = auth::to_text(principal.role);
  co_await directory.create(made);
  const auto secret = secret_of(principal, key_setting);
  const auto stored = co_await directory.secrets_of(made.id);
  if (std::ranges::find(stored, secret.id, &store::ClientSecret::id) != stored.end()) co_return;
  store::NewSecret added;
  added.id = secret.id;
  added.principal = made.id;
  added.hash = auth::hash_client_secret(secret.text);
  co_await directory.add_secret(std::move(added));
}

}  // namespace

std::span<const DemoPrincipal> demo_principals() { return principals; }

const DemoPrincipal& demo_of(auth::RoleName role) {
  return *std::ranges::find(principals, role, &DemoPrincipal::role);
}

std::string demo_secret(const DemoPrincipal& principal, std::string_view key_setting) {
  return secret_of(principal, key_setting).text;
}

Task<> seed_demo(store::DatabaseOptions database, std::string key_setting, auth::KeySeal seal) {
  const auto executor = co_await asio::this_coro::executor;
  auto options = store::connect_as(database, store::Role::operations);
  const auto connection = co_await pg::Connection::open(executor, std::move(options));
  auto transaction = co_await pg::Transaction::begin(*connection);
  store::Directory directory(*connection);
  for (const DemoPrincipal& principal : principals) co_await seed_one(directory, principal, key_setting);
  SystemRandom random;
  const api::KeyMaker maker{seal, random};
  store::TokenKeys keys(*connection);
  auto active = api::make_token_key(maker), next = api::make_token_key(maker);
  co_await keys.complete(std::move(active), std::move(next));
  co_await transaction.commit();
}

}  // namespace bursar
