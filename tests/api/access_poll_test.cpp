// The bound of a revocation, proved step by step.
#include "access_process.hpp"
#include "store/directory.hpp"

namespace bursar::api::test {
namespace {

using auth::RoleName;

constexpr auto almost_stale = limits::access_stale_after - std::chrono::milliseconds(1);

TEST(AccessPoll, ARevocationHoldsFromTheNextPollOn) {
  on_process([](Play& play, Process& process) -> Task<> {
    const std::string customer = process.token(customer_id, RoleName::customer);
    const std::string support = process.token(support_id, RoleName::support);
    co_await process.poll();
    EXPECT_EQ(co_await process.ask(customer), "customer");
    EXPECT_EQ(co_await process.ask(support), "support");
    EXPECT_EQ(co_await process.ask(customer), "customer");
    EXPECT_EQ(process.looks(), 2) << "remembered";
    play.revoke(customer_id);
    play.revoke(support_id);
    EXPECT_EQ(co_await process.ask(customer), "customer") << "nobody has polled yet";
    co_await process.poll();
    EXPECT_EQ(co_await process.ask(customer), "refused: its principal is revoked");
    EXPECT_EQ(co_await process.ask(support), "refused: its principal is revoked");
  });
}

TEST(AccessPoll, StaffAreNeverTrustedLongerThanASecondWithoutAPoll) {
  on_process([](Play& play, Process& process) -> Task<> {
    const std::string support = process.token(support_id, RoleName::support);
    const std::string customer = process.token(customer_id, RoleName::customer);
    co_await process.poll();
    co_await process.ask(support);
    co_await process.ask(customer);
    play.revoke(support_id);
    play.revoke(customer_id);
    play.clock.advance(almost_stale);
    EXPECT_EQ(co_await process.ask(support), "support");
    play.clock.advance(std::chrono::milliseconds(1));
    // Other changes than those that were polled exist, and only a poll could say which keys they took away.
    EXPECT_TRUE((co_await process.ask(support)).starts_with("unavailable: ")) << "the bound";
    EXPECT_EQ(co_await process.ask(customer), "customer") << "customers go on until their token expires";
    co_await process.poll();
    EXPECT_EQ(co_await process.ask(support), "refused: its principal is revoked");
    EXPECT_EQ(co_await process.ask(customer), "refused: its principal is revoked");
  });
}

TEST(AccessPoll, StaffWhoAreStillGoodAreLookedUpAtEachRequestMeanwhile) {
  on_process([](Play& play, Process& process) -> Task<> {
    const std::string support = process.token(support_id, RoleName::support);
    co_await process.poll();
    co_await process.ask(support);
    play.clock.advance(limits::access_stale_after);
    const int before = process.looks();
    for (int i = 0; i < 3; ++i) EXPECT_EQ(co_await process.ask(support), "support");
    EXPECT_EQ(process.looks(), before + 3);
    co_await process.poll();
    for (int i = 0; i < 3; ++i) EXPECT_EQ(co_await process.ask(support), "support");
    EXPECT_EQ(process.looks(), before + 3);
  });
}

TEST(AccessPoll, WithoutAnAnswerStaffAreRefusedAndCustomersGoOn) {
  on_process([](Play& play, Process& process) -> Task<> {
    const std::string support = process.token(support_id, RoleName::support);
    const std::string customer = process.token(customer_id, RoleName::customer);
    co_await process.poll();
    co_await process.ask(support);
    co_await process.ask(customer);
    play.take_rights();
    bool polled = true;
    try {
      co_await process.poll();
    } catch (const pg::StatementFailed&) {
      polled = false;
    }
    EXPECT_FALSE(polled);
    EXPECT_EQ(co_await process.ask(support), "support") << "the last poll is young enough";
    play.clock.advance(limits::access_stale_after);
    EXPECT_EQ(co_await process.ask(customer), "customer");
    bool answered = true;
    try {
      co_await process.ask(support);
    } catch (const pg::StatementFailed&) {
      answered = false;
    }
    EXPECT_FALSE(answered) << "fails closed";
    play.give_back();
    co_await process.poll();
    EXPECT_EQ(co_await process.ask(support), "support");
  });
}

TEST(AccessPoll, NobodyIsTrustedBeforeTheFirstPoll) {
  on_process([](Play&, Process& process) -> Task<> {
    const std::string customer = process.token(customer_id, RoleName::customer);
    EXPECT_TRUE((co_await process.ask(customer)).starts_with("unavailable: "));
    co_await process.poll();
    EXPECT_EQ(co_await process.ask(customer), "customer");
  });
}

TEST(AccessPoll, AChangedRoleCountsFromTheNextPollOn) {
  on_process([](Play& play, Process& process) -> Task<> {
    const std::string support = process.token(support_id, RoleName::support);
    co_await process.poll();
    EXPECT_EQ(co_await process.ask(support), "support");
    play.database.query("UPDATE principals SET role = 'analyst'");
    co_await process.poll();
    EXPECT_EQ(co_await process.ask(support), "analyst") << "the row, not the token";
  });
}

TEST(AccessPoll, TokensFromBeforeARevocationStayRefusedBehindIt) {
  on_process([](Play& play, Process& process) -> Task<> {
    const std::string old = process.token(customer_id, RoleName::customer);
    co_await process.poll();
    co_await process.ask(old);
    // The database's clock is not the test's: the end of the revocation is put between two tokens by hand.
    play.database.query(fmt::format("UPDATE principals SET tokens_from = '{}'",
                                    to_rfc3339(play.clock.now() + std::chrono::seconds(1))));
    play.clock.advance(std::chrono::seconds(2));
    const std::string young = process.token(customer_id, RoleName::customer);
    co_await process.poll();
    EXPECT_TRUE((co_await process.ask(old)).starts_with("refused: it was issued before"));
    EXPECT_EQ(co_await process.ask(young), "customer");
  });
}

TEST(AccessPoll, ARestoredOnesTokensFromBeforeAreRefusedAlsoByAClockThatWasAhead) {
  on_process([](Play& play, Process& process) -> Task<> {
    const auto token_from = [&play](std::chrono::seconds ahead) {
      const auth::MintRequest request{*parse_uuid(customer_id), {RoleName::customer}};
      return auth::mint(configured_key(), auth::VerifierOptions(), request, play.clock.now() + ahead);
    };
    co_await process.poll();
    EXPECT_EQ(co_await process.ask(process.token(customer_id, RoleName::customer)), "customer");
    const std::string ahead = token_from(limits::token_leeway);
    // The database's clock is not the test's.
    play.database.query(fmt::format("UPDATE principals SET revoked_at = '{}'", to_rfc3339(play.clock.now())));
    const auto executor = co_await asio::this_coro::executor;
    auto options = store::connect_as(play.database.options(), store::Role::operations);
    const auto connection = co_await pg::Connection::open(executor, std::move(options));
    store::Directory admins(*connection);
    co_await admins.restore(PrincipalId(*parse_uuid(customer_id)));
    play.clock.advance(limits::token_leeway + limits::lock_timeout);
    co_await process.poll();
    EXPECT_TRUE((co_await process.ask(ahead)).starts_with("refused: it was issued before"));
    EXPECT_EQ(co_await process.ask(process.token(customer_id, RoleName::customer)), "customer");
  });
}

TEST(AccessPoll, WhoHasMissedTooMuchForgetsEverything) {
  on_process([](Play& play, Process& process) -> Task<> {
    const std::string customer = process.token(customer_id, RoleName::customer);
    co_await process.poll();
    co_await process.ask(customer);
    play.revoke(customer_id);
    // Its change is pruned before the next poll.
    play.database.query(fmt::format(
        "INSERT INTO principals (principal_id, issuer, subject) VALUES (gen_random_uuid(), 'x', 'x');"
        "DO $$ BEGIN FOR i IN 1..{} LOOP UPDATE principals SET rate_limit = i::text WHERE issuer = 'x'; END "
        "LOOP; "
        "END $$",
        limits::access_changes_kept + 1));
    co_await process.poll();
    EXPECT_EQ(co_await process.ask(customer), "refused: its principal is revoked");
  });
}

TEST(AccessPoll, ADatabaseThatWasSetBackIsBelieved) {
  on_process([](Play& play, Process& process) -> Task<> {
    const std::string customer = process.token(customer_id, RoleName::customer);
    play.database.query("UPDATE access_epoch SET number = 50");
    co_await process.poll();
    co_await process.ask(customer);
    // As after a restore: another past, with fewer changes, in which the customer is revoked.
    play.database.query(
        "UPDATE principals SET revoked_at = now(); DELETE FROM access_changes; UPDATE access_epoch SET "
        "number = 3");
    EXPECT_EQ(co_await process.ask(customer), "customer");
    co_await process.poll();
    EXPECT_EQ(co_await process.ask(customer), "refused: its principal is revoked");
  });
}

TEST(AccessPoll, AForeignSubjectNeverBecomesOneOfOurs) {
  on_process([](Play& play, Process& process) -> Task<> {
    co_await process.poll();
    const std::string ours = process.token(support_id, RoleName::support);
    EXPECT_EQ(co_await process.ask(ours), "support");
    const auto executor = co_await asio::this_coro::executor;
    pg::Pool reads(executor, store::connect_as(play.database.options(), store::Role::api), 1);
    store::Principals principals(reads);
    auth::AccessWatch watch;
    watch.learn({.epoch = 0, .is_whole = false, .principals = {}}, play.clock.monotonic());
    SystemRandom random;
    FirstSight first_sight(principals, nullptr, watch, play.clock, random);
    auth::Verified foreign;
    foreign.issuer = "https://login.example.test";
    foreign.subject = support_id;
    foreign.claimed = {RoleName::admin};
    const auto unknown = co_await first_sight.resolve(foreign);
    EXPECT_FALSE(unknown) << "its issuer has no default role";
    EXPECT_EQ(play.database.value("SELECT count(*) FROM principals"), "1");
    foreign.default_role = RoleName::customer;
    const auto met = co_await first_sight.resolve(foreign);
    const auto again = co_await first_sight.resolve(foreign);
    EXPECT_EQ(met->roles, std::vector{RoleName::customer}) << "a foreign token's roles never count";
    EXPECT_NE(met->principal.text(), support_id);
    EXPECT_EQ(again->principal, met->principal);
    // An administrator settles what it is here.
    play.database.query("UPDATE principals SET role = 'analyst' WHERE issuer <> ''");
    watch.learn({.epoch = 1, .is_whole = true, .principals = {met->principal}}, play.clock.monotonic());
    const auto settled = co_await first_sight.resolve(foreign);
    EXPECT_EQ(settled->roles, std::vector{RoleName::analyst});
  });
}

TEST(AccessPoll, ATokenOfOursNeverMeansAForeignPrincipal) {
  on_process([](Play& play, Process& process) -> Task<> {
    play.database.query(
        fmt::format("INSERT INTO principals (principal_id, issuer, subject, role) VALUES ('{}', "
                    "'https://login.example.test', 'alice', 'analyst')",
                    support_id));
    co_await process.poll();
    for (const RoleName claimed : {RoleName::customer, RoleName::support})
      EXPECT_EQ(co_await process.ask(process.token(support_id, claimed)),
                "refused: its subject cannot be made known here");
    EXPECT_EQ(play.database.value("SELECT string_agg(role, ' ') FROM principals"), "analyst");
  });
}

TEST(AccessPoll, OnlyADevelopmentKeyGivesARoleAndOnlyAtFirstSight) {
  on_process([](Play& play, Process& process) -> Task<> {
    co_await process.poll();
    auto plain = configured_key();
    plain.development = false;
    auth::Verified verified;
    verified.ours = true;
    verified.subject = customer_id;
    verified.claimed = {RoleName::admin};
    const auto executor = co_await asio::this_coro::executor;
    pg::Pool reads(executor, store::connect_as(play.database.options(), store::Role::api), 1);
    store::Principals principals(reads);
    auth::AccessWatch watch;
    watch.learn({.epoch = 0, .is_whole = false, .principals = {}}, play.clock.monotonic());
    SystemRandom random;
    FirstSight first_sight(principals, nullptr, watch, play.clock, random);
    const auto met = co_await first_sight.resolve(verified);
    EXPECT_EQ(met->roles, std::vector{RoleName::customer});
    verified.development = true;
    const auto again = co_await first_sight.resolve(verified);
    EXPECT_EQ(again->roles, std::vector{RoleName::customer}) << "the row is there already";
    EXPECT_EQ(co_await process.ask(process.token(support_id, RoleName::support)), "support");
    EXPECT_EQ(co_await process.ask(process.token(support_id, RoleName::admin)), "support");
  });
}

}  // namespace
}  // namespace bursar::api::test
