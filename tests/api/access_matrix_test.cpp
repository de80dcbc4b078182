// Every role × every route × {own, another's, absent, malformed}, against a table written by hand: it says
// what people agreed on, so that a slip in src/auth/policy.cpp is found. A new route needs its rows here.
#include <set>
#include <sstream>

#include "api/operations_routes.hpp"
#include "stage.hpp"

namespace bursar::api::test {
namespace {

using auth::Listener;
using auth::RoleName;

enum class Thing { own, anothers, absent, malformed };
std::string_view to_text(Thing thing) {
  constexpr std::string_view names[] = {"own", "another's", "absent", "malformed"};
  return names[static_cast<std::size_t>(thing)];
}

struct Who {
  std::string name;
  std::string_view subject;
  std::string token;
};

// In the order of the columns below.
std::vector<Who> everyone() {
  return {{"customer", alice, customer(alice)},
          {"service", shop, service()},
          {"support", clerk, staff(RoleName::support)},
          {"analyst", clerk, staff(RoleName::analyst)},
          {"operator", clerk, staff(RoleName::operations)},
          {"admin", clerk, staff(RoleName::admin)},
          {"without a role", clerk, token(clerk, {})},
          {"without a token", clerk, ""}};
}

struct Row {
  std::string_view method, path;
  Thing thing;
  std::string_view statuses;
  /// Whether the audit log has what staff do here, too, and not only what they are refused.
  bool on_record;
  /// "{user}" stands for the user that the thing is.
  std::string_view body = {};
};

using enum Thing;
constexpr bool log = true, no = false;
constexpr std::string_view pays = R"({"user_id":"{user}","amount":100,"currency":"EUR"})";
constexpr std::string_view contact = R"({"email":"ada@example.test"})";
constexpr std::string_view somebody = R"({"name":"Somebody","role":"service"})";
constexpr std::string_view renamed = R"({"name":"Another name"})";
constexpr std::string_view nothing = "{}";

// A route without an id is asked for its own only.
// clang-format off
constexpr Row rows_everywhere[] = {
    //                                            customer            analyst         no role
    //                                                service             operator        no token  on record
    //                                                    support             admin
    {"POST", "/payments", own,                   "202 202 403 403 403 403 403 401", no, pays},
    {"POST", "/payments", anothers,              "403 202 403 403 403 403 403 401", no, pays},
    {"POST", "/payments", absent,                "403 202 403 403 403 403 403 401", no, pays},
    {"POST", "/payments", malformed,             "422 422 403 403 403 403 403 401", no, pays},
    {"GET", "/payments/{id}", own,               "200 200 200 200 200 200 403 401", log},
    {"GET", "/payments/{id}", anothers,          "404 404 200 200 200 200 403 401", log},
    {"GET", "/payments/{id}", absent,            "404 404 404 404 404 404 403 401", log},
    {"GET", "/payments/{id}", malformed,         "404 404 404 404 404 404 403 401", log},
    {"GET", "/payments", own,                    "200 200 200 200 200 200 403 401", log},
    {"GET", "/payments/{id}/timeline", own,      "200 200 200 200 200 200 403 401", log},
    {"GET", "/payments/{id}/timeline", anothers, "404 404 200 200 200 200 403 401", log},
    {"GET", "/payments/{id}/timeline", absent,   "404 404 404 404 404 404 403 401", log},
    {"GET", "/payments/{id}/timeline", malformed,"404 404 404 404 404 404 403 401", log},
    {"GET", "/users/{id}/contact", own,          "200 200 200 403 200 200 403 401", log},
    {"GET", "/users/{id}/contact", anothers,     "404 200 200 403 200 200 403 401", log},
    {"GET", "/users/{id}/contact", absent,       "404 404 404 403 404 404 403 401", log},
    {"GET", "/users/{id}/contact", malformed,    "404 404 404 403 404 404 403 401", log},
    {"PUT", "/users/{id}/contact", own,          "200 200 403 403 200 200 403 401", log, contact},
    {"PUT", "/users/{id}/contact", anothers,     "404 200 403 403 200 200 403 401", log, contact},
    {"PUT", "/users/{id}/contact", absent,       "404 200 403 403 200 200 403 401", log, contact},
    {"PUT", "/users/{id}/contact", malformed,    "404 404 403 403 404 404 403 401", log, contact},
    {"GET", "/analytics/daily", own,             "403 403 200 200 200 200 403 401", no},
    {"POST", "/auth/token", own,                 "415 415 415 415 415 415 415 415", no},
    {"GET", "/.well-known/jwks.json", own,       "200 200 200 200 200 200 200 200", no},
    {"GET", "/livez", own,                       "200 200 200 200 200 200 200 200", no},
    {"GET", "/readyz", own,                      "200 200 200 200 200 200 200 200", no},
    {"GET", "/openapi.json", own,                "200 200 200 200 200 200 200 200", no},
    {"GET", "/docs", own,                        "200 200 200 200 200 200 200 200", no},
    {"GET", "/docs/development-tokens", own,     "404 404 404 404 404 404 404 404", no},
    {"GET", "/docs/{file}", absent,              "404 404 404 404 404 404 404 404", no},
};

constexpr Row rows_of_operations[] = {
    {"GET", "/ops/audit", own,                   "403 403 403 403 403 200 403 401", log},
    {"GET", "/ops/principals", own,                   "403 403 403 403 403 200 403 401", log},
    {"POST", "/ops/principals", own,                  "403 403 403 403 403 201 403 401", log, somebody},
    {"GET", "/ops/principals/{id}", own,              "403 403 403 403 403 200 403 401", log},
    {"GET", "/ops/principals/{id}", anothers,         "403 403 403 403 403 200 403 401", log},
    {"GET", "/ops/principals/{id}", absent,           "403 403 403 403 403 404 403 401", log},
    {"GET", "/ops/principals/{id}", malformed,        "403 403 403 403 403 404 403 401", log},
    {"PATCH", "/ops/principals/{id}", own,            "403 403 403 403 403 200 403 401", log, renamed},
    {"PATCH", "/ops/principals/{id}", anothers,       "403 403 403 403 403 200 403 401", log, renamed},
    {"PATCH", "/ops/principals/{id}", absent,         "403 403 403 403 403 404 403 401", log, renamed},
    {"PATCH", "/ops/principals/{id}", malformed,      "403 403 403 403 403 404 403 401", log, renamed},
    {"POST", "/ops/principals/{id}/revoke", own,      "403 403 403 403 403 409 403 401", log},
    {"POST", "/ops/principals/{id}/revoke", anothers, "403 403 403 403 403 200 403 401", log},
    {"POST", "/ops/principals/{id}/revoke", absent,   "403 403 403 403 403 404 403 401", log},
    {"POST", "/ops/principals/{id}/revoke", malformed,"403 403 403 403 403 404 403 401", log},
    {"POST", "/ops/principals/{id}/restore", own,     "403 403 403 403 403 200 403 401", log},
    {"POST", "/ops/principals/{id}/restore", anothers,"403 403 403 403 403 200 403 401", log},
    {"POST", "/ops/principals/{id}/restore", absent,  "403 403 403 403 403 404 403 401", log},
    {"POST", "/ops/principals/{id}/restore", malformed,"403 403 403 403 403 404 403 401", log},
    {"POST", "/ops/principals/{id}/secrets", own,     "403 403 403 403 403 201 403 401", log, nothing},
    {"POST", "/ops/principals/{id}/secrets", anothers,"403 403 403 403 403 201 403 401", log, nothing},
    {"POST", "/ops/principals/{id}/secrets", absent,  "403 403 403 403 403 404 403 401", log, nothing},
    {"POST", "/ops/principals/{id}/secrets", malformed,"403 403 403 403 403 404 403 401", log, nothing},
    {"POST", "/ops/secrets/{id}/revoke", own,         "403 403 403 403 403 404 403 401", log},
    {"POST", "/ops/secrets/{id}/revoke", anothers,    "403 403 403 403 403 404 403 401", log},
    {"POST", "/ops/secrets/{id}/revoke", absent,      "403 403 403 403 403 404 403 401", log},
    {"POST", "/ops/secrets/{id}/revoke", malformed,   "403 403 403 403 403 404 403 401", log},
    {"GET", "/ops/keys", own,                         "403 403 403 403 403 200 403 401", no},
    {"POST", "/ops/keys", own,                        "403 403 403 403 403 200 403 401", log},
    {"POST", "/ops/keys/rotate", own,                 "403 403 403 403 403 409 403 401", log},
    {"POST", "/ops/keys/{id}/revoke", own,            "403 403 403 403 403 404 403 401", log},
    {"POST", "/ops/keys/{id}/revoke", anothers,       "403 403 403 403 403 404 403 401", log},
    {"POST", "/ops/keys/{id}/revoke", absent,         "403 403 403 403 403 404 403 401", log},
    {"POST", "/ops/keys/{id}/revoke", malformed,      "403 403 403 403 403 404 403 401", log},
};
// clang-format on

std::vector<int> statuses_of(const Row& row) {
  std::istringstream text{std::string(row.statuses)};
  std::vector<int> statuses;
  for (int status = 0; text >> status;) statuses.push_back(status);
  return statuses;
}

void replace(std::string& text, std::string_view what, std::string_view by) {
  if (const auto at = text.find(what); at != std::string::npos) text.replace(at, what.size(), by);
}

class AccessMatrix : public ::testing::Test {
 protected:
  AccessMatrix() {
    own_payment_[alice] = send_as(customer(alice), pay("a", payment_of(alice))).text("id");
    own_payment_[shop] = send_as(service(), pay("b", payment_of(bob))).text("id");
    own_payment_[clerk] = send_as(service(), pay("c", payment_of(clerk))).text("id");
    own_payment_[bob] = send_as(customer(bob), pay("d", payment_of(bob))).text("id");
    for (const auto user : {alice, bob, shop, clerk}) {
      database_.query(fmt::format(
          "INSERT INTO principals (principal_id, issuer, subject) VALUES ('{0}', '', '{0}')", user));
      stage_.send({.method = "PUT",
                   .target = fmt::format("/users/{}/contact", user),
                   .token = service(),
                   .headers = {{"Content-Type", "application/json"}},
                   .body = std::string(contact)});
    }
  }

