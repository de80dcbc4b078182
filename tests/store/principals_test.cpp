// Principals as the API meets them and as administrators change them, on a real database.
#include "stage.hpp"
#include "store/directory.hpp"
#include "store/statements.hpp"

namespace bursar::store::test {
namespace {

constexpr std::string_view elsewhere = "https://login.example.test";

Task<Directory> directory(Stage& stage) {
  auto* connection = co_await stage.as(Role::operations);
  co_return Directory(*connection);
}

NewPrincipal somebody(int number, std::string role) {
  NewPrincipal made;
  made.id = principal(number);
  made.name = "Principal " + std::to_string(number);
  made.role = std::move(role);
  return made;
}

NewSecret secret_of(int number, int owner) {
  NewSecret made;
  made.id = uuid(number);
  made.principal = principal(owner);
  made.hash = "$argon2id$" + std::to_string(number);
  return made;
}

TEST(Principals, ACustomerIsMetOnceAndKeepsItsRole) {
  on_stage([](Stage& stage) -> Task<> {
    pg::Pool pool(stage.executor(), connect_as(stage.database(), Role::api), 1);
    Principals principals(pool);
    const auto nobody = co_await principals.find(principal(1));
    EXPECT_FALSE(nobody.principal);
    const std::string own(own_issuer), subject = principal(1).text();
    for (int time = 0; time < 2; ++time) co_await principals.meet(principal(1), own, subject);
    const auto met = co_await principals.find(principal(1));
    EXPECT_EQ(met.principal->role, "customer");
    EXPECT_EQ(met.principal->subject, subject);
    EXPECT_FALSE(met.principal->revoked_at);
    Directory admins = co_await directory(stage);
    PrincipalChange change;
    change.role = "support";
    co_await admins.change(principal(1), change);
    co_await principals.meet(principal(1), own, subject);
    const auto again = co_await principals.find(principal(1));
    EXPECT_EQ(again.principal->role, "support");
  });
}

TEST(Principals, AForeignSubjectIsFoundByItsIssuerOnly) {
  on_stage([](Stage& stage) -> Task<> {
    pg::Pool pool(stage.executor(), connect_as(stage.database(), Role::api), 1);
    Principals principals(pool);
    // The subject looks like an id of ours; its id is another all the same.
    const std::string looks_like_ours = principal(7).text(), issuer(elsewhere), other = "https://other.test";
    co_await principals.meet(principal(1), issuer, looks_like_ours);
    co_await principals.meet(principal(2), other, looks_like_ours);
    co_await principals.meet(principal(3), issuer, looks_like_ours);
    const auto found = co_await principals.find_foreign(issuer, looks_like_ours);
    EXPECT_EQ(found.principal->id, principal(1)) << "the first id stays";
    const auto others = co_await principals.find_foreign(other, looks_like_ours);
    EXPECT_EQ(others.principal->id, principal(2));
    const auto stranger = co_await principals.find(principal(7));
    EXPECT_FALSE(stranger.principal);
    const auto absent = co_await principals.find_foreign(issuer, "");
    EXPECT_FALSE(absent.principal);
  });
}

TEST(Principals, OwnOnesHaveTheirIdAsSubject) {
  on_stage([](Stage& stage) -> Task<> {
    const auto insert = [](const char* issuer, const std::string& subject) {
      return fmt::format("INSERT INTO principals (principal_id, issuer, subject) VALUES ('{}', '{}', '{}')",
                         principal(1).text(), issuer, subject);
    };
    EXPECT_EQ(co_await stage.refusal(Role::api, insert("", principal(2).text())), "23514");
    EXPECT_EQ(co_await stage.refusal(Role::api, insert("", principal(1).text())), "");
    EXPECT_EQ(co_await stage.refusal(Role::api, insert("x", principal(2).text())), "");
  });
}

TEST(Directory, CreatesFindsAndListsByRole) {
  on_stage([](Stage& stage) -> Task<> {
    Directory admins = co_await directory(stage);
    for (int n = 1; n <= 6; ++n) {
      const char* role = n % 2 == 0 ? "service" : "support";
      const auto made = co_await admins.create(somebody(n, role));
      EXPECT_EQ(made->name, "Principal " + std::to_string(n));
    }
    const auto twice = co_await admins.create(somebody(3, "admin"));
    EXPECT_FALSE(twice) << "the id is taken";
    const auto third = co_await admins.find(principal(3));
    EXPECT_EQ(third->role, "support");
    const std::optional<std::string> service("service"), any;
    const std::optional<PrincipalId> from_the_top;
    const auto first = co_await admins.list(service, from_the_top, 2);
    EXPECT_EQ(first.size(), 2u);
    EXPECT_EQ(first[0].id, principal(6));
    EXPECT_EQ(first[1].id, principal(4));
    const std::optional<PrincipalId> below(first[1].id);
    const auto second = co_await admins.list(service, below, 2);
    EXPECT_EQ(second.size(), 1u);
    EXPECT_EQ(second[0].id, principal(2));
    const auto all = co_await admins.list(any, from_the_top, 100);
    EXPECT_EQ(all.size(), 6u);
  });
}

TEST(Directory, ChangesOnlyWhatIsNamed) {
  on_stage([](Stage& stage) -> Task<> {
    Directory admins = co_await directory(stage);
    auto made = somebody(1, "service");
    made.rate_limit = "100/s";
    co_await admins.create(made);
    PrincipalChange name;
    name.name = "Shop";
    const auto named = co_await admins.change(principal(1), name);
    EXPECT_EQ(named->name, "Shop");
    EXPECT_EQ(named->role, "service");
    EXPECT_EQ(named->rate_limit, "100/s");
    PrincipalChange limit;
    limit.rate_limit = "";
    const auto usual = co_await admins.change(principal(1), limit);
    EXPECT_EQ(usual->name, "Shop");
    EXPECT_FALSE(usual->rate_limit);
    PrincipalChange role;
    role.role = "owner";
    EXPECT_EQ(co_await sqlstate_of(admins.change(principal(1), role)), "23514");
    const auto nobody = co_await admins.change(principal(2), name);
    EXPECT_FALSE(nobody);
  });
}

TEST(Directory, ARestoredPrincipalKeepsItsOldTokensRefused) {
  on_stage([](Stage& stage) -> Task<> {
    Directory admins = co_await directory(stage);
    co_await admins.create(somebody(1, "customer"));
    const auto revoked = co_await admins.revoke(principal(1));
    const auto again = co_await admins.revoke(principal(1));
    EXPECT_TRUE(revoked->revoked_at);
    EXPECT_EQ(again->revoked_at, revoked->revoked_at);
    const auto restored = co_await admins.restore(principal(1));
    EXPECT_FALSE(restored->revoked_at);
    const auto afterwards = *revoked->revoked_at + limits::token_leeway + limits::lock_timeout;
    EXPECT_EQ(restored->tokens_from, afterwards) << "an issuer's clock may be ahead";
    const auto restored_again = co_await admins.restore(principal(1));
    EXPECT_EQ(restored_again->tokens_from, afterwards);
    const auto nobody = co_await admins.restore(principal(2));
    EXPECT_FALSE(nobody);
  });
}

TEST(Directory, SecretsOverlapUpToABound) {
  on_stage([](Stage& stage) -> Task<> {
    Directory admins = co_await directory(stage);
    co_await admins.create(somebody(1, "service"));
    const int most = static_cast<int>(limits::client_secrets);
    for (int n = 1; n <= most; ++n) {
      const auto added = co_await admins.add_secret(secret_of(n, 1));
      EXPECT_TRUE(added) << n;
    }
    const auto one_more = co_await admins.add_secret(secret_of(100, 1));
    EXPECT_FALSE(one_more);
    const auto revoked = co_await admins.revoke_secret(uuid(1));
    EXPECT_EQ(revoked->principal, principal(1));
    const auto revoked_again = co_await admins.revoke_secret(uuid(1));
    EXPECT_EQ(revoked_again->revoked_at, revoked->revoked_at);
    const auto room = co_await admins.add_secret(secret_of(100, 1));
    EXPECT_TRUE(room);
    const auto listed = co_await admins.secrets_of(principal(1));
    EXPECT_EQ(listed.size(), static_cast<std::size_t>(most + 1));
    EXPECT_EQ(listed[0].id, uuid(100)) << "the newest first";
    const auto of_nobody = co_await admins.add_secret(secret_of(200, 2));
    EXPECT_FALSE(of_nobody);
    const auto no_such = co_await admins.revoke_secret(uuid(999));
    EXPECT_FALSE(no_such);
  });
}

TEST(Principals, AForeignOneIsNotFoundByItsIdAsOneOfOurs) {
  on_stage([](Stage& stage) -> Task<> {
    pg::Pool pool(stage.executor(), connect_as(stage.database(), Role::api), 1);
    Principals principals(pool);
    Directory admins = co_await directory(stage);
    auto foreign = somebody(1, "support");
    foreign.issuer = elsewhere;
    foreign.subject = "alice";
    co_await admins.create(foreign);
    const auto own = co_await principals.find(principal(1));
    EXPECT_FALSE(own.principal);
    const auto shown = co_await admins.find(principal(1));
    EXPECT_EQ(shown->subject, "alice");
  });
}

TEST(Principals, ALogInNeedsALivePrincipalAndALiveSecretOfIt) {
  on_stage([](Stage& stage) -> Task<> {
    pg::Pool pool(stage.executor(), connect_as(stage.database(), Role::api), 1);
    Principals principals(pool);
    Directory admins = co_await directory(stage);
    for (int n = 1; n <= 2; ++n) co_await admins.create(somebody(n, "service"));
    for (int n = 1; n <= 2; ++n) co_await admins.add_secret(secret_of(n, 1));
    auto expired = secret_of(3, 1);
    expired.expires_at = noon;
    co_await admins.add_secret(expired);
    co_await admins.revoke_secret(uuid(2));
    const auto good = co_await principals.find_login(principal(1), uuid(1));
    EXPECT_EQ(good->hash, "$argon2id$1");
    EXPECT_EQ(good->role, "service");
    struct {
      int principal, secret;
      const char* why;
    } const table[] = {
        {1, 2, "revoked"}, {1, 3, "expired"}, {1, 9, "unknown"}, {2, 1, "another's"}, {9, 1, "nobody's"}};
    for (const auto& [who, secret, why] : table) {
      const auto found = co_await principals.find_login(principal(who), uuid(secret));
      EXPECT_FALSE(found) << why;
    }
    co_await admins.revoke(principal(1));
    const auto of_a_revoked_one = co_await principals.find_login(principal(1), uuid(1));
    EXPECT_FALSE(of_a_revoked_one);
  });
}

}  // namespace
}  // namespace bursar::store::test
