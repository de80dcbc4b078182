// The keys that sign our tokens: one signs, one is published and waits, retired ones verify until their last
// token has expired. Changes are calls of an administrator on a connection with the role operator, inside the
// caller's transaction; they wait for each other and go into the feed of changes by themselves.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/limits.hpp"
#include "pg/connection.hpp"

namespace bursar::store {

enum class TokenKeyState { next, active, retired, revoked };
std::string_view to_text(TokenKeyState state);

struct TokenKey {
  std::string id;          // kid
  std::string algorithm;   // EdDSA, ES256
  std::string public_jwk;  // RFC 7517, as JSON
  /// Sealed with BURSAR_KEY_ENCRYPTION_KEY; empty once the key signs no more.
  std::vector<std::uint8_t> sealed_private;
  TokenKeyState state = TokenKeyState::next;
  Instant created_at;
  std::optional<Instant> activated_at, retired_at, revoked_at;
  /// The database's clock when this was read.
  Instant seen_at;
};

struct NewTokenKey {
  std::string id, algorithm, public_jwk;
  std::vector<std::uint8_t> sealed_private;
};

class TokenKeys {
 public:
  explicit TokenKeys(pg::Connection& connection) : connection_(&connection) {}

  /// The newest first; retired and revoked ones for a day. Also with the role api.
  Task<std::vector<TokenKey>> list(milliseconds deadline = limits::statement_deadline);

  /// Makes `active` and `next` what is missing; returns the ids of those that were used.
  Task<std::vector<std::string>> complete(NewTokenKey active, NewTokenKey next);

  enum class Rotation { rotated, nothing_waits, waits_too_short };
  /// The waiting key signs, the signing one retires, `next` waits. Nothing happens when the waiting key has
  /// been published for less than `published_for`: others may not know it yet.
  Task<Rotation> rotate(NewTokenKey next, std::chrono::seconds published_for);

  enum class Revocation { revoked, was_revoked, no_such_key };
  /// What the key signed counts no more. Was it the signing one, the waiting one signs at once; `next` takes
  /// the place that becomes free.
  Task<Revocation> revoke(std::string id, NewTokenKey next);

 private:
  Task<> lock();
  Task<> add(const NewTokenKey& key, TokenKeyState state);
  Task<> promote();

  pg::Connection* connection_;
};

}  // namespace bursar::store
