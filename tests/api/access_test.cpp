// Who may call what: every role × every route × own, another's, absent, malformed.
#include "api/router.hpp"
#include "api/routes.hpp"
#include "stage.hpp"

namespace bursar::api::test {
namespace {

using auth::RoleName;

class Access : public ApiTest {};

constexpr std::string_view nobody = "00000000-0000-4000-8000-000000000000";

struct Who {
  std::string name;
  std::string token;
};

std::vector<Who> everyone() {
  return {{"customer", customer(alice)},
          {"service", service()},
          {"support", staff(RoleName::support)},
          {"analyst", staff(RoleName::analyst)},
          {"operator", staff(RoleName::operations)},
          {"admin", staff(RoleName::admin)},
          {"without a role", token(clerk, {})}};
}

TEST_F(Access, ToPaymentsFollowsOwnership) {
  auto own = pay("own", payment_of(alice));
  const std::string of_alice = send(own).text("id");
  auto others = pay("other", payment_of(bob));
  others.token = token(bob, {RoleName::customer});
  const std::string of_bob = send(others).text("id");
  for (const auto& [name, who] : everyone()) {
    const bool is_staff = name != "customer" && name != "service" && name != "without a role";
    struct {
      std::string id;
      int status;
    } const table[] = {{of_alice, is_staff || name == "customer" ? 200 : 404},
                       {of_bob, is_staff ? 200 : 404},
                       {std::string(nobody), 404},
                       {"malformed", 404},
                       {"%20", 404},
                       // Never text: the server refuses it for every path.
                       {"%00", 400}};
    for (const auto& [id, status] : table)
      for (const auto* tail : {"", "/timeline"})
        EXPECT_EQ(send(get("/payments/" + id + tail, who)).status, status) << name << " " << id << tail;
    EXPECT_EQ(send(get("/payments", who)).status, 200) << name;
  }
}

TEST_F(Access, ToContactsFollowsTheUserAndTheRole) {
  const std::string body = R"({"email":"ada@example.test"})";
  const auto put = [&](std::string_view user, const std::string& who) {
    return send({.method = "PUT",
                 .target = "/users/" + std::string(user) + "/contact",
                 .token = who,
                 .headers = {{"Content-Type", "application/json"}},
                 .body = body})
        .status;
  };
  ASSERT_EQ(put(alice, customer(alice)), 200);
  ASSERT_EQ(put(bob, customer(bob)), 200);
  for (const auto& [name, who] : everyone()) {
    const bool is_customer = name == "customer";
    const bool reads_all = name == "service" || name == "support" || name == "operator" || name == "admin";
    const bool writes_all = name == "service" || name == "operator" || name == "admin";
    EXPECT_EQ(put(alice, who), is_customer || writes_all ? 200 : 404) << name;
    EXPECT_EQ(put(bob, who), writes_all ? 200 : 404) << name;
    EXPECT_EQ(put("malformed", who), 404) << name;
    const auto read = [&](std::string_view user) {
      return send(get("/users/" + std::string(user) + "/contact", who)).status;
    };
    EXPECT_EQ(read(alice), is_customer || reads_all ? 200 : 404) << name;
    EXPECT_EQ(read(bob), reads_all ? 200 : 404) << name;
    EXPECT_EQ(read(nobody), 404) << name;
    EXPECT_EQ(read("malformed"), 404) << name;
  }
}

TEST_F(Access, ToFiguresIsForStaff) {
  for (const auto& [name, who] : everyone()) {
    const bool is_staff = name != "customer" && name != "service" && name != "without a role";
    const Answer answer = send(get("/analytics/daily", who));
    if (is_staff)
      EXPECT_EQ(answer.status, 200) << name << answer.body;
    else
      check_refused(answer, 403, "forbidden");
  }
}

TEST_F(Access, WithoutAValidTokenIsRefusedOnEveryRouteThatIsNotOpen) {
  for (const Route& route : make_routes(nullptr, nullptr)) {
    std::string target(route.path);
    if (const auto open = target.find('{'); open != std::string::npos)
      target.replace(open, target.find('}') - open + 1, alice);
    for (const std::string& bad : {std::string(), std::string("nonsense"), customer(alice) + "x"}) {
      const Answer answer = send({.method = std::string(route.method), .target = target, .token = bad});
      if (route.policy == Policy::open) {
        EXPECT_NE(answer.status, 401) << target;
        continue;
      }
      check_refused(answer, 401, "unauthenticated");
      EXPECT_TRUE(answer.field("WWW-Authenticate").starts_with("Bearer")) << answer.head;
    }
  }
}

TEST_F(Access, TwoTokensAreRefused) {
  auto request = get("/payments", customer(alice));
  request.headers.emplace_back("Authorization", "Bearer " + customer(bob));
  const Answer answer = send(request);
  EXPECT_TRUE(answer.status == 400 || answer.status == 401) << answer.body;
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

TEST(RouterDeathTest, ARouteWithoutAPolicyStopsTheStart) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  auto routes = make_routes(nullptr, nullptr);
  routes[2].policy = Policy::undecided;
  EXPECT_DEATH(Router{routes}, "has no policy");
}

}  // namespace
}  // namespace bursar::api::test
