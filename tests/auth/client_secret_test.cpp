// Client secrets: their text, their hash, and the line in front of the threads that hash.
#include "auth/client_secret.hpp"

#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "auth/secret_hashes.hpp"
#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/task_group.hpp"
#include "testing/run.hpp"

namespace bursar::auth {
namespace {

constexpr std::string_view url_safe = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// "$argon2id$v=19$m=19456,t=2,p=1$", without salt and hash.
std::string parameters_of(const std::string& hash) {
  return hash.substr(0, hash.find('$', hash.find("p=")) + 1);
}

TEST(ClientSecret, IsUrlSafeAndCarriesItsId) {
  SystemRandom random;
  std::set<std::string> texts;
  for (int i = 0; i < 100; ++i) {
    const auto secret = make_client_secret(random);
    texts.insert(secret.text);
    EXPECT_EQ(secret.text.find_first_not_of(url_safe), std::string::npos)
        << "no '+', '%' or ':' to be decoded";
    EXPECT_EQ(secret.text.size(), 68u);
    EXPECT_EQ(id_of_client_secret(secret.text), secret.id);
  }
  EXPECT_EQ(texts.size(), 100u);
}

TEST(ClientSecret, AnyOtherTextHasNoId) {
  SeededRandom random(1);
  const std::string good = make_client_secret(random).text;
  for (const std::string& bad :
       {std::string(), std::string("bsr_"), good.substr(1), good + "A", good.substr(0, good.size() - 1),
        "bsr-" + good.substr(4), good.substr(0, good.size() - 1) + "+", std::string(10'000, 'A')})
    EXPECT_EQ(id_of_client_secret(bad), std::nullopt) << bad.substr(0, 80);
}

TEST(ClientSecret, IsKeptAsArgon2idOfWhatOwaspAsksFor) {
  SystemRandom random;
  const auto secret = make_client_secret(random);
  const std::string hash = hash_client_secret(secret.text);
  EXPECT_EQ(parameters_of(hash), "$argon2id$v=19$m=19456,t=2,p=1$");
  EXPECT_LE(hash.size(), 128u) << "client_secrets.hash";
  EXPECT_NE(hash_client_secret(secret.text), hash) << "every hash has its own salt";
  EXPECT_TRUE(matches_client_secret(hash, secret.text));
  EXPECT_FALSE(matches_client_secret(hash, secret.text + " "));
  EXPECT_FALSE(matches_client_secret(hash, ""));
}

TEST(ClientSecret, NobodysHashCostsTheSameAndMatchesNothing) {
  EXPECT_EQ(parameters_of(no_hash()), parameters_of(hash_client_secret("x")));
  EXPECT_EQ(no_hash().size(), hash_client_secret("x").size()) << "libsodium reads it as a hash";
  for (const char* text : {"", "x", "bsr_"}) EXPECT_FALSE(matches_client_secret(no_hash(), text));
}

TEST(SecretHashes, GiveTheResultBackOnTheCallersLoop) {
  SecretHashes hashes;
  const auto story = [](SecretHashes& with) -> Task<bool> {
    const auto home = std::this_thread::get_id();
    const std::string hash = co_await with.hash("secret");
    const bool same_loop = std::this_thread::get_id() == home;
    const bool right = co_await with.matches(hash, "secret");
    const bool wrong = co_await with.matches(hash, "other");
    co_return same_loop&& right && !wrong;
  };
  EXPECT_TRUE(testing::run(story(hashes)));
}

struct Crowd {
  SecretHashes hashes;
  int answered = 0, turned_away = 0;
};

Task<> log_in(Crowd& crowd) {
  try {
    co_await crowd.hashes.matches(no_hash(), "x");
    ++crowd.answered;
  } catch (const Unavailable& full) {
    EXPECT_GE(full.retry_after().count(), 1);
    ++crowd.turned_away;
  }
}

TEST(SecretHashes, TurnAwayWhoWouldWaitTooLongAndRecover) {
  Crowd crowd;
  const int callers = static_cast<int>(limits::hashes_waiting) + 5;
  const auto rush = [](Crowd& with, int count) -> Task<> {
    const auto executor = co_await asio::this_coro::executor;
    TaskGroup group(executor);
    // No one is answered before all have asked: results come back on this loop.
    for (int i = 0; i < count; ++i) group.spawn("log-in", log_in(with));
    co_await group.join();
  };
  testing::run(rush(crowd, callers));
  EXPECT_EQ(crowd.answered + crowd.turned_away, callers);
  EXPECT_GE(crowd.answered, static_cast<int>(limits::hashes_waiting));
  const int before = crowd.answered;
  testing::run(rush(crowd, 1));
  EXPECT_EQ(crowd.answered, before + 1);
}

TEST(SecretHashes, AnAbandonedCallHarmsNobody) {
  Crowd crowd;
  const auto leave = [](Crowd& with) -> Task<> {
    const auto executor = co_await asio::this_coro::executor;
    TaskGroup group(executor);
    for (int i = 0; i < 4; ++i) group.spawn("log-in", log_in(with));
    group.cancel();
    co_await group.join();
  };
  testing::run(leave(crowd));
  EXPECT_LE(crowd.answered, 4);
  const int before = crowd.answered;
  testing::run(log_in(crowd));
  EXPECT_EQ(crowd.answered, before + 1);
}

}  // namespace
}  // namespace bursar::auth
