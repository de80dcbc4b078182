#include "store/database.hpp"

namespace bursar::store {
namespace {

std::string_view suffix(Role role) {
  switch (role) {
    case Role::api:
      return "_api";
    case Role::executor:
      return "_executor";
    case Role::notifier:
      return "_notifier";
    case Role::analytics:
      return "_analytics";
    case Role::operations:
      return "_operator";
    case Role::eraser:
      return "_eraser";
  }
  return "_api";
}

}  // namespace

pg::ConnectOptions connect_as(const DatabaseOptions& database, Role role) {
  const bool hot = role != Role::analytics && role != Role::eraser;
  return {.url = database.url,
          .role = database.role_prefix + std::string(suffix(role)),
          .plan_cache_mode = hot ? "force_generic_plan" : "force_custom_plan",
          .application_name = "bursar" + std::string(suffix(role)),
          .hot_plans = hot};
}

pg::ConnectOptions connect_as_owner(const DatabaseOptions& database) {
  return {.url = database.url, .role = "", .plan_cache_mode = "auto", .hot_plans = false};
}

}  // namespace bursar::store
