// Log-ins: whose budget they count for, what their answers tell, and that strangers keep nobody out.
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <set>

#include "access_stage.hpp"
#include "api/admission.hpp"
#include "auth/client_secret.hpp"
#include "auth/secret_hashes.hpp"
#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/task_group.hpp"
#include "stepped_clock.hpp"
#include "testing/binary.hpp"
#include "testing/run.hpp"

namespace bursar::api::test {
namespace {

using auth::RateClass;
using auth::RatePolicy;

std::optional<http::Response> refusal_of(auth::RateLimiter& limiter, const http::Request& request,
                                         std::string_view account) {
  auto known = Admission(&limiter, request).admit_log_in(account);
  return known ? std::nullopt : std::optional(std::move(known.error()));
}

class LogIns : public ::testing::Test {
 protected:
  std::optional<http::Response> log_in(std::string_view account, std::string_view address) {
    http::Request request;
    request.client = http::parse_ip(address).value();
    return refusal_of(limiter_, request, account);
  }
  void remember(std::string_view account, std::string_view address) {
    http::Request request;
    request.client = http::parse_ip(address).value();
    Admission(&limiter_, request).remember_log_in(account);
  }

  SteppedClock clock_;
  SeededRandom random_{1};
  auth::RateLimiter limiter_{
      RatePolicy::defaults().with(
          RatePolicy::parse("token=1/h:3,token_known=1/h:4,token_address=1/h:5").value()),
      clock_, random_};
};

TEST_F(LogIns, AreLimitedPerAccountFromWhereverTheyCome) {
  for (int i = 1; i <= 3; ++i) EXPECT_FALSE(log_in("shop", fmt::format("192.0.2.{}", i)).has_value());
  const auto refusal = log_in("shop", "192.0.2.9");
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->status, 429);
  EXPECT_FALSE(log_in("other", "192.0.2.9").has_value());
  EXPECT_EQ(limiter_.refused(RateClass::token), 1U);
}

TEST_F(LogIns, AreLimitedPerAddressWhateverTheAccount) {
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(log_in(fmt::format("account {}", i), "2001:db8::1").has_value());
  EXPECT_TRUE(log_in("account 5", "2001:db8::2").has_value()) << "the same /64";
  EXPECT_FALSE(log_in("account 5", "2001:db8:0:1::2").has_value());
  EXPECT_EQ(limiter_.refused(RateClass::token_address), 1U);
}

TEST_F(LogIns, OfAnAccountWhereItIsKnownAreNotLockedOutByStrangers) {
  remember("shop", "192.0.2.1");
  for (int i = 0; i < 20; ++i) {
    log_in("shop", fmt::format("198.51.100.{}", i));  // uses up the account's budget
    log_in(fmt::format("guess {}", i), "192.0.2.1");  // and the address's
  }
  EXPECT_TRUE(log_in("shop", "203.0.113.1").has_value());
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(log_in("shop", "192.0.2.1").has_value());
  EXPECT_TRUE(log_in("shop", "192.0.2.1").has_value()) << "its own limit";
  EXPECT_EQ(limiter_.refused(RateClass::token_known), 1U);
  // Not for ever.
  clock_.advance(limits::known_for);
  EXPECT_FALSE(log_in("shop", "203.0.113.1").has_value());
  for (int i = 0; i < 20; ++i) log_in("shop", fmt::format("198.51.100.{}", i));
  EXPECT_TRUE(log_in("shop", "192.0.2.1").has_value());
}

TEST_F(LogIns, ThatAreRefusedCountForNothing) {
  for (int i = 0; i < 20; ++i) log_in("shop", "192.0.2.1");  // 3 of them count
  EXPECT_FALSE(log_in("other", "192.0.2.1").has_value());
  EXPECT_FALSE(log_in("another", "192.0.2.1").has_value());
  EXPECT_TRUE(log_in("more", "192.0.2.1").has_value());
  EXPECT_FALSE(log_in("more", "192.0.2.2").has_value());
  EXPECT_EQ(limiter_.refused(RateClass::token), 17U);
  EXPECT_EQ(limiter_.refused(RateClass::token_address), 1U);
}

TEST(LogIn, ThatWaitsAsLongAsItIsToldIsAcceptedEachTime) {
  for (const auto* rates : {"", "token=7/m:2,token_address=3/m:5", "token=13/m:4,token_address=7/m:2",
                            "token=1/h:9,token_address=59/m:1", "token=off", "token_address=off"}) {
    SteppedClock clock;
    SeededRandom random(1);
    auth::RateLimiter limiter(RatePolicy::defaults().with(RatePolicy::parse(rates).value()), clock, random);
    http::Request request;
    const auto refused = [&](std::string_view account) { return refusal_of(limiter, request, account); };
    for (int round = 0; round < 50; ++round) {
      for (int i = 0; i < round % 7; ++i) refused(fmt::format("neighbour {}", i));
      // As many as the address may have, and one more.
      std::optional<http::Response> last;
      for (int i = 0; i < 61; ++i) last = refused("shop");
      while (!last) last = refused("shop");
      const auto wait =
          std::ranges::find(last->headers, "Retry-After", &std::pair<std::string_view, std::string>::first);
      ASSERT_NE(wait, last->headers.end());
      clock.advance(std::chrono::seconds(std::stol(wait->second)));
      ASSERT_FALSE(refused("shop").has_value()) << rates << ", round " << round;
    }
  }
}

TEST_F(LogIns, RefusalsDoNotTellWhichBudgetItWas) {
  remember("known", "192.0.2.1");
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(log_in("known", "192.0.2.1").has_value());
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(log_in("unknown", "198.51.100.1").has_value());
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(log_in(fmt::format("guess {}", i), "203.0.113.1").has_value());
  const auto known = log_in("known", "192.0.2.1"), unknown = log_in("unknown", "198.51.100.1"),
             crowded = log_in("guess", "203.0.113.1");
  ASSERT_TRUE(known && unknown && crowded);
  for (const auto name : {RateClass::token_known, RateClass::token, RateClass::token_address})
    EXPECT_EQ(limiter_.refused(name), 1U);
  for (const auto& other : {unknown, crowded}) {
    EXPECT_EQ(other->headers, known->headers);
    EXPECT_EQ(other->body, known->body);
  }
  const std::pair<std::string_view, std::string> policy("RateLimit-Policy", R"("token";q=3;w=10800)"),
      left("RateLimit", R"("token";r=0;t=3600)");
  EXPECT_EQ(std::ranges::count(known->headers, policy), 1);
  EXPECT_EQ(std::ranges::count(known->headers, left), 1);
  EXPECT_NE(known->body.find("'token'"), std::string::npos) << known->body;
}

// ── Over HTTP, with accounts that are rows ──

struct Limited {
  SteppedClock clock;
  SeededRandom random{1};
  auth::RateLimiter limiter{RatePolicy::defaults(), clock, random};
};

class LimitedLogIns : protected Limited, public AccessTest {
 protected:
  LimitedLogIns() : AccessTest(&limiter) {}
  Answer send_form(std::string body) const {
    return send({.method = "POST",
                 .target = "/auth/token",
                 .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
                 .body = std::move(body)});
  }
  /// Of this machine, where every test comes from.
  void use_up_the_address() const {
    while (send(get("/no/such/path", "")).status != 429) continue;
  }
};

TEST_F(LimitedLogIns, ANeighbourThatUsesUpTheirAddressKeepsNobodyOut) {
  make_keys();
  const Account known = create("service"), unknown = create("service");
  EXPECT_EQ(log_in(known).status, 200);
  use_up_the_address();
  EXPECT_EQ(log_in(known).status, 200);
  EXPECT_EQ(log_in(unknown).status, 200) << "another budget counts for it";
  EXPECT_EQ(limiter.refused(RateClass::address), 1U);
}

TEST_F(LimitedLogIns, WhatIsNoLogInCountsForTheAddress) {
  const std::string nonsense[] = {"", "grant_type=client_credentials", "grant_type=password",
                                  "grant_type=client_credentials&client_id=a&client_id=a&client_secret=b"};
  for (const std::string& body : nonsense) {
    const Answer answer = send_form(body);
    EXPECT_NE(answer.status, 429) << body;
    EXPECT_TRUE(answer.field("RateLimit").starts_with("\"address\";r=")) << answer.head;
    EXPECT_EQ(answer.head.find("RateLimit: "), answer.head.rfind("RateLimit: ")) << answer.head;
  }
  use_up_the_address();
  for (const std::string& body : nonsense) check_refused(send_form(body), 429, "rate_limited");
}

/// Comes again and again until it is told to stop.
Task<> keep_in_line(auth::SecretHashes& hashes, const std::atomic<bool>& stop) {
  const auto executor = co_await asio::this_coro::executor;
  while (!stop) {
    try {
      co_await hashes.matches(auth::no_hash(), "x", false);
    } catch (const Unavailable&) {  // the others have all places
    }
    co_await asio::post(executor, asio::use_awaitable);
  }
}

Task<> fill_the_part_of_strangers(auth::SecretHashes& hashes, const std::atomic<bool>& stop) {
  const auto executor = co_await asio::this_coro::executor;
  TaskGroup group(executor);
  for (std::size_t i = 0; i <= limits::hashes_for_strangers; ++i)
    group.spawn("stranger", keep_in_line(hashes, stop));
  co_await group.join();
}

TEST_F(LimitedLogIns, StrangersThatFillTheLineOfHashesKeepNobodyOutWhereItIsKnown) {
  make_keys();
  const Account known = create("service"), unknown = create("service");
  ASSERT_EQ(log_in(known).status, 200);
  std::atomic<bool> stop{false};
  std::thread crowd([&] { testing::run(fill_the_part_of_strangers(stage_.hashes(), stop)); });
  EXPECT_TRUE(testing::eventually([&] {
    clock.advance(std::chrono::seconds(2));
    return log_in({unknown.id, "", "wrong"}).status == 503;
  }));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(log_in(known).status, 200);
  stop = true;
  crowd.join();
  EXPECT_EQ(log_in(unknown).status, 200);
}

// All fields but those that are another's in every answer.
std::string fields_of(const Answer& answer) {
  std::string head = answer.head;
  for (const std::string_view name : {"Date", "X-Request-Id"}) {
    const auto value = answer.field(name);
    head.replace(head.find(value), value.size(), "");
  }
  return head;
}

TEST_F(LimitedLogIns, AnswersDoNotTellWhetherAnAccountIsKnownHere) {
  make_keys();
  const Account known = create("service"), elsewhere = create("service");
  const Answer answer = log_in(known);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.field("RateLimit") + answer.field("RateLimit-Policy"), "");
  std::set<std::string> heads;
  for (const std::string& id : {known.id, elsewhere.id, random_uuid(random).text(), std::string("shop")}) {
    const Answer refused = log_in({id, "", "wrong"});
    check_refused(refused, 401, "invalid_client");
    heads.insert(fields_of(refused));
  }
  EXPECT_EQ(heads.size(), 1U) << *heads.begin() << *heads.rbegin();
  EXPECT_EQ(heads.begin()->find("RateLimit"), std::string::npos) << *heads.begin();
}

}  // namespace
}  // namespace bursar::api::test
