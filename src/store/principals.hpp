// Who may call, as the API asks while it answers: a principal by its id or by what a foreign issuer calls it,
// the first sight of a customer, and what a log-in is compared with. For people who change principals:
// store/directory.hpp.
#pragma once
#include <optional>
#include <string>

#include "domain/ids.hpp"
#include "pg/pool.hpp"

namespace bursar::store {

/// The issuer of our own principals. Their subject is their id.
inline constexpr std::string_view own_issuer;

struct Principal {
  PrincipalId id;
  std::string issuer;   // ≤ 255; own_issuer or a foreign `iss`
  std::string subject;  // ≤ 255
  std::string name;     // for people, ≤ 100
  std::string role;     // customer, service, support, analyst, operator, admin
  Instant created_at;
  std::optional<Instant> revoked_at;
  /// Tokens issued earlier are refused.
  std::optional<Instant> tokens_from;
  /// Instead of the policy of its route class, ≤ 255.
  std::optional<std::string> rate_limit;
};

/// What was true when change `as_of` of the feed (store/access_feed.hpp) was the latest.
struct Sighting {
  std::optional<Principal> principal;
  std::int64_t as_of = 0;
};

/// The stored half of a client secret that is good now.
struct Login {
  std::string hash;
  std::string role;
};

class Principals {
 public:
  /// Connections with the role api.
  explicit Principals(pg::Pool& pool) : pool_(&pool) {}
  /// One of our own.
  Task<Sighting> find(PrincipalId id);
  Task<Sighting> find_foreign(std::string issuer, std::string subject);
  /// A customer, unless the id or the subject is there already; then nothing happens. Both ≤ 255.
  Task<> meet(PrincipalId id, std::string issuer, std::string subject);
  /// nullopt when principal or secret is unknown, revoked or expired: the same for all of them.
  Task<std::optional<Login>> find_login(PrincipalId id, Uuid secret);

 private:
  pg::Pool* pool_;
};

}  // namespace bursar::store
