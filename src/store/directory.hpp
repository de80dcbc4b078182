// Principals and their client secrets as administrators change them, on a connection with the role operator.
// Each call is one statement: what is recorded about it goes into the caller's transaction. A changed role,
// limit or revocation goes into the feed of changes by itself (store/access_feed.hpp).
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "pg/connection.hpp"
#include "store/principals.hpp"

namespace bursar::store {

struct NewPrincipal {
  PrincipalId id;
  /// Both empty: one of our own.
  std::string issuer, subject;
  std::string name;
  std::string role;
  std::optional<std::string> rate_limit;
};

/// What is absent stays; an empty rate limit takes the override away.
struct PrincipalChange {
  std::optional<std::string> name, role, rate_limit;
};

/// A client secret without its text, which nobody keeps.
struct ClientSecret {
  Uuid id;
  PrincipalId principal;
  Instant created_at;
  std::optional<Instant> expires_at, revoked_at;
};

struct NewSecret {
  Uuid id;
  PrincipalId principal;
  std::string hash;
  std::optional<Instant> expires_at;
};

class Directory {
 public:
  explicit Directory(pg::Connection& connection) : connection_(&connection) {}

  /// nullopt when the id or (issuer, subject) is there already.
  Task<std::optional<Principal>> create(NewPrincipal principal);
  Task<std::optional<Principal>> find(PrincipalId id);
  /// The latest id first, below `below`; at most `limit`.
  Task<std::vector<Principal>> list(std::optional<std::string> role, std::optional<PrincipalId> below,
                                    std::size_t limit);
  // The principal as it is then; nullopt when there is none. A second time changes nothing.
  Task<std::optional<Principal>> change(PrincipalId id, PrincipalChange change);
  Task<std::optional<Principal>> revoke(PrincipalId id);
  Task<std::optional<Principal>> restore(PrincipalId id);

  /// nullopt when there is no such principal, when it has limits::client_secrets good ones already, or when
  /// the secret's id is taken.
  Task<std::optional<ClientSecret>> add_secret(NewSecret secret);
  /// The newest, at most limits::client_secrets_listed.
  Task<std::vector<ClientSecret>> secrets_of(PrincipalId id);
  Task<std::optional<ClientSecret>> revoke_secret(Uuid id);

 private:
  Task<std::optional<Principal>> one(const pg::Statement& statement, const pg::Params& params);

  pg::Connection* connection_;
};

}  // namespace bursar::store
