// Keys that change while tokens come: an issuer that rotates, is down or talks nonsense; files that are
// edited.
#include "auth/key_sources.hpp"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <thread>

#include "auth/verifier.hpp"
#include "base/error.hpp"
#include "base/limits.hpp"
#include "tests/auth/issuer_server.hpp"
#include "tests/auth/key_pairs.hpp"
#include "tests/auth/tokens.hpp"

namespace bursar::testing {
namespace {

using auth::Algorithm;
using namespace std::chrono_literals;

using Outcome = std::expected<auth::Caller, auth::Refusal>;

/// Everybody who is verified is one principal.
Task<Outcome> resolve_anybody(const auth::Verified& verified) {
  co_return auth::Caller{
      PrincipalId(parse_uuid(subject).value()), {auth::RoleName::customer}, verified.expires_at};
}

auth::Verifier verifier_of(auth::KeySources& sources, const Clock& clock) {
  auto await_keys = [&sources](std::string issuer) { return sources.await_keys(std::move(issuer)); };
  return {sources.ring(), clock, resolve_anybody, await_keys};
}

/// An issuer that serves keys, and the sources that fetch them, on one loop with the test.
class Sources : public ::testing::Test {
 public:  // for the coroutines of the tests
  auth::KeySourceOptions options(std::vector<Algorithm> algorithms = {}) {
    auth::KeySourceOptions made;
    made.foreign = {{{issuer_.name(), "bursar", false, {}}, issuer_.keys_url(), std::move(algorithms)}};
    made.times.wanted_every = 1ms;
    return made;
  }
  std::string bearer(const KeyPair& pair, std::string_view kid) {
    const auto change = fmt::format(R"({{"iss":"{}","jti":"{}"}})", issuer_.name(), ++serial_);
    return "Bearer " + pair.token(kid, payload_at(clock_.now(), change));
  }

  /// Runs the sources until the body has ended.
  void run(auth::KeySources& sources, Task<> body) {
    TaskGroup serving(loop_.get_executor()), fetching(loop_.get_executor()), main(loop_.get_executor());
    serving.spawn("issuer", issuer_.run());
    sources.spawn_into(fetching);
    main.spawn("test", end_all(std::move(body), sources, fetching));
    loop_.run();
  }

  Loop loop_{1};
  IssuerServer issuer_{loop_};
  SystemClock clock_;
  SystemRandom random_;
  int serial_ = 0;

