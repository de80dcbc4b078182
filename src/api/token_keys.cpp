#include "api/token_keys.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/limits.hpp"

namespace bursar::api {
namespace {

using store::TokenKeyState;

http::Response answer_keys(const std::vector<store::TokenKey>& keys) {
  TokenKeysBody body;
  for (const store::TokenKey& key : keys)
    body.keys.push_back({key.id, key.algorithm, store::to_text(key.state), key.created_at, key.activated_at,
                         key.retired_at, key.revoked_at});
  return answer(body);
}

http::Response refuse_without_seal(const Call& call) {
  return refuse(call.request, problems::conflict,
                "This process has no BURSAR_KEY_ENCRYPTION_KEY, so it can make no key.");
}

Task<> commit(const Call& call, pg::Connection& connection, pg::Transaction& transaction,
              std::string detail) {
  auto action = call.staff_action(200);
  if (!detail.empty()) action.detail = std::move(detail);
  co_await store::record(connection, std::move(action));
  co_await transaction.commit();
}

/// Why the waiting key must not sign yet; empty when it may.
std::string complaint_about_next(const std::vector<store::TokenKey>& keys, const auth::KeySeal& seal) {
  const auto next = std::ranges::find(keys, TokenKeyState::next, &store::TokenKey::state);
  if (next == keys.end()) return "No key waits; make one first (POST /ops/keys).";
  if (!seal.open(next->id, next->sealed_private))
    return fmt::format(
        "The waiting key {} was sealed with another BURSAR_KEY_ENCRYPTION_KEY; revoke it first.", next->id);
  const auto published_for = std::chrono::floor<seconds>(next->seen_at - next->created_at);
  if (published_for >= limits::key_published_for) return {};
  return fmt::format(
      "The waiting key {} has been published for {} s, and others may hold a list that is older; rotate in "
      "{} s.",
      next->id, published_for.count(), (seconds(limits::key_published_for) - published_for).count());
}

}  // namespace

store::NewTokenKey make_token_key(const KeyMaker& maker) {
  CHECK(maker.seal.has_value());
  const auth::Key key = auth::make_signing_key(maker.random);
  store::NewTokenKey made;
  made.id = key.id;
  made.algorithm = auth::to_text(key.algorithm);
  made.public_jwk = auth::public_jwk(key);
  made.sealed_private = maker.seal->seal(key.id, key.signing, maker.random);
  return made;
}

Task<http::Response> list_keys(const Call&, pg::Pool& operations) {
  const auto connection = co_await operations.lease(limits::connect_deadline);
  store::TokenKeys keys(*connection);
  const auto listed = co_await keys.list();
  co_return answer_keys(listed);
}

Task<http::Response> create_keys(const Call& call, pg::Pool& operations, const KeyMaker& maker) {
  if (!maker.seal) co_return refuse_without_seal(call);
  const auto connection = co_await operations.lease(limits::connect_deadline);
  auto transaction = co_await pg::Transaction::begin(*connection);
  store::TokenKeys keys(*connection);
  auto active = make_token_key(maker), next = make_token_key(maker);
  const auto made = co_await keys.complete(std::move(active), std::move(next));
  if (made.empty()) {
    co_await transaction.rollback();
    co_return refuse(call.request, problems::conflict,
                     "One key signs and one waits; rotate (POST /ops/keys/rotate) instead.");
  }
  const auto listed = co_await keys.list();
  std::string ids = "kid=" + made.front() + (made.size() > 1 ? "," + made.back() : "");
  co_await commit(call, *connection, transaction, std::move(ids));
  co_return answer_keys(listed);
}

Task<http::Response> rotate_keys(const Call& call, pg::Pool& operations, const KeyMaker& maker) {
  if (!maker.seal) co_return refuse_without_seal(call);
  const auto connection = co_await operations.lease(limits::connect_deadline);
  auto transaction = co_await pg::Transaction::begin(*connection);
  store::TokenKeys keys(*connection);
  const auto before = co_await keys.list();
  std::string complaint = complaint_about_next(before, *maker.seal);
  auto next = make_token_key(maker);
  auto rotation = store::TokenKeys::Rotation::nothing_waits;
  if (complaint.empty()) rotation = co_await keys.rotate(std::move(next), limits::key_published_for);
  if (rotation != store::TokenKeys::Rotation::rotated) {
    co_await transaction.rollback();
    if (complaint.empty()) complaint = "Somebody else has just changed the keys; look again.";
    co_return refuse(call.request, problems::conflict, complaint);
  }
  const auto listed = co_await keys.list();
  co_await commit(call, *connection, transaction, "");
  co_return answer_keys(listed);
}

Task<http::Response> revoke_key(const Call& call, pg::Pool& operations, const KeyMaker& maker) {
  if (!maker.seal) co_return refuse_without_seal(call);
  const auto connection = co_await operations.lease(limits::connect_deadline);
  auto transaction = co_await pg::Transaction::begin(*connection);
  store::TokenKeys keys(*connection);
  auto next = make_token_key(maker);
  const auto revocation = co_await keys.revoke(call.id, std::move(next));
  if (revocation == store::TokenKeys::Revocation::no_such_key) {
    co_await transaction.rollback();
    co_return refuse_not_found(call.request);
  }
  const auto listed = co_await keys.list();
  co_await commit(call, *connection, transaction, "");
  co_return answer_keys(listed);
}

}  // namespace bursar::api