  Answer send_as(std::string token, Request request) {
    request.token = std::move(token);
    return stage_.send(request);
  }

  std::string id_of(const Row& row, const Who& who) const {
    if (row.thing == absent) return random_uuid(*random_).text();
    if (row.thing == malformed) return "not-a-uuid";
    const std::string_view user = row.thing == own ? who.subject : bob;
    const bool is_payment = row.path.starts_with("/payments/");
    return is_payment ? own_payment_.at(user) : std::string(user);
  }

  Request request_for(const Row& row, const Who& who) const {
    Request request{.method = std::string(row.method), .target = std::string(row.path), .token = who.token};
    const std::string id = id_of(row, who);
    replace(request.target, "{id}", id);
    replace(request.target, "{file}", id);
    request.body = row.body;
    replace(request.body, "{user}", id);
    request.headers = {{"X-Request-Id", random_uuid(*random_).text()}};
    if (row.body.empty()) return request;
    request.headers.emplace_back("Content-Type", "application/json");
    request.headers.emplace_back("Idempotency-Key", random_uuid(*random_).text());
    return request;
  }

  // Staff leave one entry, of what they did and of what they were refused; nobody else leaves any.
  void check_log(const Row& row, const Who& who, const Answer& answer) {
    const auto entries =
        database_.query("SELECT principal_id, roles, status FROM staff_actions WHERE request_id = '" +
                        answer.field("X-Request-Id") + "'");
    const bool is_staff =
        who.name == "support" || who.name == "analyst" || who.name == "operator" || who.name == "admin";
    if (!is_staff || (!row.on_record && answer.status != 403)) {
      EXPECT_EQ(entries.size(), 0U);
      return;
    }
    ASSERT_EQ(entries.size(), 1U);
    EXPECT_EQ(entries[0],
              (std::vector<std::string>{std::string(clerk), who.name, std::to_string(answer.status)}));
  }

