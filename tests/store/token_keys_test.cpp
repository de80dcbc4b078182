// The keys of our tokens through their life: one signs, one waits, and signing never stops.
#include "store/token_keys.hpp"
#include "stage.hpp"
#include "store/access_feed.hpp"

namespace bursar::store::test {
namespace {

constexpr std::chrono::seconds at_once(0);

NewTokenKey key(std::string id) {
  NewTokenKey made;
  made.public_jwk = R"({"kty":"OKP","crv":"Ed25519","kid":")" + id + R"("})";
  made.id = std::move(id);
  made.algorithm = "EdDSA";
  made.sealed_private = {1, 2, 3};
  return made;
}

/// Runs one change as a transaction of its own.
template <class T>
Task<T> commit(Stage& stage, Task<T> (*change)(TokenKeys& keys)) {
  auto* connection = co_await stage.as(Role::operations);
  auto transaction = co_await pg::Transaction::begin(*connection);
  TokenKeys keys(*connection);
  T result = co_await change(keys);
  co_await transaction.commit();
  co_return result;
}

/// "a active, b next", in the order of their ids.
Task<std::string> states(Stage& stage) {
  co_return co_await stage.text(
      "(SELECT string_agg(key_id || ' ' || state, ', ' ORDER BY key_id) FROM token_keys)");
}

Task<> complete(Stage& stage) {
  const auto made = co_await commit<std::vector<std::string>>(
      stage, [](TokenKeys& keys) { return keys.complete(key("a"), key("b")); });
  EXPECT_EQ(made, (std::vector<std::string>{"a", "b"}));
}

TEST(TokenKeys, AListIsWaitedForNoLongerThanAsked) {
  on_stage([](Stage& stage) -> Task<> {
    auto* holder = co_await stage.owner();
    const std::string hold = "BEGIN; LOCK TABLE token_keys";
    co_await holder->run_script(hold, limits::statement_deadline);
    auto* api = co_await stage.as(Role::api);
    TokenKeys keys(*api);
    bool gave_up = false;
    try {
      co_await keys.list(milliseconds(20));
    } catch (const pg::ConnectionLost&) {
      gave_up = true;  // the server itself would have answered, after its lock_timeout
    }
    EXPECT_TRUE(gave_up);
    const std::string release = "ROLLBACK";
    co_await holder->run_script(release, limits::statement_deadline);
  });
}

TEST(TokenKeys, WhatIsMissingIsMadeOnce) {
  on_stage([](Stage& stage) -> Task<> {
    co_await complete(stage);
    EXPECT_EQ(co_await states(stage), "a active, b next");
    const auto again = co_await commit<std::vector<std::string>>(
        stage, [](TokenKeys& keys) { return keys.complete(key("c"), key("d")); });
    EXPECT_TRUE(again.empty());
    auto* api = co_await stage.as(Role::api);
    TokenKeys keys(*api);
    const auto listed = co_await keys.list();
    EXPECT_EQ(listed.size(), 2u);
    EXPECT_EQ(listed[0].id, "b") << "the newest first";
    EXPECT_EQ(listed[0].sealed_private, (std::vector<std::uint8_t>{1, 2, 3}));
    EXPECT_TRUE(listed[1].activated_at);
    EXPECT_GT(listed[1].seen_at, listed[1].created_at);
  });
}

TEST(TokenKeys, RotationRetiresPromotesAndPublishesTheNext) {
  on_stage([](Stage& stage) -> Task<> {
    co_await complete(stage);
    const auto early = co_await commit<TokenKeys::Rotation>(
        stage, [](TokenKeys& keys) { return keys.rotate(key("c"), std::chrono::hours(1)); });
    EXPECT_EQ(early, TokenKeys::Rotation::waits_too_short);
    EXPECT_EQ(co_await states(stage), "a active, b next");
    const auto rotated = co_await commit<TokenKeys::Rotation>(
        stage, [](TokenKeys& keys) { return keys.rotate(key("c"), at_once); });
    EXPECT_EQ(rotated, TokenKeys::Rotation::rotated);
    EXPECT_EQ(co_await states(stage), "a retired, b active, c next");
    EXPECT_EQ(co_await stage.count("token_keys WHERE key_id = 'a' AND sealed_private IS NULL"), 1)
        << "what signs no more keeps no private half";
    auto* api = co_await stage.as(Role::api);
    AccessFeed feed(*api);
    const auto news = co_await feed.poll(2);
    EXPECT_EQ(news.keys, (std::vector<std::string>{"a", "b", "c"}));
  });
}

TEST(TokenKeys, WithoutAWaitingKeyNothingRotates) {
  on_stage([](Stage& stage) -> Task<> {
    const auto nothing = co_await commit<TokenKeys::Rotation>(
        stage, [](TokenKeys& keys) { return keys.rotate(key("c"), at_once); });
    EXPECT_EQ(nothing, TokenKeys::Rotation::nothing_waits);
    EXPECT_EQ(co_await states(stage), "");
  });
}

TEST(TokenKeys, ARevokedSigningKeyIsReplacedAtOnce) {
  on_stage([](Stage& stage) -> Task<> {
    co_await complete(stage);
    const auto revoked = co_await commit<TokenKeys::Revocation>(
        stage, [](TokenKeys& keys) { return keys.revoke("a", key("c")); });
    EXPECT_EQ(revoked, TokenKeys::Revocation::revoked);
    EXPECT_EQ(co_await states(stage), "a revoked, b active, c next");
    const auto again = co_await commit<TokenKeys::Revocation>(
        stage, [](TokenKeys& keys) { return keys.revoke("a", key("d")); });
    EXPECT_EQ(again, TokenKeys::Revocation::was_revoked);
    const auto unknown = co_await commit<TokenKeys::Revocation>(
        stage, [](TokenKeys& keys) { return keys.revoke("z", key("d")); });
    EXPECT_EQ(unknown, TokenKeys::Revocation::no_such_key);
    EXPECT_EQ(co_await states(stage), "a revoked, b active, c next");
  });
}

TEST(TokenKeys, AWaitingOrRetiredKeyIsRevokedWithoutTouchingTheSigningOne) {
  on_stage([](Stage& stage) -> Task<> {
    co_await complete(stage);
    co_await commit<TokenKeys::Revocation>(stage, [](TokenKeys& keys) { return keys.revoke("b", key("c")); });
    EXPECT_EQ(co_await states(stage), "a active, b revoked, c next");
    co_await commit<TokenKeys::Rotation>(stage,
                                         [](TokenKeys& keys) { return keys.rotate(key("d"), at_once); });
    co_await commit<TokenKeys::Revocation>(stage, [](TokenKeys& keys) { return keys.revoke("a", key("e")); });
    EXPECT_EQ(co_await states(stage), "a revoked, b revoked, c active, d next");
  });
}

TEST(TokenKeys, SigningGoesOnWhenNothingWaited) {
  on_stage([](Stage& stage) -> Task<> {
    co_await complete(stage);
    co_await stage.run(
        "UPDATE token_keys SET state = 'revoked', revoked_at = now(), sealed_private = NULL WHERE key_id = "
        "'b'");
    co_await commit<TokenKeys::Revocation>(stage, [](TokenKeys& keys) { return keys.revoke("a", key("c")); });
    EXPECT_EQ(co_await states(stage), "a revoked, b revoked, c active");
  });
}

TEST(TokenKeys, OldOnesLeaveTheList) {
  on_stage([](Stage& stage) -> Task<> {
    co_await complete(stage);
    co_await commit<TokenKeys::Revocation>(stage, [](TokenKeys& keys) { return keys.revoke("a", key("c")); });
    co_await stage.run("UPDATE token_keys SET revoked_at = now() - interval '25 h' WHERE key_id = 'a'");
    auto* api = co_await stage.as(Role::api);
    TokenKeys keys(*api);
    const auto listed = co_await keys.list();
    EXPECT_EQ(listed.size(), 2u);
  });
}

TEST(Schema, HoldsOneSigningKeyAndNoPrivateHalfInTheOpen) {
  on_stage([](Stage& stage) -> Task<> {
    co_await complete(stage);
    const auto insert = [](const char* jwk, const char* state, const char* sealed) {
      return fmt::format(
          "INSERT INTO token_keys (key_id, algorithm, public_jwk, state, sealed_private) VALUES ('x', "
          "'EdDSA', '{}', '{}', {})",
          jwk, state, sealed);
    };
    EXPECT_EQ(co_await stage.refusal(Role::operations, insert("{}", "active", "'x'")), "23505");
    EXPECT_EQ(co_await stage.refusal(Role::operations, insert("{}", "next", "'x'")), "23505");
    EXPECT_EQ(co_await stage.refusal(Role::operations, insert("{}", "retired", "'x'")), "23514");
    EXPECT_EQ(co_await stage.refusal(Role::operations, insert("{}", "next", "NULL")), "23514");
    EXPECT_EQ(co_await stage.refusal(Role::operations, insert(R"({"d":"secret"})", "next", "'x'")), "23514");
    EXPECT_EQ(co_await stage.refusal(
                  Role::operations,
                  "UPDATE token_keys SET state = 'retired', sealed_private = NULL WHERE key_id = 'a'"),
              "23514");
  });
}

}  // namespace
}  // namespace bursar::store::test
