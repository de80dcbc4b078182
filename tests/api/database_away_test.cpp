// What callers are told while the database is away, and what only the log is told.
#include "base/log.hpp"
#include "stage.hpp"
#include "stepped_clock.hpp"

namespace bursar::api::test {
namespace {

std::size_t times(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

std::vector<Request> requests_of_everybody() {
  const std::pair<std::string, std::string> json_type{"Content-Type", "application/json"};
  Request log_in{.method = "POST", .target = "/auth/token", .headers = {json_type}};
  log_in.body = fmt::format(
      R"({{"grant_type":"client_credentials","client_id":"{}","client_secret":"bcs_nobody"}})", alice);
  Request contact{.method = "PUT",
                  .target = fmt::format("/users/{}/contact", alice),
                  .token = customer(alice),
                  .headers = {json_type},
                  .body = "{}"};
  return {log_in,
          contact,
          get("/payments", customer(alice)),
          get("/payments/" + std::string(bob), service()),
          get(fmt::format("/payments/{}/timeline", bob), staff()),
          get("/analytics/daily", staff()),
          get("/ops/audit", staff(auth::RoleName::admin)),
          get("/ops/principals", staff(auth::RoleName::admin)),
          pay("k", payment_of(alice))};
}

TEST(WithoutADatabase, CallersLearnNothingOfItAndTheLogEverything) {
  testing::TestCluster cluster;
  const testing::TestDatabase database(cluster.url());
  const Stage stage(database.options(), {}, {}, auth::Listener::operations);
  cluster.stop("fast");
  ::testing::internal::CaptureStderr();
  int number = 0;
  for (Request& request : requests_of_everybody()) {
    request.headers.emplace_back("X-Request-Id", fmt::format("away-{}", ++number));
    const Answer answer = stage.send(request);
    SCOPED_TRACE(request.target);
    check_refused(answer, 503, "unavailable");
    EXPECT_GE(std::stoi(answer.field("Retry-After")), 1);
    const bool waits_in_line = request.target == "/payments" && request.method == "POST";
    if (!waits_in_line) EXPECT_EQ(answer.text("detail"), "The database did not answer; try again.");
    for (const auto* told : {"PGSQL", "socket", "server", "failed", "FATAL", "bursar_", "/tmp"})
      EXPECT_EQ(answer.text("detail").find(told), std::string::npos) << answer.body;
  }
  log::flush();
  const std::string written = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(times(written, "away-1\""), 1U) << written;
  EXPECT_EQ(times(written, "\"event\":\"request_without_database\""), 8U) << written;
  EXPECT_NE(written.find("PGSQL"), std::string::npos) << "the reason: " << written;
  cluster.start();  // the test's database is dropped there
}

// Nobody can say whether such a token is good; it must not be free for that.
TEST(WithoutADatabase, TokensThatCannotBeLookedUpCountForTheirAddress) {
  testing::TestCluster cluster;
  const testing::TestDatabase database(cluster.url());
  const SteppedClock clock;
  SeededRandom random(1);
  auto policy = auth::RatePolicy::defaults().with(auth::RatePolicy::parse("address=1/h:2").value());
  auth::RateLimiter limiter(std::move(policy), clock, random);
  const Stage stage(database.options(), {}, {}, auth::Listener::everywhere, Callers::as_rows, &limiter);
  cluster.stop("fast");
  for (const int status : {503, 503, 429})
    EXPECT_EQ(stage.send(get("/payments", customer(alice))).status, status);
  cluster.start();  // the test's database is dropped there
}

}  // namespace
}  // namespace bursar::api::test
