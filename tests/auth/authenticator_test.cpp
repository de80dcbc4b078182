// What an authenticator forgets when news come, and when it has been without news for too long.
#include "auth/authenticator.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "base/limits.hpp"
#include "testing/run.hpp"
#include "tests/auth/tokens.hpp"

namespace bursar::testing {
namespace {

using auth::AccessWatch;
using auth::RoleName;

const PrincipalId someone(*parse_uuid(subject));
const PrincipalId another(*parse_uuid("7b0e2f4c-96c4-4c1e-9a53-0d5b1f6a2c11"));

TEST(AccessWatch, IsStaleUntilAPollIsAnsweredAndAgainASecondLater) {
  ManualClock clock;
  AccessWatch watch;
  EXPECT_TRUE(watch.is_stale(clock.monotonic()));
  watch.learn({.epoch = 0, .is_whole = false, .principals = {}}, clock.monotonic());
  EXPECT_FALSE(watch.is_stale(clock.monotonic()));
  clock.advance(limits::access_stale_after - std::chrono::microseconds(1));
  EXPECT_FALSE(watch.is_stale(clock.monotonic()));
  clock.advance(std::chrono::microseconds(1));
  EXPECT_TRUE(watch.is_stale(clock.monotonic()));
}

TEST(AccessWatch, TellsNothingNewWithoutAChange) {
  ManualClock clock;
  AccessWatch watch;
  watch.learn({.epoch = 3, .is_whole = false, .principals = {}}, clock.monotonic());
  const auto version = watch.version();
  for (int i = 0; i < 3; ++i)
    watch.learn({.epoch = 3, .is_whole = true, .principals = {}}, clock.monotonic());
  EXPECT_EQ(watch.version(), version);
  watch.learn({.epoch = 4, .is_whole = true, .principals = {someone}}, clock.monotonic());
  EXPECT_GT(watch.version(), version);
  EXPECT_EQ(watch.epoch(), 4);
}

TEST(AccessWatch, KeepsABoundedPastAndSaysWhereItBegins) {
  ManualClock clock;
  AccessWatch watch;
  watch.learn({.epoch = 0, .is_whole = false, .principals = {}}, clock.monotonic());
  const auto changes = static_cast<std::int64_t>(limits::access_changes_kept) + 10;
  for (std::int64_t n = 1; n <= changes; ++n)
    watch.learn({.epoch = n, .is_whole = true, .principals = {someone}}, clock.monotonic());
  const auto state = watch.state();
  EXPECT_EQ(state->recent.size(), limits::access_changes_kept);
  EXPECT_EQ(state->whole_from, 10);
  EXPECT_EQ(state->recent.front().number, 11);
}

class Authenticators : public ::testing::Test {
 protected:
  Authenticators() : ring_(own()) {
    watch_.learn({.epoch = 0, .is_whole = false, .principals = {}}, clock_.monotonic());
  }
  static auth::VerifierOptions own() {
    auth::VerifierOptions made;
    made.keys = {hs256_key("one")};
    return made;
  }
  std::string bearer(const PrincipalId& principal, std::string_view role) const {
    const auto key = hs256_key("one");
    return "Bearer " + sign(key, header_for(key),
                            payload_at(clock_.now(), fmt::format(R"({{"sub":"{}","roles":["{}"]}})",
                                                                 principal.text(), role)));
  }
  auth::Authenticator make() {
    return {watch_, ring_, clock_, [this](const auth::Verified& verified) {
              ++looks_;
              return auth::resolve_by_claims(verified);
            }};
  }
  /// How often it had to look.
  int looks_for(auth::Authenticator& authenticator, const std::string& field) {
    const int before = looks_;
    if (authenticator.find(field) == nullptr) EXPECT_TRUE(run(authenticator.verify(field)));
    return looks_ - before;
  }
  void change(std::int64_t epoch, std::vector<PrincipalId> principals) {
    watch_.learn({.epoch = epoch, .is_whole = true, .principals = std::move(principals)}, clock_.monotonic());
  }

