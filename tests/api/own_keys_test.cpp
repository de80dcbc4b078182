// Which keys of our own a process trusts, from one poll to the next.
#include "access_process.hpp"
#include "store/token_keys.hpp"

namespace bursar::api::test {
namespace {

using auth::RoleName;

TEST(AccessPoll, AKeyThatIsNotKnownYetIsNotRefused) {
  on_process([](Play& play, Process& process) -> Task<> {
    SystemRandom random;
    const auth::Key key = auth::make_signing_key(random);
    play.add_retired(key);
    const std::string token = process.token(customer_id, RoleName::customer, key);
    EXPECT_TRUE((co_await process.ask(token)).starts_with("unavailable: ")) << "nobody has polled yet";
    co_await process.poll();
    EXPECT_EQ(co_await process.ask(token), "customer");
    const auth::Key nobodys = auth::make_signing_key(random);
    const std::string forged = process.token(customer_id, RoleName::customer, nobodys);
    EXPECT_EQ(co_await process.ask(forged), "refused: no key of its issuer has its id (kid)");
    play.clock.advance(limits::access_stale_after);
    EXPECT_TRUE((co_await process.ask(forged)).starts_with("unavailable: "));
  });
}

TEST(AccessPoll, ARevocationDoesNotWaitForTheListOfKeys) {
  on_process([](Play& play, Process& process) -> Task<> {
    SystemRandom random;
    const auth::Key key = auth::make_signing_key(random);
    const std::string customer = process.token(customer_id, RoleName::customer);
    const std::string support = process.token(support_id, RoleName::support);
    co_await process.poll();
    EXPECT_EQ(co_await process.ask(customer), "customer");
    EXPECT_EQ(co_await process.ask(support), "support");
    play.revoke(customer_id);
    play.add_retired(key);
    const auto executor = co_await asio::this_coro::executor;
    auto options = store::connect_as_owner(play.database.options());
    const auto holder = co_await pg::Connection::open(executor, std::move(options));
    const std::string hold = "BEGIN; LOCK TABLE token_keys", release = "ROLLBACK";
    co_await holder->run_script(hold, limits::statement_deadline);
    bool polled = true;
    try {
      co_await process.poll();
    } catch (const Unavailable&) {
      polled = false;
    } catch (const pg::StatementFailed&) {
      polled = false;
    }
    EXPECT_FALSE(polled);
    EXPECT_EQ(co_await process.ask(customer), "refused: its principal is revoked");
    // That poll was no answer: which keys count is as old as before.
    play.clock.advance(limits::access_stale_after);
    EXPECT_TRUE((co_await process.ask(support)).starts_with("unavailable: "));
    co_await holder->run_script(release, limits::statement_deadline);
    co_await process.poll();
    EXPECT_EQ(co_await process.ask(support), "support");
    EXPECT_EQ(co_await process.ask(process.token(customer_id, RoleName::customer, key)),
              "refused: its principal is revoked");
  });
}

TEST(AccessPoll, ARevokedKeyTakesItsTokensWithIt) {
  on_process([](Play& play, Process& process) -> Task<> {
    const auto executor = co_await asio::this_coro::executor;
    auto options = store::connect_as(play.database.options(), store::Role::operations);
    const auto connection = co_await pg::Connection::open(executor, std::move(options));
    SystemRandom random;
    const auto make = [&random] {
      const auth::Key key = auth::make_signing_key(random);
      return store::NewTokenKey{key.id, "EdDSA", auth::public_jwk(key),
                                test_seal().seal(key.id, key.signing, random)};
    };
    store::TokenKeys keys(*connection);
    auto active = make(), next = make(), third = make();
    const std::string first = active.id;
    co_await keys.complete(std::move(active), std::move(next));
    EXPECT_FALSE(process.signs());
    co_await process.poll();
    const std::string by_first = process.issued_token(customer_id);
    EXPECT_EQ(co_await process.ask(by_first), "customer");
    co_await keys.rotate(std::move(third), std::chrono::seconds(0));
    co_await process.poll();
    const std::string by_second = process.issued_token(customer_id);
    EXPECT_NE(by_first, by_second);
    EXPECT_EQ(co_await process.ask(by_first), "customer") << "retired, not revoked";
    EXPECT_EQ(co_await process.ask(by_second), "customer");
    auto fourth = make();
    co_await keys.revoke(first, std::move(fourth));
    co_await process.poll();
    EXPECT_EQ(co_await process.ask(by_first), "refused: no key of its issuer has its id (kid)");
    EXPECT_EQ(co_await process.ask(by_second), "customer");
  });
}

TEST(AccessPoll, ARetiredKeyLeavesWhenItsLastTokenHasExpired) {
  on_process([](Play& play, Process& process) -> Task<> {
    SystemRandom random;
    const auth::Key key = auth::make_signing_key(random);
    play.add_retired(key, "16 min 59 s");
    co_await process.poll();
    const std::string by_retired = process.token(customer_id, RoleName::customer, key);
    EXPECT_EQ(co_await process.ask(by_retired), "customer");
    // No change in the feed says so: the poll itself knows when to look again.
    play.clock.advance(std::chrono::seconds(1));
    play.database.query(
        "ALTER TABLE token_keys DISABLE TRIGGER note_access_change;"
        "UPDATE token_keys SET retired_at = now() - interval '17 min'");
    co_await process.poll();
    EXPECT_EQ(co_await process.ask(by_retired), "refused: no key of its issuer has its id (kid)");
  });
}

}  // namespace
}  // namespace bursar::api::test
