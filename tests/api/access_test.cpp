// Who is let in, what paths there are, and what a refusal looks like. Who may do what is
// access_matrix_test.cpp.
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "api/access_page.hpp"
#include "api/api.hpp"
#include "api/operations_routes.hpp"
#include "api/router.hpp"
#include "api/routes.hpp"
#include "stage.hpp"

namespace bursar::api::test {
namespace {

using auth::RoleName;

class Access : public ApiTest {};

constexpr std::string_view nobody = "00000000-0000-4000-8000-000000000000";

// Without what differs from answer to answer: the request's id, the time, what is left of a limit.
std::string bytes_of(Answer answer) {
  const std::string request_id = answer.field("X-Request-Id");
  for (const std::string_view field : {"\r\nDate: ", "\r\nRateLimit: "})
    if (const auto at = answer.head.find(field); at != std::string::npos)
      answer.head.erase(at, answer.head.find("\r\n", at + field.size()) - at);
  for (std::string* text : {&answer.head, &answer.body})
    for (auto at = text->find(request_id); at != std::string::npos; at = text->find(request_id, at))
      text->replace(at, request_id.size(), "*");
  return answer.head + answer.body;
}

TEST_F(Access, NotYoursAndNotThereAreTheSameBytes) {
  auto others = pay("other", payment_of(bob));
  others.token = customer(bob);
  const std::string of_bob = send(others).text("id");
  for (const std::string& form : {"/payments/{}", "/payments/{}/timeline", "/users/{}/contact"})
    for (const auto& who : {customer(alice), token(clerk, {RoleName::service})}) {
      const bool is_contact = form.starts_with("/users");
      if (is_contact && who != customer(alice)) continue;  // services reach every contact
      const auto ask = [&](std::string_view id) {
        return send(get(fmt::format(fmt::runtime(form), id), who));
      };
      const Answer not_there = ask(nobody);
      check_refused(not_there, 404, "not_found");
      EXPECT_EQ(bytes_of(ask(is_contact ? std::string(bob) : of_bob)), bytes_of(not_there)) << form;
      EXPECT_EQ(bytes_of(ask("malformed")), bytes_of(not_there)) << form;
      EXPECT_EQ(bytes_of(ask("%20")), bytes_of(not_there)) << form;
    }
}

TEST_F(Access, WithoutAValidTokenIsRefusedOnEveryRouteThatIsNotOpen) {
  const Stage operations(database_.options(), {}, {}, auth::Listener::operations);
  auto routes = make_routes(nullptr, nullptr);
  std::ranges::move(make_operations_routes(nullptr), std::back_inserter(routes));
  for (const Route& route : routes) {
    std::string target(route.path);
    if (const auto open = target.find('{'); open != std::string::npos)
      target.replace(open, target.find('}') - open + 1, alice);
    for (const std::string& bad : {std::string(), std::string("nonsense"), customer(alice) + "x"}) {
      SCOPED_TRACE(target + " " + bad);
      const Answer answer =
          operations.send({.method = std::string(route.method), .target = target, .token = bad});
      if (auth::find_policy(route.operation)->open) {
        EXPECT_NE(answer.status, 401);
        continue;
      }
      check_refused(answer, 401, "unauthenticated");
      EXPECT_TRUE(answer.field("WWW-Authenticate").starts_with("Bearer")) << answer.head;
    }
  }
}

TEST_F(Access, NobodyNamesAStatusAnIdOrARoleInABody) {
  for (const std::string_view member : {"status", "id", "role", "roles", "created_by", "created_at"}) {
    const std::string more = fmt::format(R"("{}":"{}")", member, alice);
    check_faults(send(pay("k", payment_of(alice, "," + more))), {fmt::format("/{} unknown_field", member)});
    check_faults(send({.method = "PUT",
                       .target = fmt::format("/users/{}/contact", alice),
                       .token = customer(alice),
                       .headers = {{"Content-Type", "application/json"}},
                       .body = "{" + more + "}"}),
                 {fmt::format("/{} unknown_field", member)});
  }
  EXPECT_EQ(rows(), "0");
  EXPECT_EQ(database_.value("SELECT count(*) FROM contacts"), "0");
}

TEST_F(Access, TwoTokensAreRefused) {
  auto request = get("/payments", customer(alice));
  request.headers.emplace_back("Authorization", "Bearer " + customer(bob));
  const Answer answer = send(request);
  check_refused(answer, 401, "unauthenticated");
}

TEST_F(Access, UnknownPathsAreNotThereBeforeAnybodyAsksForAToken) {
  for (const auto* path : {"/",
                           "/payment",
                           "/payments//",
                           "/payments/x/y",
                           "/users",
                           "/users/x",
                           "/users/x/contacts",
                           "/ops",
                           "/ops/queues",
                           "/console",
                           "/metrics",
                           "/Payments",
                           "/payments%2Fx",
                           "/payments/%2e%2e/metrics",
                           "/./metrics",
                           "/%6detrics",
                           "//metrics",
                           "/docs/../metrics",
                           "/openapi.json/",
                           "/livez/"})
    for (const auto* method : {"GET", "POST", "PUT", "DELETE", "OPTIONS"}) {
      const Answer answer = send({.method = method, .target = path});
      SCOPED_TRACE(std::string(method) + " " + path);
      if (answer.status != 400) check_refused(answer, 404, "no_such_route");
    }
}

TEST_F(Access, OperationsPathsAreUnknownToThePublicListenerInEverySpelling) {
  const auto ask = [&](std::string_view method, std::string_view target) {
    return send(
        {.method = std::string(method), .target = std::string(target), .token = staff(RoleName::admin)});
  };
  std::map<std::string_view, std::string> unknown_paths;
  for (const std::string_view method : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
    unknown_paths[method] = bytes_of(ask(method, "/no/such/path"));
  for (const Route& route : make_operations_routes(nullptr)) {
    std::string path(route.path);
    if (const auto open = path.find('{'); open != std::string::npos)
      path.replace(open, path.find('}') - open + 1, alice);
    const std::string tail = path.substr(4);
    for (const std::string& spelling : {path,
                                        "/" + path,
                                        "/ops/" + tail,
                                        path + "/",
                                        "/%6fps" + tail,
                                        "/%6Fp%73" + tail,
                                        "/OPS" + tail,
                                        "/Ops" + tail,
                                        "/ops%2f" + tail.substr(1),
                                        "/./ops" + tail,
                                        "/ops/." + tail,
                                        "/payments/../ops" + tail,
                                        "/ops/.." + path,
                                        "/%2e%2e/ops" + tail,
                                        "/docs/..%2f.." + path,
                                        path + "?a=b",
                                        path + "%20",
                                        "/ops;x" + tail,
                                        path + ";x",
                                        "/ops%5c" + tail.substr(1),
                                        "http://127.0.0.1" + path,
                                        "http://127.0.0.1/%6fps" + tail})
      for (const std::string_view method :
           std::set<std::string_view>{"GET", "HEAD", "OPTIONS", route.method}) {
        SCOPED_TRACE(fmt::format("{} {}", method, spelling));
        EXPECT_EQ(bytes_of(ask(method, spelling)), unknown_paths.at(method));
      }
  }
  EXPECT_EQ(openapi_document().find("/ops/"), std::string::npos);
  EXPECT_NE(openapi_document(auth::Listener::operations).find("/ops/"), std::string::npos);
}

TEST_F(Access, EverySpellingOfAPathIsThePath) {
  EXPECT_EQ(send(get("/%70ayments", customer(alice))).status, 200);
  EXPECT_EQ(send(get("/liv%65z", "")).status, 200);
  check_refused(send({.target = "/%70ayments"}), 401, "unauthenticated");
}

TEST_F(Access, KnownPathsTellTheirMethods) {
  struct {
    std::string path, method, allow;
  } const table[] = {
      {"/payments", "DELETE", "GET, HEAD, OPTIONS, POST"},
      {"/payments/", "PUT", "GET, HEAD, OPTIONS, POST"},
      {"/payments/x", "POST", "GET, HEAD, OPTIONS"},
      {"/users/x/contact", "DELETE", "GET, HEAD, OPTIONS, PUT"},
      {"/openapi.json", "POST", "GET, HEAD, OPTIONS"},
  };
  for (const auto& [path, method, allow] : table) {
    const Answer refused = send({.method = method, .target = path});
    check_refused(refused, 405, "method_not_allowed");
    EXPECT_EQ(refused.field("Allow"), allow);
    const Answer asked = send({.method = "OPTIONS", .target = path});
    EXPECT_EQ(asked.status, 204);
    EXPECT_EQ(asked.field("Allow"), allow);
  }
}

TEST_F(Access, HeadAnswersAsGetWithoutABody) {
  const Answer head = send({.method = "HEAD", .target = "/payments", .token = customer(alice)});
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(head.field("Content-Type"), "application/json");
  EXPECT_EQ(send({.method = "HEAD", .target = "/payments"}).status, 401);
}

TEST_F(Access, HealthIsOpen) {
  EXPECT_EQ(send({.target = "/livez"}).body, R"({"status":"live"})");
  EXPECT_EQ(send({.target = "/readyz"}).body, R"({"status":"ready"})");
}

class RouterDeathTest : public ::testing::Test {
 protected:
  RouterDeathTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
  void check_stops(std::vector<Route> routes, const char* why) {
    EXPECT_DEATH(Router(std::move(routes), auth::Listener::everywhere), why);
  }
  std::vector<Route> routes_ = make_routes(nullptr, nullptr);
};

TEST_F(RouterDeathTest, ARouteWithoutAPolicyStopsTheStart) {
  routes_[2].operation = "dropPayments";
  check_stops(routes_, "has no policy");
}

TEST_F(RouterDeathTest, AnOperationsRouteOnThePublicListenerStopsTheStart) {
  routes_.push_back(make_operations_routes(nullptr).front());
  check_stops(routes_, "is no route of the public listener");
}

TEST_F(RouterDeathTest, APolicyWithoutARouteStopsTheStart) {
  routes_.pop_back();
  check_stops(routes_, "the policy of getDocsFile has 0 routes");
}

TEST_F(RouterDeathTest, TwoRoutesOfOneNameStopTheStart) {
  routes_.push_back(routes_[0]);
  check_stops(routes_, "the policy of createPayment has 2 routes");
}

TEST_F(RouterDeathTest, APublicRouteUnderTheOperationsPathsStopsTheStart) {
  routes_[0].path = "/ops/payments";
  check_stops(routes_, "must start with /ops/ exactly when");
}

TEST(AccessPage, IsWhatTheTableSays) {
  std::ostringstream page;
  page << std::ifstream(std::string(BURSAR_SOURCE_DIR) + "/docs/reference/access.md").rdbuf();
  EXPECT_EQ(page.str(), access_page()) << "run: build/bursar access > docs/reference/access.md";
}

TEST(AccessPage, HasEveryRouteOnce) {
  const std::string page = access_page();
  for (const auth::Policy& policy : auth::policies()) {
    const std::string cell = fmt::format("| `{}` |", policy.operation);
    const auto at = page.find(cell);
    ASSERT_NE(at, std::string::npos) << policy.operation;
    EXPECT_EQ(page.find(cell, at + 1), std::string::npos) << policy.operation;
  }
}

}  // namespace
}  // namespace bursar::api::test