  ManualClock clock_;
  AccessWatch watch_;
  auth::KeyRing ring_;
  int looks_ = 0;
  const std::string one_ = bearer(someone, "customer"), two_ = bearer(another, "support");
};

TEST_F(Authenticators, LookAgainOnlyAtWhoChanged) {
  auto authenticator = make();
  EXPECT_EQ(looks_for(authenticator, one_), 1);
  EXPECT_EQ(looks_for(authenticator, two_), 1);
  change(1, {someone});
  EXPECT_EQ(looks_for(authenticator, two_), 0);
  EXPECT_EQ(looks_for(authenticator, one_), 1);
  EXPECT_EQ(looks_for(authenticator, one_), 0);
}

TEST_F(Authenticators, CatchUpOverSeveralNews) {
  auto authenticator = make();
  looks_for(authenticator, one_);
  looks_for(authenticator, two_);
  change(1, {someone});
  change(2, {});
  change(3, {another});
  EXPECT_EQ(looks_for(authenticator, one_), 1);
  EXPECT_EQ(looks_for(authenticator, two_), 1);
}

TEST_F(Authenticators, ForgetAllWhenTheyAreTooFarBehindOrNothingOfThePastCounts) {
  auto authenticator = make();
  looks_for(authenticator, one_);
  for (std::int64_t n = 1; n <= static_cast<std::int64_t>(limits::access_changes_kept) + 1; ++n)
    change(n, {another});
  EXPECT_EQ(looks_for(authenticator, one_), 1) << "the first of the changes is not known any more";
  watch_.learn({.epoch = 5, .is_whole = false, .principals = {}}, clock_.monotonic());
  EXPECT_EQ(looks_for(authenticator, one_), 1);
  EXPECT_EQ(looks_for(authenticator, one_), 0);
}

TEST_F(Authenticators, ForgetWhoChangedBeforeTheEpochIsKnown) {
  auto authenticator = make();
  looks_for(authenticator, one_);
  looks_for(authenticator, two_);
  clock_.advance(limits::access_stale_after);
  watch_.tell({.epoch = 1, .is_whole = true, .principals = {someone}});
  EXPECT_EQ(watch_.epoch(), 0);
  EXPECT_TRUE(watch_.is_stale(clock_.monotonic())) << "no poll was answered";
  EXPECT_EQ(looks_for(authenticator, one_), 1);
  EXPECT_EQ(looks_for(authenticator, one_), 0);
  watch_.tell({.epoch = 2, .is_whole = false, .principals = {}});
  EXPECT_EQ(looks_for(authenticator, one_), 1) << "nothing of the past counts";
  change(2, {});
  EXPECT_EQ(watch_.epoch(), 2);
}

TEST_F(Authenticators, LookAtStaffAtEachRequestWhileThereAreNoNews) {
  auto authenticator = make();
  looks_for(authenticator, one_);
  looks_for(authenticator, two_);
  clock_.advance(limits::access_stale_after);
  EXPECT_EQ(looks_for(authenticator, one_), 0) << "a customer";
  for (int i = 0; i < 3; ++i) EXPECT_EQ(looks_for(authenticator, two_), 1) << "support";
  change(1, {});
  EXPECT_EQ(looks_for(authenticator, two_), 0);
}

// Keys in the database come with the poll: until it is answered, an unknown one may be good.
TEST_F(Authenticators, DoNotRefuseAnUnknownKeyOfOursWhileNewsAreMissing) {
  const auto made_elsewhere = ed25519_key("new");
  const auto token = [this](const auth::Key& key, std::string_view change = "{}") {
    return "Bearer " + sign(key, header_for(key), payload_at(clock_.now(), change));
  };
  const std::string unknown = token(made_elsewhere);
  AccessWatch nothing_known;
  auth::Authenticator at_the_start(nothing_known, ring_, clock_, auth::resolve_by_claims);
  EXPECT_THROW(run(at_the_start.verify(unknown)), Unavailable);
  auto authenticator = make();
  EXPECT_FALSE(run(authenticator.verify(unknown))) << "every key of ours is known";
  clock_.advance(limits::access_stale_after);
  EXPECT_THROW(run(authenticator.verify(unknown)), Unavailable);
  auto forged = hs256_key("one");
  forged.verification[0] ^= 1;
  forged.signing = forged.verification;
  for (const std::string& refused :
       {token(forged), token(hs256_key("new")), token(made_elsewhere, R"({"iss":"https://evil.test"})"),
        token(hs256_key("one"), R"({"exp":1})"), std::string("Bearer x")})
    EXPECT_FALSE(run(authenticator.verify(refused))) << "no news could make it good";
  EXPECT_TRUE(run(authenticator.verify(one_)));
  change(1, {});
  EXPECT_FALSE(run(authenticator.verify(unknown)));
}

}  // namespace
}  // namespace bursar::testing
