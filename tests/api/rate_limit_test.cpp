// What clients see of the rate limits: whose budget a request counts for, what its answer says, and that
// waiting as long as it says is enough.
#include "api/admission.hpp"
#include "stage.hpp"
#include "stepped_clock.hpp"

namespace bursar::api::test {
namespace {

using auth::RateClass;
using auth::RatePolicy;

/// Everything is off but what the test is about.
constexpr std::string_view off =
    "create=off,read=off,service_create=off,service_read=off,user=off,staff=off,token=off,token_known=off,"
    "token_address=off,address=off";

class RateLimits : public ::testing::Test {
 protected:
  void start(std::string_view rates, std::string_view proxies = "") {
    auto policy = RatePolicy::parse(off).value().with(RatePolicy::parse(rates).value());
    SeededRandom random(1);
    stage_.reset();
    limiter_.emplace(std::move(policy), clock_, random);
    stage_.emplace(database_.options(), GatewayTerms(), DevelopmentTokens(), auth::Listener::everywhere,
                   Callers::as_claimed, &*limiter_, http::TrustedProxies::parse(proxies).value());
  }
  Answer send(const Request& request) { return stage_->send(request); }
  Answer pay_as_alice() { return send(pay(fmt::format("k-{}", ++keys_), payment_of(alice))); }
  Answer pay_by_shop(std::string_view user) {
    auto request = pay(fmt::format("k-{}", ++keys_), payment_of(user));
    request.token = service();
    return send(request);
  }
  std::string rows() { return database_.value("SELECT count(*) FROM payment_intents"); }

