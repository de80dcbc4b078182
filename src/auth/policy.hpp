// Who may do what: one table operation × role × reach. The router decides by it, the specification and
// docs/reference/access.md print it, tests/api/access_matrix_test.cpp holds it against a table of its own.
// What is not in the table is denied; a route without a row, and a row without a route, stop the start.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "auth/caller.hpp"

namespace bursar::auth {

/// How far a role reaches in an operation.
enum class Reach : std::uint8_t {
  none,  // 403
  own,   // what Policy::own says; everything else is 404, as if it were not there
  any,
};

/// What is not named is denied.
struct Grants {
  Reach customer = Reach::none;
  Reach service = Reach::none;
  Reach support = Reach::none;
  Reach analyst = Reach::none;
  Reach operations = Reach::none;
  Reach admin = Reach::none;

  constexpr Reach to(RoleName role) const {
    const Reach by_role[] = {customer, service, support, analyst, operations, admin};
    return by_role[static_cast<std::size_t>(role)];
  }
};

/// When what staff do in an operation goes to the audit log (store/staff_log.hpp). What staff are refused
/// (403) always does.
enum class Record : std::uint8_t {
  never,   // nothing about people, and nothing changes
  read,    // before the answer leaves
  change,  // in the transaction of the change, by the store; when nothing changed, before the answer leaves
};

/// Where an operation exists. The operations listener has the public routes again.
enum class Listener : std::uint8_t { everywhere, operations };

/// What the rate limits take a request for (api/admission.hpp).
enum class Traffic : std::uint8_t {
  ordinary,
  payment,
  log_in,  // by budgets of its own, which its handler asks: a neighbour at its address must not reach them
  health,  // never limited: whoever asks decides whether this process gets requests at all
};

struct Policy {
  /// operationId of the route.
  std::string_view operation;
  Listener listener = Listener::everywhere;
  /// No token is looked at.
  bool open = false;
  Grants grants = {};
  /// What `own` means here, as the end of "own is …".
  std::string_view own = {};
  Record record = Record::never;
  Traffic traffic = Traffic::ordinary;
};

inline constexpr RoleName all_roles[] = {RoleName::customer, RoleName::service,    RoleName::support,
                                         RoleName::analyst,  RoleName::operations, RoleName::admin};

/// The table, in the order of the documentation.
std::span<const Policy> policies();
/// nullptr: nobody may.
const Policy* find_policy(std::string_view operation);

/// The farthest of the caller's roles.
Reach reach_of(const Policy& policy, const Caller& caller);

/// "customer (own), service, admin"; "nobody needs a token" where it is open.
std::string describe_roles(const Policy& policy);
/// "customer or service": who may at all.
std::string name_roles(const Policy& policy);

}  // namespace bursar::auth
