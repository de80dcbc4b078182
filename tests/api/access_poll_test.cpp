// The bound of a revocation, proved step by step: the poll runs when the test says so, and time passes when
// the test says so. Real database, no server.
#include "api/access_poll.hpp"

#include "api/first_sight.hpp"
#include "auth/authenticator.hpp"
#include "base/error.hpp"
#include "stage.hpp"
#include "store/directory.hpp"
#include "store/token_keys.hpp"
#include "testing/manual_clock.hpp"
#include "testing/run.hpp"

namespace bursar::api::test {
namespace {

using auth::RoleName;
using testing::ManualClock;

constexpr std::string_view customer_id = "0199b000-0000-7000-8000-00000000000a";
constexpr std::string_view support_id = "0199b000-0000-7000-8000-00000000000b";
constexpr auto almost_stale = limits::access_stale_after - std::chrono::milliseconds(1);

auth::Key configured_key() {
  auth::Key key;
  key.id = "configured";
  key.verification.assign(32, 0x42);
  key.signing = key.verification;
  key.development = true;
  return key;
}

/// One process with one loop.
class Process {
 public:
  Process(const Executor& executor, const store::DatabaseOptions& database, ManualClock& clock)
      : clock_(clock),
        reads_(executor, store::connect_as(database, store::Role::api), 2),
        operations_(executor, store::connect_as(database, store::Role::operations), 1),
        principals_(reads_),
        first_sight_(principals_, &operations_, watch_, clock, random_),
        poll_(executor,
              {.database = database,
               .seal = test_seal(),
               .use_keys = [this](std::vector<auth::Key> keys) { use(std::move(keys)); }},
              clock, watch_, issued_),
        authenticator_(watch_, ring_, clock, [this](const auth::Verified& verified) {
          ++looks_;
          return first_sight_.resolve(verified);
        }) {
    use({});
  }

  Task<> poll() { return poll_.poll_once(); }
  /// The roles, or why not: "customer", "refused: …", "unavailable: …".
  Task<std::string> ask(std::string token) {
    const std::string field = "Bearer " + token;
    if (const auth::Caller* known = authenticator_.find(field))
      co_return std::string(auth::to_text(known->roles.at(0)));
    try {
      const auto caller = co_await authenticator_.verify(field);
      if (!caller) co_return "refused: " + caller.error().reason;
      co_return std::string(auth::to_text(caller->roles.at(0)));
    } catch (const Unavailable& away) {
      co_return std::string("unavailable: ") + away.what();
    }
  }
  std::string token(std::string_view subject, RoleName role, const auth::Key& key = configured_key()) const {
    const auth::MintRequest request{*parse_uuid(subject), {role}};
    return auth::mint(key, auth::VerifierOptions(), request, clock_.now());
  }
  /// By the key of the issuer that signs now.
  std::string issued_token(std::string_view subject) const {
    return token(subject, RoleName::customer, issued_.get()->signing.value());
  }
  int looks() const { return looks_; }
  bool signs() const { return issued_.get()->signing.has_value(); }

 private:
  void use(std::vector<auth::Key> issued) {
    auth::TrustedIssuer own;
    own.issuer = {"bursar", "bursar", true, RoleName::customer};
    issued.push_back(configured_key());
    for (auth::Key& key : issued)
      own.keys.push_back(std::make_shared<const auth::SignatureKey>(std::move(key)));
    std::vector<auth::TrustedIssuer> all;
    all.push_back(std::move(own));
    ring_.replace(std::move(all));
  }

  ManualClock& clock_;
  SystemRandom random_;
  auth::AccessWatch watch_;
  auth::IssuedKeysHolder issued_;
  auth::KeyRing ring_;
  pg::Pool reads_, operations_;
  store::Principals principals_;
  FirstSight first_sight_;
  AccessPoll poll_;
  auth::Authenticator authenticator_;
  int looks_ = 0;
};

struct Play {
  testing::TestDatabase database;
  ManualClock clock;

  void revoke(std::string_view id) const {
    database.query(fmt::format("UPDATE principals SET revoked_at = now() WHERE principal_id = '{}'", id));
  }
  /// Nothing about access can be read until give_back().
  void take_rights() const { database.query("REVOKE SELECT ON access_epoch FROM " + api_role()); }
  void give_back() const { database.query("GRANT SELECT ON access_epoch TO " + api_role()); }
  std::string api_role() const { return database.options().role_prefix + "_api"; }
};

void on_process(Task<> (*story)(Play&, Process&)) {
  Play play;
  const auto tell = [](Play& with, Task<> (*what)(Play&, Process&)) -> Task<> {
    const auto executor = co_await asio::this_coro::executor;
    Process process(executor, with.database.options(), with.clock);
    co_await what(with, process);
  };
  testing::run(tell(play, story));
}

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
    play.database.query(
        fmt::format("INSERT INTO token_keys (key_id, algorithm, public_jwk, state, retired_at) VALUES ('{}', "
                    "'EdDSA', '{}', "
                    "'retired', now() - interval '16 min 59 s')",
                    key.id, auth::public_jwk(key)));
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
