// The feed from which every process learns what changed about access: in the order of commits, without gaps.
#include "store/access_feed.hpp"
#include "stage.hpp"
#include "store/directory.hpp"

namespace bursar::store::test {
namespace {

Task<AccessNews> poll(Stage& stage, std::int64_t after) {
  auto* connection = co_await stage.as(Role::api);
  AccessFeed feed(*connection);
  co_return co_await feed.poll(after);
}

Task<> create(Stage& stage, int first, int last) {
  auto* connection = co_await stage.as(Role::operations);
  Directory admins(*connection);
  for (int n = first; n <= last; ++n) {
    NewPrincipal made;
    made.id = principal(n);
    made.role = "service";
    co_await admins.create(made);
  }
}

Task<> revoke(Stage& stage, int number) {
  auto* connection = co_await stage.as(Role::operations);
  Directory admins(*connection);
  co_await admins.revoke(principal(number));
}

TEST(AccessFeed, SaysWhatChangedSinceANumber) {
  on_stage([](Stage& stage) -> Task<> {
    co_await create(stage, 1, 3);
    const auto quiet = co_await poll(stage, 0);
    EXPECT_EQ(quiet.epoch, 0) << "nobody remembers who is new";
    EXPECT_TRUE(quiet.is_whole);
    EXPECT_GT(quiet.server_since, noon);
    for (int n = 1; n <= 3; ++n) co_await revoke(stage, n);
    const auto news = co_await poll(stage, 1);
    EXPECT_EQ(news.epoch, 3);
    EXPECT_TRUE(news.is_whole);
    EXPECT_EQ(news.principals, (std::vector<PrincipalId>{principal(2), principal(3)}));
    EXPECT_TRUE(news.keys.empty());
    const auto nothing = co_await poll(stage, 3);
    EXPECT_TRUE(nothing.is_whole && nothing.principals.empty());
  });
}

TEST(AccessFeed, HoldsOnlyWhatConcernsAccess) {
  on_stage([](Stage& stage) -> Task<> {
    co_await create(stage, 1, 1);
    auto* connection = co_await stage.as(Role::operations);
    Directory admins(*connection);
    const auto change = [&admins](const char* what) {
      PrincipalChange change;
      if (what[0] == 'n') change.name = "another";
      if (what[0] == 'r') change.role = "support";
      if (what[0] == 'l') change.rate_limit = "1/s";
      return admins.change(principal(1), change);
    };
    struct {
      const char* what;
      std::int64_t epoch;
    } const table[] = {{"name", 0}, {"role", 1}, {"role again", 1}, {"limit", 2}, {"limit again", 2}};
    for (const auto& [what, epoch] : table) {
      co_await change(what);
      const auto news = co_await poll(stage, 0);
      EXPECT_EQ(news.epoch, epoch) << what;
    }
    co_await revoke(stage, 1);
    co_await revoke(stage, 1);
    co_await admins.restore(principal(1));
    const auto news = co_await poll(stage, 2);
    EXPECT_EQ(news.epoch, 4);
    // A person with psql is heard too.
    co_await stage.run("UPDATE principals SET role = 'customer'");
    const auto by_hand = co_await poll(stage, 4);
    EXPECT_EQ(by_hand.principals, std::vector<PrincipalId>{principal(1)});
  });
}

TEST(AccessFeed, HoldsWhatAPersonDeletesAndChangesUnderAnotherSearchPath) {
  on_stage([](Stage& stage) -> Task<> {
    co_await create(stage, 1, 2);
    co_await stage.run(
        "INSERT INTO token_keys (key_id, algorithm, public_jwk, state, retired_at) VALUES ('k', 'EdDSA', "
        "'{}', 'retired', now())");
    const auto before = co_await poll(stage, 0);
    co_await stage.run(fmt::format("DELETE FROM principals WHERE principal_id = '{}'; DELETE FROM token_keys",
                                   principal(1).text()));
    const auto deleted = co_await poll(stage, before.epoch);
    EXPECT_EQ(deleted.principals, std::vector<PrincipalId>{principal(1)});
    EXPECT_EQ(deleted.keys, std::vector<std::string>{"k"});
    EXPECT_TRUE(deleted.is_whole);
    co_await stage.run(
        "SET search_path = pg_catalog; UPDATE public.principals SET role = 'support'; RESET search_path");
    const auto elsewhere = co_await poll(stage, deleted.epoch);
    EXPECT_EQ(elsewhere.principals, std::vector<PrincipalId>{principal(2)});
  });
}

TEST(AccessFeed, AChangeThatCommitsLateIsNeverPassedOver) {
  on_stage([](Stage& stage) -> Task<> {
    co_await create(stage, 1, 2);
    auto early = co_await stage.another(Role::operations);
    auto late = co_await stage.another(Role::operations);
    auto transaction = co_await pg::Transaction::begin(*early);
    Directory first(*early);
    co_await first.revoke(principal(1));  // number 1 is drawn, nothing is committed
    const auto before = co_await poll(stage, 0);
    EXPECT_EQ(before.epoch, 0);
    const std::string impatient = "SET lock_timeout = '20ms'", patient = "SET lock_timeout = '5s'";
    co_await late->run_script(impatient, milliseconds(5000));
    Directory second(*late);
    EXPECT_EQ(co_await sqlstate_of(second.revoke(principal(2))), "55P03") << "number 2 waits for number 1";
    co_await transaction.commit();
    co_await late->run_script(patient, milliseconds(5000));
    const auto between = co_await poll(stage, 0);
    EXPECT_EQ(between.principals, std::vector<PrincipalId>{principal(1)});
    co_await second.revoke(principal(2));
    const auto after = co_await poll(stage, between.epoch);
    EXPECT_EQ(after.principals, std::vector<PrincipalId>{principal(2)});
    EXPECT_TRUE(after.is_whole);
  });
}

TEST(AccessFeed, AChangeThatIsRolledBackLeavesNoGap) {
  on_stage([](Stage& stage) -> Task<> {
    co_await create(stage, 1, 1);
    co_await stage.refusal(Role::operations, "UPDATE principals SET revoked_at = now()");
    co_await revoke(stage, 1);
    const auto news = co_await poll(stage, 0);
    EXPECT_EQ(news.epoch, 1);
    EXPECT_TRUE(news.is_whole);
  });
}

TEST(AccessFeed, KeepsAThousandChangesAndTellsWhoMissedMore) {
  on_stage([](Stage& stage) -> Task<> {
    co_await create(stage, 1, 1);
    const int changes = static_cast<int>(limits::access_changes_kept) + 5;
    co_await stage.run(fmt::format(
        "DO $$ BEGIN FOR i IN 1..{} LOOP UPDATE principals SET rate_limit = i::text; END LOOP; END $$",
        changes));
    EXPECT_EQ(co_await stage.count("access_changes"), static_cast<std::int64_t>(limits::access_changes_kept));
    const auto in_time = co_await poll(stage, 5);
    EXPECT_TRUE(in_time.is_whole);
    EXPECT_EQ(in_time.principals.size(), limits::access_changes_kept);
    const auto too_late = co_await poll(stage, 4);
    EXPECT_FALSE(too_late.is_whole);
    EXPECT_EQ(too_late.epoch, changes);
    // A server that was set back knows less than we do.
    const auto set_back = co_await poll(stage, changes + 1);
    EXPECT_FALSE(set_back.is_whole);
  });
}

TEST(AccessFeed, AReadSaysUpToWhichChangeItIsTrue) {
  on_stage([](Stage& stage) -> Task<> {
    pg::Pool pool(stage.executor(), connect_as(stage.database(), Role::api), 1);
    Principals principals(pool);
    co_await create(stage, 1, 1);
    const auto before = co_await principals.find(principal(1));
    co_await revoke(stage, 1);
    const auto after = co_await principals.find(principal(1));
    EXPECT_EQ(before.as_of, 0);
    EXPECT_FALSE(before.principal->revoked_at);
    EXPECT_EQ(after.as_of, 1);
    EXPECT_TRUE(after.principal->revoked_at);
  });
}

}  // namespace
}  // namespace bursar::store::test
