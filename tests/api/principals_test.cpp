// /ops/principals, /ops/secrets and /ops/keys over HTTP, and that a change is felt by whoever holds a token.
#include <boost/json/array.hpp>
#include <set>

#include "access_stage.hpp"
#include "testing/binary.hpp"

namespace bursar::api::test {
namespace {

class PrincipalsApi : public AccessTest {};
class KeysApi : public AccessTest {};

TEST_F(PrincipalsApi, ANewOneHasALogInThatIsShownOnce) {
  const Answer made =
      admin_sends("POST", "/ops/principals", R"({"name":"Shop","role":"service","rate_limit":"create=5/s"})");
  ASSERT_EQ(made.status, 201) << made.body;
  const std::string id = made.text("id");
  EXPECT_EQ(made.field("Location"), "/ops/principals/" + id);
  EXPECT_TRUE(made.object().at("secrets").as_array().at(0).as_object().contains("client_secret"));
  const Answer shown = admin_sends("GET", "/ops/principals/" + id);
  EXPECT_EQ(shown.text("name"), "Shop");
  EXPECT_EQ(shown.text("role"), "service");
  EXPECT_EQ(shown.text("rate_limit"), "create=5/s");
  EXPECT_EQ(shown.object().at("secrets").as_array().size(), 1u);
  EXPECT_EQ(shown.body.find("client_secret"), std::string::npos) << "kept nowhere";
  EXPECT_EQ(shown.body.find("argon2"), std::string::npos);
}

TEST_F(PrincipalsApi, OneOfAForeignIssuerHasNoSecretAndComesOnce) {
  const std::string body =
      R"({"name":"Grace","role":"operator","issuer":"https://login.example.test","subject":"grace"})";
  const Answer made = admin_sends("POST", "/ops/principals", body);
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_FALSE(made.object().contains("secrets"));
  EXPECT_EQ(made.text("subject"), "grace");
  check_refused(admin_sends("POST", "/ops/principals", body), 409, "conflict");
  check_faults(admin_sends("POST", "/ops/principals", R"({"name":"G","role":"operator","issuer":"x"})"),
               {"/subject missing"});
}

TEST_F(PrincipalsApi, AllFaultsOfABodyAreSaidAtOnce) {
  check_faults(admin_sends("POST", "/ops/principals", R"({"name":"","role":"owner","id":"x"})"),
               {"/name too_short", "/role malformed", "/id unknown_field"});
  check_faults(admin_sends("POST", "/ops/principals/" + std::string(boss) + "/secrets",
                           R"({"expires_at":"2020-01-01T00:00:00Z"})"),
               {"/expires_at too_small"});
}

TEST_F(PrincipalsApi, ListsPageByPage) {
  std::set<std::string> made;
  for (int i = 0; i < 5; ++i) made.insert(create("service").id);
  std::set<std::string> listed;
  std::string cursor;
  for (int page = 0; page < 3; ++page) {
    const Answer answer = admin_sends(
        "GET", "/ops/principals?role=service&limit=2" + (cursor.empty() ? "" : "&cursor=" + cursor));
    ASSERT_EQ(answer.status, 200) << answer.body;
    const auto body = answer.object();
    for (const auto& one : body.at("principals").as_array())
      listed.insert(std::string(one.as_object().at("id").as_string()));
    if (const auto* next = body.if_contains("next_cursor"))
      cursor = std::string(next->as_string());
    else
      cursor.clear();
  }
  EXPECT_EQ(listed, made);
  EXPECT_EQ(cursor, "");
  const Answer first = admin_sends("GET", "/ops/principals?limit=1");
  check_faults(admin_sends("GET", "/ops/principals?role=service&cursor=" + first.text("next_cursor")),
               {"cursor invalid_cursor"});
}

TEST_F(PrincipalsApi, ARevokedOneIsRefusedWithinTheBoundAndARestoredOneNeedsANewToken) {
  make_keys();
  const Account account = create("service");
  const std::string token = token_of(account);
  const Request look = get("/payments", token);
  EXPECT_EQ(send(look).status, 200);
  const Answer revoked = admin_sends("POST", "/ops/principals/" + account.id + "/revoke");
  EXPECT_EQ(revoked.status, 200) << revoked.body;
  EXPECT_NE(revoked.text("revoked_at"), "(absent)");
  wait_for_status(look, 401);
  EXPECT_EQ(log_in(account).status, 401);
  // Some time later.
  database_.query(
      "UPDATE principals SET revoked_at = revoked_at - interval '32 s' WHERE revoked_at IS NOT NULL");
  const Answer restored = admin_sends("POST", "/ops/principals/" + account.id + "/restore");
  EXPECT_EQ(restored.text("revoked_at"), "(absent)");
  EXPECT_TRUE(testing::eventually([&] { return send(get("/payments", token_of(account))).status == 200; }));
  EXPECT_EQ(send(look).status, 401) << "a token from before the revocation";
}

TEST_F(PrincipalsApi, AChangedRoleIsFeltByTokensThatAreOut) {
  make_keys();
  const Account account = create("customer");
  const Request figures = get("/analytics/daily", token_of(account));
  EXPECT_EQ(send(figures).status, 403);
  const Answer changed = admin_sends("PATCH", "/ops/principals/" + account.id, R"({"role":"analyst"})");
  EXPECT_EQ(changed.text("role"), "analyst");
  wait_for_status(figures, 200);
  EXPECT_EQ(admin_sends("PATCH", "/ops/principals/" + account.id, R"({"role":"customer"})").status, 200);
  wait_for_status(figures, 403);
}

TEST_F(PrincipalsApi, NobodyTakesTheOwnRightsAway) {
  EXPECT_EQ(admin_sends("GET", "/ops/principals").status, 200);
  const std::string self = "/ops/principals/" + std::string(boss);
  check_refused(admin_sends("PATCH", self, R"({"role":"customer"})"), 409, "conflict");
  check_refused(admin_sends("POST", self + "/revoke"), 409, "conflict");
  EXPECT_EQ(admin_sends("PATCH", self, R"({"name":"The boss"})").text("name"), "The boss");
}

TEST_F(PrincipalsApi, WhatIsNotThereIs404) {
  const std::string nobody = "/ops/principals/00000000-0000-4000-8000-000000000000";
  check_refused(admin_sends("GET", nobody), 404, "not_found");
  check_refused(admin_sends("GET", "/ops/principals/nobody"), 404, "not_found");
  check_refused(admin_sends("PATCH", nobody, R"({"name":"x"})"), 404, "not_found");
  for (const char* what : {"/revoke", "/restore"})
    check_refused(admin_sends("POST", nobody + what), 404, "not_found");
  check_refused(admin_sends("POST", nobody + "/secrets", "{}"), 404, "not_found");
  check_refused(admin_sends("POST", "/ops/secrets/00000000-0000-4000-8000-000000000000/revoke"), 404,
                "not_found");
  check_refused(admin_sends("POST", "/ops/keys/key-nobodys/revoke"), 404, "not_found");
}

TEST_F(PrincipalsApi, SecretsHaveABound) {
  const Account account = create("service");
  const std::string path = "/ops/principals/" + account.id + "/secrets";
  for (std::size_t n = 1; n < limits::client_secrets; ++n)
    EXPECT_EQ(admin_sends("POST", path, R"({"expires_at":"2099-01-01T00:00:00Z"})").status, 201);
  check_refused(admin_sends("POST", path, "{}"), 409, "conflict");
}

TEST_F(PrincipalsApi, AForeignOneGetsNoSecret) {
  const Answer made = admin_sends(
      "POST", "/ops/principals",
      R"({"name":"Alice","role":"support","issuer":"https://login.example.test","subject":"alice"})");
  ASSERT_EQ(made.status, 201) << made.body;
  const Answer refused = admin_sends("POST", "/ops/principals/" + made.text("id") + "/secrets", "{}");
  check_refused(refused, 409, "conflict");
  EXPECT_NE(refused.text("detail").find("its issuer"), std::string::npos) << refused.body;
}

TEST_F(PrincipalsApi, EveryChangeIsOnRecord) {
  const Account account = create("service");
  admin_sends("PATCH", "/ops/principals/" + account.id, R"({"name":"Zoe","role":"support"})");
  admin_sends("POST", "/ops/principals/" + account.id + "/revoke");
  admin_sends("POST", "/ops/secrets/" + account.secret_id + "/revoke");
  EXPECT_EQ(
      value(
          fmt::format("SELECT string_agg(operation || ' ' || coalesce(detail, '-') || ' ' || status, ', ' "
                      "ORDER BY recorded_at) FROM staff_actions WHERE target = '{}' AND principal_id = '{}'",
                      account.id, boss)),
      fmt::format(
          "createPrincipal role=service 201, changePrincipal role=support name=… 200, revokePrincipal - 200, "
          "revokeSecret secret={} 200",
          account.secret_id));
}

TEST_F(PrincipalsApi, TheFirstSightOfADevelopmentTokenMakesARow) {
  const std::string stranger = "0199b000-0000-7000-8000-0000000000aa";
  EXPECT_EQ(send(get("/payments", token(stranger, {auth::RoleName::analyst}))).status, 200);
  EXPECT_EQ(value("SELECT role FROM principals WHERE principal_id = '" + stranger + "'"), "analyst");
  const std::string other = "0199b000-0000-7000-8000-0000000000bb";
  EXPECT_EQ(send(get("/analytics/daily", plain_token(other, {auth::RoleName::analyst}))).status, 403)
      << "another key of ours makes customers";
  EXPECT_EQ(value("SELECT role FROM principals WHERE principal_id = '" + other + "'"), "customer");
}

TEST_F(PrincipalsApi, ManyFirstSightsAtOnceMakeOneRow) {
  const std::string stranger = "0199b000-0000-7000-8000-0000000000cc";
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&, i] {
      const std::string own =
          token(stranger, std::vector(static_cast<std::size_t>(1 + i % 2), auth::RoleName::customer));
      if (send(get("/payments", own)).status == 200) ++good;
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 8);
  EXPECT_EQ(value("SELECT count(*) FROM principals WHERE principal_id = '" + stranger + "'"), "1");
}

std::string states(const Answer& answer) {
  std::string text;
  const auto body = answer.object();
  for (const auto& key : body.at("keys").as_array())
    text += std::string(key.as_object().at("state").as_string()) + " ";
  return text;
}

TEST_F(KeysApi, OneSignsAndOneWaits) {
  EXPECT_EQ(states(admin_sends("GET", "/ops/keys")), "");
  EXPECT_EQ(states(admin_sends("POST", "/ops/keys")), "next active ");
  check_refused(admin_sends("POST", "/ops/keys"), 409, "conflict");
}

TEST_F(KeysApi, RotationWaitsUntilTheNextKeyIsKnownEverywhere) {
  make_keys();
  const Answer early = admin_sends("POST", "/ops/keys/rotate");
  check_refused(early, 409, "conflict");
  EXPECT_NE(early.text("detail").find("rotate in "), std::string::npos) << early.body;
  database_.query("UPDATE token_keys SET created_at = created_at - interval '2 min'");
  EXPECT_EQ(states(admin_sends("POST", "/ops/keys/rotate")), "next active retired ");
}

TEST_F(KeysApi, NothingIsRotatedWithoutAWaitingKeyOrItsPrivateHalf) {
  check_refused(admin_sends("POST", "/ops/keys/rotate"), 409, "conflict");
  make_keys();
  value(
      "UPDATE token_keys SET created_at = created_at - interval '2 min', sealed_private = '\\x00' WHERE "
      "state = "
      "'next' RETURNING 1");
  const Answer unreadable = admin_sends("POST", "/ops/keys/rotate");
  check_refused(unreadable, 409, "conflict");
  EXPECT_NE(unreadable.text("detail").find("BURSAR_KEY_ENCRYPTION_KEY"), std::string::npos);
}

TEST_F(KeysApi, ARevokedKeysTokensAreRefusedAndSigningGoesOn) {
  const std::string signing = make_keys();
  const Account account = create("service");
  const Request look = get("/payments", token_of(account));
  EXPECT_EQ(send(look).status, 200);
  EXPECT_EQ(states(admin_sends("POST", "/ops/keys/" + signing + "/revoke")), "next active revoked ");
  wait_for_status(look, 401);
  EXPECT_EQ(send({.target = "/.well-known/jwks.json"}).body.find(signing), std::string::npos);
  EXPECT_EQ(send(get("/payments", token_of(account))).status, 200);
}

TEST_F(KeysApi, NoAnswerHoldsAPrivateHalf) {
  make_keys();
  for (const Answer& answer : {admin_sends("GET", "/ops/keys"), send({.target = "/.well-known/jwks.json"})}) {
    EXPECT_EQ(answer.body.find("sealed"), std::string::npos);
    EXPECT_EQ(answer.body.find("\"d\""), std::string::npos);
  }
}

}  // namespace
}  // namespace bursar::api::test
