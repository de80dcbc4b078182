#include "store/directory.hpp"

#include "base/limits.hpp"
#include "sql.hpp"
#include "store/principal_rows.hpp"

namespace bursar::store {
namespace {

ClientSecret read_secret(const pg::Row& row) {
  ClientSecret secret;
  secret.id = row.get<Uuid>("secret_id");
  secret.principal = PrincipalId(row.get<Uuid>("principal_id"));
  secret.created_at = row.get<Instant>("created_at");
  secret.expires_at = row.get_optional<Instant>("expires_at");
  secret.revoked_at = row.get_optional<Instant>("revoked_at");
  return secret;
}

std::optional<ClientSecret> only_secret(const pg::Result& result) {
  if (result.empty()) return std::nullopt;
  return read_secret(result.only_row());
}

pg::Params id_alone(PrincipalId id) {
  pg::Params params;
  params.add(id.value);
  return params;
}

}  // namespace

Task<std::optional<Principal>> Directory::one(const pg::Statement& statement, const pg::Params& params) {
  const auto result = co_await connection_->run(statement, params);
  if (result.empty()) co_return std::nullopt;
  co_return read_principal(result.only_row());
}

Task<std::optional<Principal>> Directory::create(NewPrincipal principal) {
  if (principal.issuer == own_issuer) principal.subject = principal.id.text();
  pg::Params params;
  params.add(principal.id.value)
      .add(std::string_view(principal.issuer))
      .add(std::string_view(principal.subject))
      .add(std::string_view(principal.name))
      .add(std::string_view(principal.role))
      .add(principal.rate_limit);
  co_return co_await one(sql::create_principal, params);
}

Task<std::optional<Principal>> Directory::find(PrincipalId id) {
  const auto params = id_alone(id);
  const auto result = co_await connection_->run(sql::principal_by_id, params);
  const auto row = result.only_row();
  if (row.is_null(row.column("principal_id"))) co_return std::nullopt;
  co_return read_principal(row);
}

Task<std::vector<Principal>> Directory::list(std::optional<std::string> role,
                                             std::optional<PrincipalId> below, std::size_t limit) {
  pg::Params params;
  params.add(role);
  params.add(below ? std::optional(below->value) : std::nullopt);
  params.add(static_cast<std::int32_t>(limit));
  const auto result = co_await connection_->run(sql::list_principals, params);
  std::vector<Principal> principals;
  principals.reserve(static_cast<std::size_t>(result.rows()));
  for (const auto row : result) principals.push_back(read_principal(row));
  co_return principals;
}

Task<std::optional<Principal>> Directory::change(PrincipalId id, PrincipalChange change) {
  pg::Params params;
  params.add(id.value).add(change.name).add(change.role).add(change.rate_limit);
  co_return co_await one(sql::change_principal, params);
}

Task<std::optional<Principal>> Directory::revoke(PrincipalId id) {
  const auto params = id_alone(id);
  co_return co_await one(sql::revoke_principal, params);
}

Task<std::optional<Principal>> Directory::restore(PrincipalId id) {
  const auto params = id_alone(id);
  co_return co_await one(sql::restore_principal, params);
}

Task<std::optional<ClientSecret>> Directory::add_secret(NewSecret secret) {
  pg::Params params;
  params.add(secret.id)
      .add(secret.principal.value)
      .add(std::string_view(secret.hash))
      .add(secret.expires_at)
      .add(static_cast<std::int32_t>(limits::client_secrets));
  const auto result = co_await connection_->run(sql::add_secret, params);
  co_return only_secret(result);
}

Task<std::vector<ClientSecret>> Directory::secrets_of(PrincipalId id) {
  auto params = id_alone(id);
  params.add(static_cast<std::int32_t>(limits::client_secrets_listed));
  const auto result = co_await connection_->run(sql::secrets_of, params);
  std::vector<ClientSecret> secrets;
  secrets.reserve(static_cast<std::size_t>(result.rows()));
  for (const auto row : result) secrets.push_back(read_secret(row));
  co_return secrets;
}

Task<std::optional<ClientSecret>> Directory::revoke_secret(Uuid id) {
  pg::Params params;
  params.add(id);
  const auto result = co_await connection_->run(sql::revoke_secret, params);
  co_return only_secret(result);
}

}  // namespace bursar::store
