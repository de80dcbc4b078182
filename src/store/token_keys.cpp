#include "store/token_keys.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "sql.hpp"

namespace bursar::store {
namespace {

constexpr std::array<std::pair<TokenKeyState, std::string_view>, 4> states{{
    {TokenKeyState::next, "next"},
    {TokenKeyState::active, "active"},
    {TokenKeyState::retired, "retired"},
    {TokenKeyState::revoked, "revoked"},
}};

TokenKeyState parse_state(std::string_view text) {
  const auto* found = std::ranges::find(states, text, &std::pair<TokenKeyState, std::string_view>::second);
  CHECK(found != states.end());
  return found->first;
}

TokenKey read_key(const pg::Row& row) {
  TokenKey key;
  key.id = row.get<std::string>("key_id");
  key.algorithm = row.get<std::string>("algorithm");
  key.public_jwk = row.get<std::string>("public_jwk");
  if (auto sealed = row.get_optional<std::vector<std::uint8_t>>("sealed_private"))
    key.sealed_private = std::move(*sealed);
  key.state = parse_state(row.get<std::string_view>("state"));
  key.created_at = row.get<Instant>("created_at");
  key.activated_at = row.get_optional<Instant>("activated_at");
  key.retired_at = row.get_optional<Instant>("retired_at");
  key.revoked_at = row.get_optional<Instant>("revoked_at");
  key.seen_at = row.get<Instant>("seen_at");
  return key;
}

const TokenKey* in_state(const std::vector<TokenKey>& keys, TokenKeyState state) {
  const auto found = std::ranges::find(keys, state, &TokenKey::state);
  return found == keys.end() ? nullptr : &*found;
}

}  // namespace

std::string_view to_text(TokenKeyState state) {
  return std::ranges::find(states, state, &std::pair<TokenKeyState, std::string_view>::first)->second;
}

Task<std::vector<TokenKey>> TokenKeys::list(milliseconds deadline) {
  const pg::Params none;
  const auto result = co_await connection_->run(sql::token_keys, none, deadline);
  std::vector<TokenKey> keys;
  keys.reserve(static_cast<std::size_t>(result.rows()));
  for (const auto row : result) keys.push_back(read_key(row));
  co_return keys;
}

Task<std::vector<std::string>> TokenKeys::complete(NewTokenKey active, NewTokenKey next) {
  co_await lock();
  const auto keys = co_await list();
  std::vector<std::string> made;
  if (in_state(keys, TokenKeyState::active) == nullptr) {
    co_await add(active, TokenKeyState::active);
    made.push_back(active.id);
  }
  if (in_state(keys, TokenKeyState::next) == nullptr) {
    co_await add(next, TokenKeyState::next);
    made.push_back(next.id);
  }
  co_return made;
}

Task<TokenKeys::Rotation> TokenKeys::rotate(NewTokenKey next, std::chrono::seconds published_for) {
  co_await lock();
  const auto keys = co_await list();
  const TokenKey* waiting = in_state(keys, TokenKeyState::next);
  if (waiting == nullptr) co_return Rotation::nothing_waits;
  if (waiting->seen_at - waiting->created_at < published_for) co_return Rotation::waits_too_short;
  const pg::Params none;
  co_await connection_->run(sql::retire_token_key, none);
  co_await promote();
  co_await add(next, TokenKeyState::next);
  co_return Rotation::rotated;
}

Task<TokenKeys::Revocation> TokenKeys::revoke(std::string id, NewTokenKey next) {
  co_await lock();
  const auto keys = co_await list();
  const auto found = std::ranges::find(keys, id, &TokenKey::id);
  if (found == keys.end()) co_return Revocation::no_such_key;
  pg::Params params;
  params.add(std::string_view(id));
  const auto revoked = co_await connection_->run(sql::revoke_token_key, params);
  if (revoked.empty()) co_return Revocation::was_revoked;
  if (found->state != TokenKeyState::active && found->state != TokenKeyState::next)
    co_return Revocation::revoked;
  const bool promotes =
      found->state == TokenKeyState::active && in_state(keys, TokenKeyState::next) != nullptr;
  if (promotes) co_await promote();
  const bool signs = found->state == TokenKeyState::active && !promotes;
  const auto place = signs ? TokenKeyState::active : TokenKeyState::next;
  co_await add(next, place);
  co_return Revocation::revoked;
}

Task<> TokenKeys::lock() {
  const pg::Params none;
  co_await connection_->run(sql::lock_access, none);
}

Task<> TokenKeys::promote() {
  const pg::Params none;
  co_await connection_->run(sql::promote_token_key, none);
}

Task<> TokenKeys::add(const NewTokenKey& key, TokenKeyState state) {
  pg::Params params;
  params.add(std::string_view(key.id))
      .add(std::string_view(key.algorithm))
      .add(pg::Jsonb{key.public_jwk})
      .add(std::span<const std::uint8_t>(key.sealed_private))
      .add(to_text(state));
  co_await connection_->run(sql::add_token_key, params);
}

}  // namespace bursar::store