 private:
  Task<> end_all(Task<> body, auth::KeySources& sources, TaskGroup& fetching) {
    try {
      co_await std::move(body);
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();
    }
    issuer_.release();
    sources.stop();
    fetching.cancel();
    co_await fetching.join();
    issuer_.stop();
  }
};

/// "" when it is accepted; else the refusal, or "unavailable".
Task<std::string> outcome_of(auth::Verifier& verifier, const std::string& token) {
  try {
    const auto caller = co_await verifier.verify(token);
    co_return caller ? "" : caller.error().reason;
  } catch (const Unavailable&) {
    co_return "unavailable";
  }
}

/// Verifies all at once.
Task<std::vector<std::string>> refusals_of(const Executor& executor, auth::Verifier& verifier,
                                           const std::vector<std::string>& tokens) {
  std::vector<std::string> refusals;
  TaskGroup requests(executor);
  const auto one = [](auth::Verifier& with, const std::string& token,
                      std::vector<std::string>& into) -> Task<> {
    const auto caller = co_await with.verify(token);
    if (!caller) into.push_back(caller.error().reason);
  };
  for (const std::string& token : tokens) requests.spawn("request", one(verifier, token, refusals));
  co_await requests.join();
  co_return refusals;
}

TEST_F(Sources, ATokenThatComesBeforeTheKeysWaitsForThem) {
  const KeyPair& pair = KeyPair::of(Algorithm::rs256);
  issuer_.serve(jwk_set({pair.jwk("first")}));
  auth::KeySources sources(loop_.get_executor(), options(), clock_, random_);
  auth::Verifier verifier = verifier_of(sources, clock_);
  const std::string token = bearer(pair, "first");
  const auto body = [](auth::Verifier& with, const std::string& text) -> Task<> {
    const auto caller = co_await with.verify(text);
    EXPECT_TRUE(caller.has_value()) << caller.error().reason;
  };
  run(sources, body(verifier, token));
}

// The issuer signs with each new key at once, and keeps the one before it while its tokens live.
TEST_F(Sources, RotationUnderRequestsRefusesNobody) {
  auth::KeySources sources(loop_.get_executor(), options(), clock_, random_);
  auth::Verifier verifier = verifier_of(sources, clock_);
  const auto body = [](Sources& test, auth::Verifier& with) -> Task<> {
    std::vector<KeyPair> pairs;
    for (int n = 0; n < 6; ++n) {
      pairs.push_back(n % 2 == 0 ? KeyPair::p256() : KeyPair::ed25519());
      std::string served = jwk_set({pairs[n].jwk(std::to_string(n))});
      if (n > 0) served = jwk_set({pairs[n - 1].jwk(std::to_string(n - 1)), pairs[n].jwk(std::to_string(n))});
      test.issuer_.serve(served);
      std::vector<std::string> tokens;
      for (int request = 0; request < 50; ++request) {
        const int by = n > 0 && request % 2 == 0 ? n - 1 : n;
        tokens.push_back(test.bearer(pairs[by], std::to_string(by)));
      }
      const auto refusals = co_await refusals_of(test.loop_.get_executor(), with, tokens);
      EXPECT_TRUE(refusals.empty()) << refusals.size() << " of 50: " << refusals[0];
    }
    EXPECT_LE(test.issuer_.fetches(), 12) << "300 requests";
    EXPECT_GE(test.issuer_.fetches(), 6);
  };
  run(sources, body(*this, verifier));
}

TEST_F(Sources, AKeyThatIsGoneTakesItsTokensWithIt) {
  const KeyPair& old = KeyPair::of(Algorithm::es256);
  const KeyPair& other = KeyPair::of(Algorithm::eddsa);
  issuer_.serve(jwk_set({old.jwk("old"), other.jwk("other")}));
  auth::KeySources sources(loop_.get_executor(), options(), clock_, random_);
  auth::Verifier verifier = verifier_of(sources, clock_);
  const auto body = [](Sources& test, auth::KeySources& from, auth::Verifier& with, const KeyPair& first,
                       const KeyPair& second) -> Task<> {
    const std::string gone = test.bearer(first, "old"), stays = test.bearer(second, "other");
    EXPECT_TRUE((co_await with.verify(gone)).has_value());
    EXPECT_TRUE((co_await with.verify(stays)).has_value());
    test.issuer_.serve(jwk_set({second.jwk("other")}));
    co_await from.await_keys(test.issuer_.name());
    EXPECT_EQ(with.find(gone), nullptr) << "still remembered";
    EXPECT_NE(with.find(stays), nullptr) << "a key that stays loses nothing";
    EXPECT_FALSE((co_await with.verify(gone)).has_value());
    // Another key under the old name is another key.
    const KeyPair third = KeyPair::p256();
    test.issuer_.serve(jwk_set({third.jwk("old"), second.jwk("other")}));
    co_await from.await_keys(test.issuer_.name());
    EXPECT_FALSE((co_await with.verify(gone)).has_value());
    const std::string fresh = test.bearer(third, "old");
    EXPECT_TRUE((co_await with.verify(fresh)).has_value());
  };
  run(sources, body(*this, sources, verifier, old, other));
}

TEST_F(Sources, AnIssuerThatTalksNonsenseChangesNothing) {
  const KeyPair& pair = KeyPair::of(Algorithm::rs256);
  const std::string good = jwk_set({pair.jwk("k")});
  issuer_.serve(good);
  auth::KeySources sources(loop_.get_executor(), options(), clock_, random_);
  auth::Verifier verifier = verifier_of(sources, clock_);
  const auto body = [](Sources& test, auth::KeySources& from, auth::Verifier& with, const KeyPair& by,
                       std::string right) -> Task<> {
    const std::string token = test.bearer(by, "k");
    EXPECT_TRUE((co_await with.verify(token)).has_value());
    const std::uint64_t version = from.ring().version();
    const std::pair<std::string, int> answers[] = {{"", 500},
                                                   {right, 404},
                                                   {right, 301},
                                                   {right, 204},
                                                   {"<html>", 200},
                                                   {"[]", 200},
                                                   {R"({"keys":[]})", 200},
                                                   {R"({"keys":[{"kty":"oct","k":"AAAA","kid":"k"}]})", 200},
                                                   {right + std::string(300'000, ' '), 200},
                                                   {jwk_set({by.jwk("k"), by.jwk("k")}), 200}};
    for (const auto& [text, status] : answers) {
      test.issuer_.serve(text, status);
      co_await from.await_keys(test.issuer_.name());
      EXPECT_EQ(from.ring().version(), version) << status << ' ' << text.substr(0, 60);
      EXPECT_NE(with.find(token), nullptr) << status << ' ' << text.substr(0, 60);
    }
    EXPECT_EQ(test.issuer_.fetches(), 11);
    test.issuer_.serve(right);
    co_await from.await_keys(test.issuer_.name());
    EXPECT_EQ(from.ring().version(), version) << "the same keys are no change";
  };
  run(sources, body(*this, sources, verifier, pair, good));
}

TEST_F(Sources, KeysThatCannotBeConfirmedForTooLongCountNoMore) {
  const KeyPair& pair = KeyPair::of(Algorithm::rs256);
  issuer_.serve(jwk_set({pair.jwk("k")}));
  auth::KeySourceOptions impatient = options();
  impatient.times.kept_for = 0ms;
  auth::KeySources sources(loop_.get_executor(), impatient, clock_, random_);
  auth::Verifier verifier = verifier_of(sources, clock_);
  const auto body = [](Sources& test, auth::KeySources& from, auth::Verifier& with,
                       const KeyPair& by) -> Task<> {
    const std::string token = test.bearer(by, "k");
    EXPECT_TRUE((co_await with.verify(token)).has_value());
    test.issuer_.serve("", 503);
    co_await from.await_keys(test.issuer_.name());
    EXPECT_EQ(with.find(token), nullptr);
    EXPECT_EQ(co_await outcome_of(with, token), "unavailable");
  };
  run(sources, body(*this, sources, verifier, pair));
}

TEST_F(Sources, ANewKeyIsRefusedOnlyWhenItsIssuerSaysThatItHasNone) {
  const KeyPair& old = KeyPair::of(Algorithm::rs256);
  const KeyPair& fresh = KeyPair::of(Algorithm::es256);
  issuer_.serve(jwk_set({old.jwk("old")}));
  auth::KeySources sources(loop_.get_executor(), options(), clock_, random_);
  auth::Verifier verifier = verifier_of(sources, clock_);
  const auto body = [](Sources& test, auth::Verifier& with, const KeyPair& first,
                       const KeyPair& second) -> Task<> {
    const std::string known = test.bearer(first, "old"), token = test.bearer(second, "new");
    EXPECT_EQ(co_await outcome_of(with, known), "");
    test.issuer_.serve("", 500);
    EXPECT_EQ(co_await outcome_of(with, token), "unavailable");
    EXPECT_EQ(co_await outcome_of(with, known), "") << "the last good keys";
    test.issuer_.serve(jwk_set({first.jwk("old")}));
    EXPECT_EQ(co_await outcome_of(with, token), "no key of its issuer has its id (kid)");
    test.issuer_.serve(jwk_set({first.jwk("old"), second.jwk("new")}));
    EXPECT_EQ(co_await outcome_of(with, token), "");
  };
  run(sources, body(*this, verifier, old, fresh));
}

TEST_F(Sources, WhoFindsNoPlaceInTheLineMayComeAgain) {
  const KeyPair& pair = KeyPair::of(Algorithm::es256);
  issuer_.serve(jwk_set({pair.jwk("k")}));
  auth::KeySources sources(loop_.get_executor(), options(), clock_, random_);
  auth::Verifier verifier = verifier_of(sources, clock_);
  const auto body = [](Sources& test, auth::KeySources& from, auth::Verifier& with,
                       const KeyPair& by) -> Task<> {
    const std::string known = test.bearer(by, "k"), late = test.bearer(by, "new");
    EXPECT_EQ(co_await outcome_of(with, known), "");
    test.issuer_.hold();
    std::size_t answered = 0;
    const auto wait = [](auth::KeySources& sources_, std::string issuer, std::size_t& count) -> Task<> {
      if (co_await sources_.await_keys(std::move(issuer))) ++count;
    };
    const auto come_last = [](Sources& test_, auth::Verifier& with_, const std::string& token,
                              const std::size_t& count) -> Task<> {
      EXPECT_EQ(co_await outcome_of(with_, token), "unavailable");
      EXPECT_EQ(count, 0U);
      test_.issuer_.release();
    };
    TaskGroup line(test.loop_.get_executor());
    for (std::size_t n = 0; n < limits::unknown_key_waiting; ++n)
      line.spawn("in line", wait(from, test.issuer_.name(), answered));
    line.spawn("behind it", come_last(test, with, late, answered));
    co_await line.join();
    EXPECT_EQ(answered, limits::unknown_key_waiting);
  };
  run(sources, body(*this, sources, verifier, pair));
}

// Tokens that bring addresses or keys of their own, or are far too long.
TEST_F(Sources, TokensNeverSayWhereToFetchNorHowOften) {
  const KeyPair& pair = KeyPair::of(Algorithm::es256);
  issuer_.serve(jwk_set({pair.jwk("k")}));
  auth::KeySourceOptions slow = options();
  slow.times.wanted_every = 1h;
  auth::KeySources sources(loop_.get_executor(), slow, clock_, random_);
  auth::Verifier verifier = verifier_of(sources, clock_);
  const auto body = [](Sources& test, auth::Verifier& with, const KeyPair& by) -> Task<> {
    test.issuer_.hold();
    std::vector<std::string> tokens = {test.bearer(by, "k")};
    const auto claims = payload_at(test.clock_.now(), fmt::format(R"({{"iss":"{}"}})", test.issuer_.name()));
    for (const char* member : {"jku", "x5u"})
      tokens.push_back("Bearer " + sign(hs256_key(),
                                        fmt::format(R"({{"alg":"ES256","typ":"JWT","kid":"x","{}":"{}"}})",
                                                    member, test.issuer_.keys_url()),
                                        claims));
    for (const char* more : {R"("jwk":{})", R"("crit":["b64"],"b64":false)", R"("x5c":["AAAA"])"})
      tokens.push_back("Bearer " + sign(hs256_key(),
                                        fmt::format(R"({{"alg":"ES256","typ":"JWT","kid":"x",{}}})", more),
                                        claims));
    tokens.push_back("Bearer " + std::string(16 * 1024, 'x'));
    TaskGroup requests(test.loop_.get_executor());
    std::vector<std::string> refusals;
    const auto all = [](const Executor& executor, auth::Verifier& verifier_,
                        const std::vector<std::string>& these, std::vector<std::string>& into) -> Task<> {
      into = co_await refusals_of(executor, verifier_, these);
    };
    requests.spawn("requests", all(test.loop_.get_executor(), with, tokens, refusals));
    test.issuer_.release();
    co_await requests.join();
    EXPECT_EQ(refusals.size(), tokens.size() - 1) << "all but the first";
    EXPECT_EQ(test.issuer_.fetches(), 1) << "the first of the process";
  };
  run(sources, body(*this, verifier, pair));
}

TEST_F(Sources, ManyUnknownKeysAreOneFetch) {
  const KeyPair& pair = KeyPair::of(Algorithm::es256);
  issuer_.serve(jwk_set({pair.jwk("k")}));
  auth::KeySources sources(loop_.get_executor(), options(), clock_, random_);
  auth::Verifier verifier = verifier_of(sources, clock_);
  const auto body = [](Sources& test, auth::Verifier& with, const KeyPair& by) -> Task<> {
    const std::string known = test.bearer(by, "k");
    EXPECT_TRUE((co_await with.verify(known)).has_value());
    const int before = test.issuer_.fetches();
    std::vector<std::string> tokens;
    for (int n = 0; n < 100; ++n) tokens.push_back(test.bearer(by, fmt::format("unknown {}", n)));
    const auto refusals = co_await refusals_of(test.loop_.get_executor(), with, tokens);
    EXPECT_EQ(refusals.size(), 100U);
    EXPECT_EQ(test.issuer_.fetches(), before + 1);
  };
  run(sources, body(*this, verifier, pair));
}

TEST_F(Sources, OnlyPinnedAlgorithmsCount) {
  const KeyPair& pinned = KeyPair::of(Algorithm::es256);
  const KeyPair& other = KeyPair::of(Algorithm::rs256);
  issuer_.serve(jwk_set({pinned.jwk("pinned"), other.jwk("other")}));
  auth::KeySources sources(loop_.get_executor(), options({Algorithm::es256}), clock_, random_);
  auth::Verifier verifier = verifier_of(sources, clock_);
  const auto body = [](Sources& test, auth::Verifier& with, const KeyPair& good,
                       const KeyPair& bad) -> Task<> {
    const std::string accepted = test.bearer(good, "pinned"), refused = test.bearer(bad, "other");
    EXPECT_TRUE((co_await with.verify(accepted)).has_value());
    EXPECT_FALSE((co_await with.verify(refused)).has_value());
  };
  run(sources, body(*this, verifier, pinned, other));
}

TEST_F(Sources, AnAnswerWithoutAKeyOfThePinnedAlgorithmsChangesNothing) {
  const KeyPair& pinned = KeyPair::of(Algorithm::es256);
  const KeyPair& other = KeyPair::of(Algorithm::rs256);
  issuer_.serve(jwk_set({pinned.jwk("pinned")}));
  auth::KeySources sources(loop_.get_executor(), options({Algorithm::es256}), clock_, random_);
  auth::Verifier verifier = verifier_of(sources, clock_);
  const auto body = [](Sources& test, auth::KeySources& from, auth::Verifier& with, const KeyPair& good,
                       const KeyPair& bad) -> Task<> {
    const std::string token = test.bearer(good, "pinned");
    EXPECT_EQ(co_await outcome_of(with, token), "");
    test.issuer_.serve(jwk_set({bad.jwk("other")}));
    EXPECT_FALSE(co_await from.await_keys(test.issuer_.name()));
    EXPECT_NE(with.find(token), nullptr) << "the last good keys count";
  };
  run(sources, body(*this, sources, verifier, pinned, other));
}

// Two API loops of their own threads, while the sources' loop fetches.
TEST_F(Sources, EveryLoopSeesNewKeys) {
  const KeyPair& first = KeyPair::of(Algorithm::es256);
  const KeyPair& second = KeyPair::of(Algorithm::eddsa);
  issuer_.serve(jwk_set({first.jwk("first")}));
  auth::KeySources sources(loop_.get_executor(), options(), clock_, random_);
  const std::vector<std::string> tokens = {bearer(first, "first"), bearer(second, "second")};
  const auto requests = [](auth::KeySources& from, const Clock& clock, const std::vector<std::string>& these,
                           std::function<void()> rotate) -> Task<> {
    auth::Verifier verifier = verifier_of(from, clock);
    for (const std::string& token : these) {
      const auto caller = co_await verifier.verify(token);
      EXPECT_TRUE(caller.has_value()) << caller.error().reason;
      rotate();
    }
  };
  Event ended(loop_.get_executor());
  int left = 2;
  const auto rotate = [&] {
    asio::post(loop_, [&] { issuer_.serve(jwk_set({first.jwk("first"), second.jwk("second")})); });
  };
  const auto tell = [&] {
    asio::post(loop_, [&] {
      if (--left == 0) ended.set();
    });
  };
  std::vector<std::thread> threads;
  for (int n = 0; n < 2; ++n)
    threads.emplace_back([&] {
      run_to_end(requests(sources, clock_, tokens, rotate));
      tell();
    });
  run(sources, ended.wait());
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace bursar::testing