  testing::TestDatabase database_;
  SteppedClock clock_;
  std::optional<auth::RateLimiter> limiter_;
  std::optional<Stage> stage_;
  int keys_ = 0;
};

/// 429 in which header and body agree; gives the seconds to wait.
std::int64_t check_limited(const Answer& answer, std::string_view budget) {
  check_refused(answer, 429, "rate_limited");
  const std::string wait = answer.field("Retry-After");
  EXPECT_EQ(answer.text("retry_after"), wait);
  EXPECT_EQ(answer.text("retryable"), "true");
  EXPECT_EQ(answer.field("RateLimit"), fmt::format("\"{}\";r=0;t={}", budget, wait));
  EXPECT_EQ(answer.head.find("RateLimit: "), answer.head.rfind("RateLimit: "))
      << "one budget: " << answer.head;
  EXPECT_TRUE(answer.field("RateLimit-Policy").starts_with(fmt::format("\"{}\";q=", budget))) << answer.head;
  EXPECT_NE(answer.text("detail").find(fmt::format("'{}'", budget)), std::string::npos) << answer.body;
  EXPECT_GE(std::stol(wait), 1) << answer.head;
  return std::stol(wait);
}

TEST_F(RateLimits, EveryAnswerSaysWhatIsLeft) {
  start("create=2/s:5,read=1/m:3");
  const Answer first = pay_as_alice();
  EXPECT_EQ(first.status, 202);
  EXPECT_EQ(first.field("RateLimit-Policy"), R"("create";q=5;w=3)");
  EXPECT_EQ(first.field("RateLimit"), R"("create";r=4;t=2)");
  EXPECT_EQ(first.field("Retry-After"), "");
  EXPECT_EQ(pay_as_alice().field("RateLimit"), R"("create";r=3;t=2)");
  // 250 ms are half a request.
  clock_.advance(std::chrono::milliseconds(250));
  EXPECT_EQ(pay_as_alice().field("RateLimit"), R"("create";r=2;t=1)");
  const Answer missing = send(get("/payments/x", customer(alice)));
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.field("RateLimit-Policy"), R"("read";q=3;w=180)");
  EXPECT_EQ(missing.field("RateLimit"), R"("read";r=2;t=120)");
  const Answer denied = send(get("/analytics/daily", customer(alice)));
  EXPECT_EQ(denied.status, 403);
  EXPECT_EQ(denied.field("RateLimit"), R"("read";r=1;t=60)");
  // The last one says how long until the next.
  EXPECT_EQ(send(get("/payments", customer(alice))).field("RateLimit"), R"("read";r=0;t=60)");
}

TEST_F(RateLimits, TooManyAreRefusedAndLeaveNothing) {
  start("create=1/s:3");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(pay_as_alice().status, 202);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(check_limited(pay_as_alice(), "create"), 1);
  EXPECT_EQ(rows(), "3");
  EXPECT_EQ(database_.value("SELECT coalesce(sum(cardinality(items)), 0) FROM chunks"), "3");
  EXPECT_EQ(limiter_->refused(RateClass::create), 3U);
}

TEST_F(RateLimits, AClientThatWaitsAsLongAsItIsToldIsAcceptedEachTime) {
  // Steps that are no whole seconds, some of them shorter than one.
  for (const auto* rate : {"7/m:2", "3/s:1", "1000/h:3", "13/s:4"}) {
    start(fmt::format("create={}", rate));
    int accepted = 0;
    for (int i = 0; i < 25; ++i) {
      Answer answer = pay_as_alice();
      while (answer.status == 202) answer = pay_as_alice();
      clock_.advance(std::chrono::seconds(check_limited(answer, "create")));
      accepted += pay_as_alice().status == 202;
    }
    EXPECT_EQ(accepted, 25) << rate;
  }
}

TEST_F(RateLimits, AReplayCountsLikeAnyOtherRequest) {
  start("create=1/h:3");
  EXPECT_EQ(send(pay("k", payment_of(alice))).status, 202);
  const Answer replay = send(pay("k", payment_of(alice)));
  EXPECT_EQ(replay.field("Idempotent-Replayed"), "true");
  EXPECT_EQ(replay.field("RateLimit"), R"("create";r=1;t=3600)");
  EXPECT_EQ(send(pay("k", payment_of(alice))).status, 202);
  check_limited(send(pay("k", payment_of(alice))), "create");
  EXPECT_EQ(rows(), "1");
}

TEST_F(RateLimits, ARefusedRequestCanBeRepeatedWithItsKey) {
  start("create=1/s:1");
  ASSERT_EQ(pay_as_alice().status, 202);
  const Answer refused = send(pay("mine", payment_of(alice)));
  clock_.advance(std::chrono::seconds(check_limited(refused, "create")));
  const Answer again = send(pay("mine", payment_of(alice, R"(,"reference":"other")")));
  EXPECT_EQ(again.status, 202) << "nothing of the refused one is remembered: " << again.body;
  EXPECT_EQ(again.field("Idempotent-Replayed"), "");
}

TEST_F(RateLimits, CreatesCountBeforeTheirBodyIsRead) {
  start("create=1/h:2");
  for (const auto* body : {"{", "{}"}) {
    const Answer answer = send(pay("k", body));
    EXPECT_TRUE(answer.status == 400 || answer.status == 422) << answer.body;
  }
  check_limited(send(pay("k", "{")), "create");
}

TEST_F(RateLimits, ABudgetBelongsToThePrincipalWhicheverTokenItSends) {
  start("create=1/h:2,service_create=1/h:1");
  EXPECT_EQ(pay_as_alice().status, 202);
  auto other_token = pay("k", payment_of(alice));
  other_token.token = token(alice, {auth::RoleName::customer, auth::RoleName::customer});
  ASSERT_NE(other_token.token, customer(alice));
  EXPECT_EQ(send(other_token).field("RateLimit"), R"("create";r=0;t=3600)");
  check_limited(pay_as_alice(), "create");
  auto bobs = pay("k", payment_of(bob));
  bobs.token = customer(bob);
  EXPECT_EQ(send(bobs).status, 202);
  EXPECT_EQ(pay_by_shop(alice).status, 202);
  check_limited(pay_by_shop(bob), "service_create");
}

TEST_F(RateLimits, EachUserOfAServiceHasABudgetThere) {
  start("user=1/h:2,service_create=1/m:100");
  EXPECT_EQ(pay_by_shop(alice).field("RateLimit"), R"("user";r=1;t=3600)");
  EXPECT_EQ(pay_by_shop(alice).status, 202);
  check_limited(pay_by_shop(alice), "user");
  EXPECT_EQ(pay_by_shop(bob).status, 202) << "another user";
  EXPECT_EQ(pay_as_alice().status, 202) << "the same user by itself";
  EXPECT_EQ(rows(), "4");
  // A refused one has counted for the service.
  EXPECT_EQ(send(get("/payments", service())).status, 200);
  auto bad = pay("k", payment_of(bob));
  bad.token = service();
  bad.headers.pop_back();
  EXPECT_EQ(send(bad).field("RateLimit"), fmt::format(R"("service_create";r=95;t={})", 95 * 60));
}

TEST_F(RateLimits, AServiceThatWaitsForItsUserIsNotRefusedForItselfThen) {
  start("user=1/m:1,service_create=1/h:2");
  EXPECT_EQ(pay_by_shop(alice).status, 202);
  // It has taken the last place of the service, which has the next one later than the user.
  const Answer refused = pay_by_shop(alice);
  EXPECT_EQ(limiter_->refused(RateClass::user), 1U);
  clock_.advance(std::chrono::seconds(check_limited(refused, "service_create")));
  EXPECT_EQ(pay_by_shop(alice).status, 202);
}

TEST_F(RateLimits, CreatesReadsAndRolesHaveBudgetsOfTheirOwn) {
  start("create=1/h:1,read=1/h:1,service_create=1/h:1,service_read=1/h:1,staff=1/h:1");
  EXPECT_EQ(pay_as_alice().status, 202);
  check_limited(pay_as_alice(), "create");
  EXPECT_EQ(send(get("/payments", customer(alice))).status, 200);
  check_limited(send(get("/payments", customer(alice))), "read");
  EXPECT_EQ(pay_by_shop(bob).status, 202);
  check_limited(pay_by_shop(bob), "service_create");
  EXPECT_EQ(send(get("/payments", service())).status, 200);
  check_limited(send(get("/payments", service())), "service_read");
  EXPECT_EQ(send(get("/payments", staff())).status, 200);
  check_limited(send(get("/analytics/daily", staff())), "staff");
}

// What is answered without a caller.
TEST_F(RateLimits, StrangersCountForTheirAddress) {
  const Request strangers[] = {
      get("/openapi.json", ""),
      get("/no/such/path", ""),
      {.method = "OPTIONS", .target = "/payments"},
      {.method = "DELETE", .target = "/payments"},
      get("/payments", ""),
      get("/payments", "nonsense"),
      get("/payments", customer(alice) + "x"),
  };
  start(fmt::format("address=1/h:{}", std::size(strangers)));
  std::int64_t left = std::size(strangers);
  for (const Request& request : strangers) {
    const Answer answer = send(request);
    EXPECT_NE(answer.status, 429) << request.target;
    EXPECT_TRUE(answer.field("RateLimit").starts_with(fmt::format("\"address\";r={};", --left)))
        << answer.head;
  }
  for (const Request& request : strangers) check_limited(send(request), "address");
}

TEST_F(RateLimits, AKnownTokenIsNotHurtByItsAddress) {
  start("address=1/h:2");
  const std::string known = customer(alice);
  EXPECT_EQ(send(get("/payments", known)).status, 200);
  for (int i = 0; i < 2; ++i) check_refused(send(get("/payments", "guess")), 401, "unauthenticated");
  check_limited(send(get("/payments", "guess")), "address");
  EXPECT_EQ(send(get("/payments", known)).status, 200);
  // A token that nobody has seen costs a look at its signature; that has to wait.
  const std::int64_t wait = check_limited(send(get("/payments", customer(bob))), "address");
  clock_.advance(std::chrono::seconds(wait));
  EXPECT_EQ(send(get("/payments", customer(bob))).status, 200);
  check_refused(send(get("/payments", "guess")), 401, "unauthenticated");
}

TEST_F(RateLimits, HealthIsNeverLimited) {
  start("address=1/h:1");
  for (int i = 0; i < 20; ++i)
    for (const auto* path : {"/livez", "/readyz"}) {
      const Answer answer = send(get(path, ""));
      EXPECT_EQ(answer.status, 200);
      EXPECT_EQ(answer.field("RateLimit"), "");
    }
}

TEST_F(RateLimits, AddressesComeFromTrustedProxiesOnly) {
  const auto from = [&](std::string_view forwarded) {
    auto request = get("/openapi.json", "");
    request.headers.emplace_back("X-Forwarded-For", forwarded);
    return send(request);
  };
  start("address=1/h:1", "127.0.0.1");
  EXPECT_EQ(from("198.51.100.1").status, 200);
  check_limited(from("198.51.100.1"), "address");
  EXPECT_EQ(from("198.51.100.2").status, 200);
  // What a client writes itself stands before what the proxy adds.
  check_limited(from("203.0.113.99, 198.51.100.2"), "address");
  EXPECT_EQ(from("2001:db8:0:1::1").status, 200);
  check_limited(from("2001:db8:0:1:ffff::2"), "address");
  EXPECT_EQ(from("2001:db8:0:2::1").status, 200);
  start("address=1/h:1");
  EXPECT_EQ(from("198.51.100.1").status, 200);
  check_limited(from("198.51.100.2"), "address");
}

TEST_F(RateLimits, OffSaysAndRefusesNothing) {
  start("");
  for (int i = 0; i < 50; ++i) {
    const Answer answer = pay_as_alice();
    EXPECT_EQ(answer.status, 202);
    EXPECT_EQ(answer.field("RateLimit") + answer.field("RateLimit-Policy"), "");
  }
}

TEST(RetryAfter, IsRoundedUpAndAtLeastASecond) {
  using namespace std::chrono_literals;
  struct {
    std::chrono::microseconds wait;
    std::int64_t seconds;
  } const table[] = {{0us, 1}, {1us, 1}, {999'999us, 1}, {1s, 1}, {1'000'001us, 2}, {59s, 59}, {24h, 86'400}};
  for (const auto& [wait, seconds] : table) EXPECT_EQ(retry_after_s(wait), seconds) << wait.count();
}

}  // namespace
}  // namespace bursar::api::test
