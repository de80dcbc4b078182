#include "store/principals.hpp"

#include "sql.hpp"
#include "store/principal_rows.hpp"

namespace bursar::store {
namespace {

Sighting read_sighting(const pg::Result& result) {
  const auto row = result.only_row();
  Sighting sighting;
  sighting.as_of = row.get<std::int64_t>("as_of");
  if (!row.is_null(row.column("principal_id"))) sighting.principal = read_principal(row);
  return sighting;
}

}  // namespace

// By subject, which is an own one's id: a foreign principal is found by no id of ours.
Task<Sighting> Principals::find(PrincipalId id) { return find_foreign(std::string(own_issuer), id.text()); }

Task<Sighting> Principals::find_foreign(std::string issuer, std::string subject) {
  pg::Params params;
  params.add(std::string_view(issuer)).add(std::string_view(subject));
  const auto result = co_await pool_->run(sql::principal_by_subject, params);
  co_return read_sighting(result);
}

Task<> Principals::meet(PrincipalId id, std::string issuer, std::string subject) {
  pg::Params params;
  params.add(id.value).add(std::string_view(issuer)).add(std::string_view(subject));
  co_await pool_->run(sql::meet_principal, params);
}

Task<std::optional<Login>> Principals::find_login(PrincipalId id, Uuid secret) {
  pg::Params params;
  params.add(id.value).add(secret);
  const auto result = co_await pool_->run(sql::client_login, params);
  if (result.empty()) co_return std::nullopt;
  const auto row = result.only_row();
  co_return Login{row.get<std::string>("hash"), row.get<std::string>("role")};
}

}  // namespace bursar::store
