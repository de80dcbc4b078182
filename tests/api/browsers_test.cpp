// What a page of another origin can do with the API through its visitor's browser: nothing.
#include "stage.hpp"

namespace bursar::api::test {
namespace {

class Browsers : public ApiTest {
 protected:
  /// Answers of every kind, each asked for by a page of another origin.
  std::vector<Answer> answers_to_another_origin() {
    std::vector<Answer> answers;
    const auto ask = [&](Request request) {
      request.headers.emplace_back("Origin", "https://evil.example");
      answers.push_back(send(request));
    };
    for (const auto* target : {"/livez", "/openapi.json", "/docs", "/payments", "/nowhere"})
      ask({.target = target});
    ask(get("/payments", customer(alice)));
    ask(pay("k", payment_of(alice)));
    ask({.method = "DELETE", .target = "/payments"});
    Request preflight{.method = "OPTIONS", .target = "/payments"};
    preflight.headers = {{"Access-Control-Request-Method", "POST"},
                         {"Access-Control-Request-Headers", "authorization, content-type, idempotency-key"}};
    ask(preflight);
    return answers;
  }
};

TEST_F(Browsers, AreToldThatNoOtherOriginMayReadAnything) {
  const auto answers = answers_to_another_origin();
  ASSERT_EQ(answers.size(), 9U);
  for (const Answer& answer : answers) {
    EXPECT_NE(answer.status, 0);
    EXPECT_EQ(answer.head.find("Access-Control-"), std::string::npos) << answer.head;
  }
}

TEST_F(Browsers, GetNoCookieAndLogInWithNone) {
  for (const Answer& answer : answers_to_another_origin()) EXPECT_EQ(answer.field("Set-Cookie"), "");
  Request request{.target = "/payments"};
  request.headers = {{"Cookie", "token=" + customer(alice) + "; Authorization=Bearer " + customer(alice)}};
  check_refused(send(request), 401, "unauthenticated");
}

TEST_F(Browsers, LogNobodyInWithATokenInTheUrlOrTheBody) {
  const std::string token = customer(alice);
  check_refused(send({.target = "/payments?access_token=" + token}), 401, "unauthenticated");
  check_refused(send({.target = "/payments?token=" + token}), 401, "unauthenticated");
  Request request = pay("k", payment_of(alice, R"(,"access_token":")" + token + '"'));
  request.token.clear();
  check_refused(send(request), 401, "unauthenticated");
  EXPECT_EQ(rows(), "0");
}

// These three types are sent to another origin without asking it first (Fetch, CORS-safelisted).
TEST_F(Browsers, CannotChangeAnythingWithWhatAFormCanSend) {
  for (const auto* type :
       {"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"}) {
    Request payment = pay("k", payment_of(alice));
    payment.headers[1].second = type;
    check_refused(send(payment), 415, "unsupported_media_type");
    check_refused(send({.method = "PUT",
                        .target = "/users/" + std::string(alice) + "/contact",
                        .token = customer(alice),
                        .headers = {{"Content-Type", type}},
                        .body = "{}"}),
                  415, "unsupported_media_type");
  }
  EXPECT_EQ(rows(), "0");
  check_refused(send(get("/users/" + std::string(alice) + "/contact", customer(alice))), 404, "not_found");
}

TEST_F(Browsers, AreToldEachTypeAndNotToGuess) {
  for (const Answer& answer : answers_to_another_origin()) {
    EXPECT_EQ(answer.field("X-Content-Type-Options"), "nosniff") << answer.head;
    if (answer.status == 204) continue;
    const std::string type = answer.field("Content-Type");
    const bool is_page = answer.body.starts_with("<!doctype html>");
    EXPECT_EQ(type == "text/html; charset=utf-8", is_page) << type;
    EXPECT_TRUE(is_page || type == (answer.status < 400 ? "application/json" : "application/problem+json"))
        << answer.status << " " << type;
  }
}

}  // namespace
}  // namespace bursar::api::test
