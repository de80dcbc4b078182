#include "auth/policy.hpp"

#include <algorithm>
#include <array>

namespace bursar::auth {
namespace {

using enum Reach;

// Staff see every payment; whose contact is behind it is no analyst's business. Staff never pay: who can look
// at everything must not be able to make money move in somebody's name.
constexpr Grants readers_of_payments{
    .customer = own, .service = own, .support = any, .analyst = any, .operations = any, .admin = any};
constexpr std::string_view own_payments = "what it created; for a customer also what it pays";

// Who gives rights, and the keys behind them.
constexpr Policy for_admins(std::string_view operation, Record record) {
  return {
      .operation = operation, .listener = Listener::operations, .grants = {.admin = any}, .record = record};
}

constexpr std::array table{
    Policy{.operation = "createPayment",
           .grants = {.customer = own, .service = any},
           .own = "a payment whose `user_id` is the caller; another one is 403",
           .traffic = Traffic::payment},
    Policy{.operation = "getPayment",
           .grants = readers_of_payments,
           .own = own_payments,
           .record = Record::read},
    Policy{.operation = "listPayments",
           .grants = readers_of_payments,
           .own = own_payments,
           .record = Record::read},
    Policy{.operation = "getPaymentTimeline",
           .grants = readers_of_payments,
           .own = own_payments,
           .record = Record::read},
    Policy{.operation = "getContact",
           .grants = {.customer = own, .service = any, .support = any, .operations = any, .admin = any},
           .own = "the caller's own contact",
           .record = Record::read},
    Policy{.operation = "putContact",
           .grants = {.customer = own, .service = any, .operations = any, .admin = any},
           .own = "the caller's own contact",
           .record = Record::change},
    Policy{.operation = "getDailyFigures",
           .grants = {.support = any, .analyst = any, .operations = any, .admin = any}},
    Policy{.operation = "createToken", .open = true, .traffic = Traffic::log_in},
    Policy{.operation = "getKeySet", .open = true},
    Policy{.operation = "getLiveness", .open = true, .traffic = Traffic::health},
    Policy{.operation = "getReadiness", .open = true, .traffic = Traffic::health},
    Policy{.operation = "getSpecification", .open = true},
    Policy{.operation = "getDocs", .open = true},
    Policy{.operation = "getDevelopmentTokens", .open = true},
    Policy{.operation = "getDocsFile", .open = true},
    Policy{.operation = "listStaffActions",
           .listener = Listener::operations,
           .grants = {.admin = any},
           .record = Record::read},
    for_admins("listPrincipals", Record::read),
    for_admins("getPrincipal", Record::read),
    for_admins("createPrincipal", Record::change),
    for_admins("changePrincipal", Record::change),
    for_admins("revokePrincipal", Record::change),
    for_admins("restorePrincipal", Record::change),
    for_admins("createSecret", Record::change),
    for_admins("revokeSecret", Record::change),
    for_admins("listKeys", Record::never),
    for_admins("createKeys", Record::change),
    for_admins("rotateKeys", Record::change),
    for_admins("revokeKey", Record::change),
};

constexpr bool grants_anything(const Policy& policy) {
  return std::ranges::any_of(all_roles, [&](RoleName role) { return policy.grants.to(role) != none; });
}

constexpr bool grants_own(const Policy& policy) {
  return std::ranges::any_of(all_roles, [&](RoleName role) { return policy.grants.to(role) == own; });
}

constexpr bool is_for_staff_only(const Policy& policy) {
  return policy.grants.customer == none && policy.grants.service == none && !policy.open;
}

static_assert(std::ranges::all_of(table, [](const Policy& p) { return p.open != grants_anything(p); }),
              "an operation is open, or says which roles may");
static_assert(std::ranges::all_of(table, [](const Policy& p) { return p.own.empty() != grants_own(p); }),
              "where a role reaches its own, the row says what that is");
static_assert(std::ranges::all_of(table,
                                  [](const Policy& p) {
                                    return p.listener == Listener::everywhere || is_for_staff_only(p);
                                  }),
              "operations routes are for staff");
static_assert(std::ranges::all_of(table,
                                  [](const Policy& p) { return !p.open || p.record == Record::never; }),
              "without a token nobody knows who it was");
static_assert(std::ranges::all_of(table, [](const Policy& p) {
  return std::ranges::count(table, p.operation, &Policy::operation) == 1;
}));

}  // namespace

std::span<const Policy> policies() { return table; }

const Policy* find_policy(std::string_view operation) {
  const auto* found = std::ranges::find(table, operation, &Policy::operation);
  return found == table.end() ? nullptr : found;
}

Reach reach_of(const Policy& policy, const Caller& caller) {
  Reach farthest = none;
  for (const RoleName role : caller.roles) farthest = std::max(farthest, policy.grants.to(role));
  return farthest;
}

std::string describe_roles(const Policy& policy) {
  if (policy.open) return "nobody needs a token";
  std::string text;
  for (const RoleName role : all_roles) {
    const Reach reach = policy.grants.to(role);
    if (reach == none) continue;
    text.append(text.empty() ? "" : ", ").append(to_text(role)).append(reach == own ? " (own)" : "");
  }
  return text;
}

std::string name_roles(const Policy& policy) {
  std::string text;
  std::string_view last;
  for (const RoleName role : all_roles) {
    if (policy.grants.to(role) == none) continue;
    if (!last.empty()) text.append(text.empty() ? "" : ", ").append(last);
    last = to_text(role);
  }
  return text.append(text.empty() ? "" : " or ").append(last);
}

}  // namespace bursar::auth
