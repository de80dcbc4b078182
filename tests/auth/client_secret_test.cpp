// Client secrets: their text, their hash, and the line in front of the threads that hash.
#include "auth/client_secret.hpp"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
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
    const bool right = co_await with.matches(hash, "secret", false);
    const bool wrong = co_await with.matches(hash, "other", true);
    co_return same_loop&& right && !wrong;
  };
  EXPECT_TRUE(testing::run(story(hashes)));
}

struct Crowd {
  SecretHashes& hashes;
  bool known = true;
  int answered = 0, turned_away = 0;
};

Task<> log_in(Crowd& crowd) {
  try {
    co_await crowd.hashes.matches(no_hash(), "x", crowd.known);
    ++crowd.answered;
  } catch (const Unavailable& full) {
    EXPECT_GE(full.retry_after().count(), 1);
    ++crowd.turned_away;
  }
}

TEST(SecretHashes, TurnAwayWhoWouldWaitTooLongAndRecover) {
  SecretHashes hashes;
  Crowd crowd{hashes};
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

TEST(SecretHashes, StrangersFillTheirPartOfTheLineAndLeaveTheRestToWhoIsKnown) {
  constexpr int rest = limits::hashes_waiting - limits::hashes_for_strangers;
  SecretHashes hashes;
  Crowd strangers{hashes, false}, known{hashes, true};
  int overtaken = 0;
  const auto rush = [](Crowd& many, Crowd& few, int& passed) -> Task<> {
    const auto executor = co_await asio::this_coro::executor;
    TaskGroup group(executor);
    int asked = 0;
    // They ask faster than hashes are made, so sooner or later one is turned away.
    for (; many.turned_away == 0; ++asked) {
      group.spawn("stranger", log_in(many));
      co_await asio::post(executor, asio::use_awaitable);
    }
    co_await log_in(few);
    passed = asked - many.turned_away - many.answered;
    for (int i = 1; i < rest; ++i) group.spawn("known", log_in(few));
    co_await group.join();
  };
  testing::run(rush(strangers, known, overtaken));
  EXPECT_GE(strangers.turned_away, 1);
  EXPECT_EQ(known.turned_away, 0);
  EXPECT_EQ(known.answered, rest);
  EXPECT_GT(overtaken, 1) << "one of the threads makes no stranger's hash while somebody known waits";
}

TEST(SecretHashes, AnAbandonedCallHarmsNobody) {
  SecretHashes hashes;
  Crowd crowd{hashes};
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
