// Keys in files, which somebody edits while tokens come.
#include "auth/key_files.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "auth/key_sources.hpp"
#include "auth/verifier.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "testing/binary.hpp"
#include "tests/auth/key_pairs.hpp"
#include "tests/auth/tokens.hpp"

namespace bursar::testing {
namespace {

using auth::Algorithm;

class KeyFiles : public ::testing::Test {
 protected:
  std::filesystem::path write(const std::string& name, std::string_view text) {
    const auto path = folder_.path() / name;
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  auth::KeySources sources_with(std::vector<std::filesystem::path> files) {
    auth::KeySourceOptions options;
    options.own.keys = {hs256_key("configured")};
    options.own_files = std::move(files);
    return {loop_.get_executor(), options, clock_, random_};
  }
  std::string bearer(const KeyPair& pair, std::string_view kid) {
    return "Bearer " + pair.token(kid, payload_at(clock_.now()));
  }
  void check_stops_the_start(std::vector<std::filesystem::path> files, std::string_view why) {
    try {
      sources_with(std::move(files));
      ADD_FAILURE() << "accepted instead of: " << why;
    } catch (const UsageError& error) {
      EXPECT_NE(std::string_view(error.what()).find(why), std::string_view::npos) << error.what();
    }
  }

  TemporaryFolder folder_;
  Loop loop_{1};
  ManualClock clock_;
  SystemRandom random_;
};

TEST_F(KeyFiles, HoldPemAndJwkAndSetsBesideConfiguredKeys) {
  auth::KeySources sources = sources_with(
      {write("2026-11.pem", KeyPair::of(Algorithm::rs256).public_pem()),
       write("one.json", json::to_text(KeyPair::of(Algorithm::es256).jwk("jwk"))),
       write("set.jwks", jwk_set({KeyPair::of(Algorithm::eddsa).jwk("set"),
                                  KeyPair::of(Algorithm::rs256).jwk("x", R"({"use":"enc"})")}))});
  auth::Verifier verifier(sources.ring(), clock_);
  EXPECT_TRUE(verify(verifier, bearer(KeyPair::of(Algorithm::rs256), "2026-11")));
  EXPECT_TRUE(verify(verifier, bearer(KeyPair::of(Algorithm::es256), "jwk")));
  EXPECT_TRUE(verify(verifier, bearer(KeyPair::of(Algorithm::eddsa), "set")));
  const std::string configured =
      sign(hs256_key("configured"), header_for(hs256_key("configured")), payload_at(clock_.now()));
  EXPECT_TRUE(verify(verifier, "Bearer " + configured));
  EXPECT_FALSE(verify(verifier, bearer(KeyPair::of(Algorithm::rs256), "x"))) << "a key to encrypt with";
}

TEST_F(KeyFiles, AreReadAgainWhenTheyChange) {
  const KeyPair& old = KeyPair::of(Algorithm::es256);
  const KeyPair& next = KeyPair::of(Algorithm::eddsa);
  const auto file = write("keys.json", jwk_set({old.jwk("old")}));
  auth::KeySources sources = sources_with({file});
  auth::Verifier verifier(sources.ring(), clock_);
  const std::string before = bearer(old, "old"), behind = bearer(next, "next");
  EXPECT_TRUE(verify(verifier, before));
  EXPECT_FALSE(verify(verifier, behind));
  write("keys.json", jwk_set({old.jwk("old"), next.jwk("next")}));
  sources.look_at_files();
  EXPECT_NE(verifier.find(before), nullptr) << "an overlap loses nothing";
  EXPECT_TRUE(verify(verifier, behind));
  write("keys.json", jwk_set({next.jwk("next")}));
  sources.look_at_files();
  EXPECT_FALSE(verify(verifier, before)) << "its key is gone";
  EXPECT_TRUE(verify(verifier, behind));
}

TEST_F(KeyFiles, ABrokenOrMissingFileKeepsItsLastGoodKeys) {
  const KeyPair& pair = KeyPair::of(Algorithm::es256);
  const auto file = write("keys.json", jwk_set({pair.jwk("k")}));
  auth::KeySources sources = sources_with({file});
  auth::Verifier verifier(sources.ring(), clock_);
  const std::string token = bearer(pair, "k");
  const std::uint64_t version = sources.ring().version();
  for (const std::string& text :
       {std::string(), std::string("{"), pair.private_pem(), std::string(300'000, ' ')}) {
    write("keys.json", text);
    sources.look_at_files();
    EXPECT_EQ(sources.ring().version(), version);
    EXPECT_TRUE(verify(verifier, token));
  }
  std::filesystem::remove(file);
  sources.look_at_files();
  EXPECT_TRUE(verify(verifier, token));
  write("keys.json", jwk_set({KeyPair::of(Algorithm::eddsa).jwk("k")}));
  sources.look_at_files();
  EXPECT_FALSE(verify(verifier, token));
}

TEST_F(KeyFiles, ThatCannotBeUsedStopTheStart) {
  const KeyPair& pair = KeyPair::of(Algorithm::es256);
  check_stops_the_start({folder_.path() / "missing"}, "cannot be read");
  check_stops_the_start({folder_.path()}, "cannot be read");
  check_stops_the_start({write("empty", "")}, "neither PEM nor");
  check_stops_the_start({write("private.pem", pair.private_pem())}, "private key");
  check_stops_the_start({write("none.json", R"({"keys":[]})")}, "has no key");
  check_stops_the_start({write("future.json", R"({"kty":"future","kid":"k"})")}, "kty");
  check_stops_the_start({write("oct.json", R"({"kty":"oct","kid":"k","k":"AAAA"})")}, "secret");
  check_stops_the_start({write("weak.json", jwk_set({pair.jwk("k"), KeyPair::rsa(1024).jwk("weak")}))},
                        "1024");
  check_stops_the_start({write("configured.pem", pair.public_pem())}, "'configured' of");
  check_stops_the_start({write("a.json", jwk_set({pair.jwk("a")})), write("a.pem", pair.public_pem())},
                        "'a' of");
}

}  // namespace
}  // namespace bursar::testing
