// `bursar principals create|list|show|change|revoke|restore|new-secret|revoke-secret` and `bursar keys
// list|create|rotate|revoke`: the operations API for people.
#pragma once
#include <optional>
#include <string>

#include "cli/payments.hpp"

namespace bursar::cli {

struct PrincipalArguments {
  /// Of the principal, or of the secret for revoke-secret.
  std::string id;
  std::optional<std::string> name, role, rate_limit, issuer, subject, expires_at;
  std::size_t limit = 50;
  /// Writes to the database itself: for the first administrator.
  bool direct = false;
};

/// Every member that was given. A secret in the answer is printed once and kept nowhere.
Task<Printed> create_principal(Remote& ops, PrincipalArguments arguments, Format format);
/// Follows cursors until `limit` principals are there or the list ends.
Task<Printed> list_principals(Remote& ops, PrincipalArguments arguments, Format format);
Task<Printed> show_principal(Remote& ops, std::string id, Format format);
Task<Printed> change_principal(Remote& ops, PrincipalArguments arguments, Format format);
Task<Printed> revoke_principal(Remote& ops, std::string id, Format format);
Task<Printed> restore_principal(Remote& ops, std::string id, Format format);
Task<Printed> new_secret(Remote& ops, PrincipalArguments arguments, Format format);
Task<Printed> revoke_secret(Remote& ops, std::string id, Format format);

Task<Printed> list_keys(Remote& ops, Format format);
Task<Printed> create_keys(Remote& ops, Format format);
Task<Printed> rotate_keys(Remote& ops, Format format);
Task<Printed> revoke_key(Remote& ops, std::string id, Format format);

/// A principal as it was made, with its log-in, for the verb that makes it without a server too.
Printed print_made(const json::object& principal, Format format);

}  // namespace bursar::cli
