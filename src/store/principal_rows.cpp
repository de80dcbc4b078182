#include "store/principal_rows.hpp"

namespace bursar::store {

Principal read_principal(const pg::Row& row) {
  Principal principal;
  principal.id = PrincipalId(row.get<Uuid>("principal_id"));
  principal.issuer = row.get<std::string>("issuer");
  principal.subject = row.get<std::string>("subject");
  principal.name = row.get<std::string>("name");
  principal.role = row.get<std::string>("role");
  principal.created_at = row.get<Instant>("created_at");
  principal.revoked_at = row.get_optional<Instant>("revoked_at");
  principal.tokens_from = row.get_optional<Instant>("tokens_from");
  principal.rate_limit = row.get_optional<std::string>("rate_limit");
  return principal;
}

}  // namespace bursar::store