  // Each row once as each caller.
  void check(const Stage& stage, std::span<const Row> rows) {
    for (const Row& row : rows) {
      const auto statuses = statuses_of(row);
      const auto callers = everyone();
      ASSERT_EQ(statuses.size(), callers.size()) << row.path;
      for (std::size_t i = 0; i < callers.size(); ++i) {
        const Answer answer = stage.send(request_for(row, callers[i]));
        EXPECT_EQ(answer.status, statuses[i]) << row.method << " " << row.path << ", " << to_text(row.thing)
                                              << ", " << callers[i].name << ": " << answer.body;
      }
    }
  }

  testing::TestDatabase database_;
  Stage stage_{database_.options()};
  std::map<std::string_view, std::string> own_payment_;
  std::unique_ptr<SystemRandom> random_ = std::make_unique<SystemRandom>();
};

TEST_F(AccessMatrix, OfThePublicListenerIsAsAgreed) { check(stage_, rows_everywhere); }

TEST_F(AccessMatrix, OfTheOperationsListenerIsAsAgreed) {
  const Stage operations(database_.options(), {}, {}, Listener::operations);
  check(operations, rows_everywhere);
  check(operations, rows_of_operations);
}

// What every route must be asked for: what an id can be, or once.
std::set<std::string> cells_of(const std::vector<Route>& routes) {
  std::set<std::string> cells;
  for (const Route& route : routes) {
    const std::string name = fmt::format("{} {} ", route.method, route.path);
    const bool names_somebody =
        route.path.find("{id}") != std::string_view::npos || route.operation == "createPayment";
    if (!names_somebody) {
      cells.insert(name + std::string(to_text(route.path.ends_with("{file}") ? absent : own)));
      continue;
    }
    for (const Thing thing : {own, anothers, absent, malformed})
      cells.insert(name + std::string(to_text(thing)));
  }
  return cells;
}

std::set<std::string> cells_of(std::span<const Row> rows) {
  std::set<std::string> cells;
  for (const Row& row : rows) cells.insert(fmt::format("{} {} {}", row.method, row.path, to_text(row.thing)));
  return cells;
}

TEST(AccessMatrixTable, AsksEveryRouteForEverythingItCanBeAskedFor) {
  EXPECT_EQ(cells_of(rows_everywhere), cells_of(make_routes(nullptr, nullptr)));
  EXPECT_EQ(cells_of(rows_of_operations), cells_of(make_operations_routes(nullptr)));
}

}  // namespace
}  // namespace bursar::api::test
