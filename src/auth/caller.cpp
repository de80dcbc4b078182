#include "auth/caller.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace bursar::auth {
namespace {

constexpr std::array<std::pair<RoleName, std::string_view>, 6> role_names{{
    {RoleName::customer, "customer"},
    {RoleName::service, "service"},
    {RoleName::support, "support"},
    {RoleName::analyst, "analyst"},
    {RoleName::operations, "operator"},
    {RoleName::admin, "admin"},
}};

}  // namespace

std::string_view to_text(RoleName role) {
  return std::ranges::find(role_names, role, &std::pair<RoleName, std::string_view>::first)->second;
}

std::optional<RoleName> parse_role(std::string_view text) {
  const auto* found = std::ranges::find(role_names, text, &std::pair<RoleName, std::string_view>::second);
  if (found == role_names.end()) return std::nullopt;
  return found->first;
}

bool Caller::has(RoleName role) const { return std::ranges::find(roles, role) != roles.end(); }

bool Caller::is_staff() const {
  return has(RoleName::support) || has(RoleName::analyst) || has(RoleName::operations) ||
         has(RoleName::admin);
}

}  // namespace bursar::auth
