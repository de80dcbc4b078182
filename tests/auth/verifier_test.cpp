// What a verifier remembers of tokens, and what makes it forget.
#include "auth/verifier.hpp"

#include <gtest/gtest.h>

#include <array>

#include "base/error.hpp"
#include "base/limits.hpp"
#include "testing/run.hpp"
#include "tests/auth/tokens.hpp"

namespace bursar::testing {
namespace {

using auth::Caller;
using auth::RoleName;

using Resolved = std::expected<Caller, auth::Refusal>;

class Verifiers : public ::testing::Test {
 protected:
  auth::VerifierOptions options() {
    auth::VerifierOptions made;
    made.keys = {hs256_key("one"), ed25519_key("two")};
    return made;
  }
  /// Counts what is asked of it; answers with the token's own word.
  auth::Resolve counting() {
    return [this](const auth::Verified& verified) {
      ++resolved_;
      return auth::resolve_by_claims(verified);
    };
  }
  std::string bearer(const auth::Key& key, std::string_view change = "{}") {
    return "Bearer " + sign(key, header_for(key), payload_at(clock_.now(), change));
  }

  ManualClock clock_;
  int resolved_ = 0;
  const std::string one_ = bearer(hs256_key("one"));
  const std::string two_ = bearer(ed25519_key("two"), R"({"sub":"7b0e2f4c-96c4-4c1e-9a53-0d5b1f6a2c11"})");
};

TEST_F(Verifiers, ResolveATokenOnceAndThenRememberIt) {
  const auth::KeyRing ring(options());
  auth::Verifier verifier(ring, clock_, counting());
  EXPECT_EQ(verifier.find(one_), nullptr);
  for (int look = 0; look < 3; ++look) ASSERT_TRUE(verify(verifier, one_));
  EXPECT_EQ(resolved_, 1);
  const Caller* known = verifier.find(one_);
  ASSERT_NE(known, nullptr);
  EXPECT_EQ(known->principal.text(), subject);
}

TEST_F(Verifiers, RememberNoLongerTokensThanTheMemoryIsPlannedFor) {
  const auth::KeyRing ring(options());
  auth::Verifier verifier(ring, clock_, counting());
  const auto token_of = [this](std::size_t size) {
    const std::size_t bare = bearer(hs256_key("one"), R"({"more":""})").size();
    const std::size_t more = (size - bare) * 3 / 4;  // base64url
    return bearer(hs256_key("one"), fmt::format(R"({{"more":"{}"}})", std::string(more, 'x')));
  };
  constexpr std::size_t scheme = std::string_view("Bearer ").size();
  const std::string short_enough = token_of(limits::remembered_token_bytes + scheme - 2);
  const std::string too_long = token_of(limits::remembered_token_bytes + scheme + 3);
  ASSERT_LE(short_enough.size(), limits::remembered_token_bytes + scheme);
  ASSERT_GT(too_long.size(), limits::remembered_token_bytes + scheme);
  for (int look = 0; look < 3; ++look) ASSERT_TRUE(verify(verifier, short_enough));
  EXPECT_EQ(resolved_, 1);
  for (int look = 0; look < 3; ++look) ASSERT_TRUE(verify(verifier, too_long));
  EXPECT_EQ(resolved_, 4) << "verified at each request";
  EXPECT_EQ(verifier.find(too_long), nullptr);
}

TEST_F(Verifiers, HandTheResolverWhatTheTokenSays) {
  auth::Verified seen;
  const auto resolve = [&seen](const auth::Verified& verified) {
    seen = verified;
    return auth::resolve_by_claims(verified);
  };
  const auth::KeyRing ring(options());
  auth::Verifier verifier(ring, clock_, resolve);
  ASSERT_TRUE(verify(verifier, one_));
  EXPECT_EQ(seen.issuer, "bursar");
  EXPECT_EQ(seen.subject, subject);
  EXPECT_TRUE(seen.ours);
  EXPECT_EQ(seen.claimed, std::vector{RoleName::customer});
  EXPECT_EQ(seen.key_id, "one");
  EXPECT_EQ(seen.issued_at, clock_.now());
  EXPECT_EQ(seen.not_before, clock_.now());
  EXPECT_EQ(seen.expires_at, clock_.now() + std::chrono::seconds(60));
}

TEST_F(Verifiers, TakeTheExpiryFromTheTokenWhateverTheResolverSays) {
  const auto resolve = [](const auth::Verified&) -> Task<Resolved> {
    co_return Caller{{}, {RoleName::service}, Instant::max()};
  };
  const auth::KeyRing ring(options());
  auth::Verifier verifier(ring, clock_, resolve);
  EXPECT_EQ(verify(verifier, one_).value().expires_at, clock_.now() + std::chrono::seconds(60));
  clock_.advance(std::chrono::seconds(60));
  EXPECT_EQ(verifier.find(one_), nullptr) << "a remembered token outlives its expiry";
}

TEST_F(Verifiers, RememberNeitherRefusalsNorFailuresOfTheResolver) {
  int asked = 0;
  const auto resolve = [&asked](const auth::Verified& verified) -> Task<Resolved> {
    if (++asked == 1)
      return [](int) -> Task<Resolved> {
        throw Unavailable("the database is away");
        co_return Resolved();
      }(0);
    if (asked == 2)
      return [](int) -> Task<Resolved> { co_return std::unexpected(auth::Refusal{"disabled"}); }(0);
    return auth::resolve_by_claims(verified);
  };
  const auth::KeyRing ring(options());
  auth::Verifier verifier(ring, clock_, resolve);
  EXPECT_THROW(verify(verifier, one_), Unavailable);
  EXPECT_EQ(verify(verifier, one_).error().reason, "disabled");
  EXPECT_TRUE(verify(verifier, one_));
  EXPECT_EQ(asked, 3);
}

TEST_F(Verifiers, ForgetWhatBelongsToAPrincipalAndNothingElse) {
  const auth::KeyRing ring(options());
  auth::Verifier verifier(ring, clock_, counting());
  const auto remember = [&] {
    ASSERT_TRUE(verify(verifier, one_));
    ASSERT_TRUE(verify(verifier, two_));
  };
  remember();
  const std::array principals{PrincipalId(parse_uuid(subject).value())};
  verifier.forget(principals);
  EXPECT_EQ(verifier.find(one_), nullptr);
  EXPECT_NE(verifier.find(two_), nullptr);
  remember();
  verifier.forget_all();
  EXPECT_EQ(verifier.find(one_), nullptr);
  EXPECT_EQ(verifier.find(two_), nullptr);
}

TEST_F(Verifiers, DoNotRememberWhatWasResolvedBeforeARevocation) {
  auth::Verifier* itself = nullptr;
  const auto resolve = [&](const auth::Verified& verified) {
    if (++resolved_ == 1) itself->forget({});  // anything: who it was about may be unknown yet
    return auth::resolve_by_claims(verified);
  };
  const auth::KeyRing ring(options());
  auth::Verifier verifier(ring, clock_, resolve);
  itself = &verifier;
  EXPECT_TRUE(verify(verifier, one_));
  EXPECT_EQ(verifier.find(one_), nullptr);
  EXPECT_TRUE(verify(verifier, one_));
  EXPECT_NE(verifier.find(one_), nullptr);
}

}  // namespace
}  // namespace bursar::testing
