// Answers as bytes, and the small text rules around them.
#include "http/answer.hpp"

#include <gtest/gtest.h>

#include <set>

#include "base/json.hpp"
#include "http/request_ids.hpp"

namespace bursar::http {
namespace {

std::string head_of(const Response& response, AnswerFrame frame = {}) {
  frame.date = "D";
  frame.request_id = "r-1";
  std::string text;
  append_head(text, response, frame);
  return text;
}

TEST(AnswerHead, SaysWhatEveryAnswerSays) {
  Response response{.status = 202, .content_type = "application/json", .body = "{}"};
  response.with("Location", "/payments/1");
  EXPECT_EQ(head_of(response),
            "HTTP/1.1 202 Accepted\r\nDate: D\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
            "X-Request-Id: r-1\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n"
            "Cross-Origin-Resource-Policy: same-origin\r\nCross-Origin-Opener-Policy: same-origin\r\n"
            "Location: /payments/1\r\nCache-Control: no-store\r\n"
            "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n\r\n");
}

TEST(AnswerHead, OnlyTlsPromisesTls) {
  EXPECT_EQ(head_of({}).find("Strict-Transport-Security"), std::string::npos);
  EXPECT_NE(head_of({}, {.is_tls = true}).find("Strict-Transport-Security: max-age=31536000\r\n"),
            std::string::npos);
}

TEST(AnswerHead, TheHandlersContentSecurityPolicyStands) {
  Response response;
  response.with("content-security-policy", "frame-ancestors 'none'");
  EXPECT_EQ(head_of(response).find("Content-Security-Policy"), std::string::npos);
  EXPECT_NE(head_of(response).find("content-security-policy: frame-ancestors 'none'\r\n"), std::string::npos);
}

TEST(AnswerHead, TheHandlersCacheControlStands) {
  Response response;
  response.with("cache-control", "max-age=60");
  EXPECT_EQ(head_of(response).find("no-store"), std::string::npos);
  EXPECT_NE(head_of(response).find("cache-control: max-age=60\r\n"), std::string::npos);
}

TEST(AnswerHead, FramingFieldsOfAHandlerAreLeftOut) {
  Response response{.body = "abc"};
  for (const auto* name : {"content-length", "Transfer-Encoding", "Connection", "DATE", "X-Request-Id"})
    response.with(name, "evil");
  EXPECT_EQ(head_of(response).find("evil"), std::string::npos);
  EXPECT_NE(head_of(response).find("Content-Length: 3\r\n"), std::string::npos);
}

TEST(AnswerHead, ConnectionIsNamedOnlyWhereItIsNews) {
  EXPECT_EQ(head_of({}).find("Connection"), std::string::npos);
  EXPECT_NE(head_of({}, {.close = true}).find("Connection: close\r\n"), std::string::npos);
  EXPECT_NE(head_of({}, {.says_keep_alive = true}).find("Connection: keep-alive\r\n"), std::string::npos);
  EXPECT_EQ(head_of({}, {.close = true, .says_keep_alive = true}).find("keep-alive"), std::string::npos);
}

TEST(AnswerHead, AnswersWithoutContentHaveNoLength) {
  for (const int status : {204, 304}) {
    const Response response{.status = status, .body = "lost"};
    EXPECT_EQ(head_of(response).find("Content-Length"), std::string::npos) << status;
    EXPECT_FALSE(carries_body(response, {})) << status;
  }
  const Response full{.body = "abc"};
  EXPECT_FALSE(carries_body(full, {.is_head_request = true}));
  EXPECT_NE(head_of(full, {.is_head_request = true}).find("Content-Length: 3"), std::string::npos);
  EXPECT_EQ(head_of({}, {.is_head_request = true}).find("Content-Length"), std::string::npos);
  EXPECT_NE(head_of({}).find("Content-Length: 0"), std::string::npos);
}

TEST(AnswerHead, NothingCanBreakOutOfIt) {
  Response fine;
  fine.with("X-A", "a\tb caf\xC3\xA9");
  EXPECT_EQ(unsafe_part(fine), "");
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, std::string>>{{"X", "a\r\nY: b"},
                                                        {"X", "a\nb"},
                                                        {"X", std::string("\0", 1)},
                                                        {"X Y", "a"},
                                                        {"", "a"},
                                                        {"X:", "a"}}) {
    Response response;
    response.with(name, value);
    EXPECT_NE(unsafe_part(response), "") << name << value;
  }
  EXPECT_NE(unsafe_part({.content_type = "a\r\nb"}), "");
  for (const int status : {0, 100, 199, 600, -1}) EXPECT_NE(unsafe_part({.status = status}), "") << status;
}

TEST(Fixdate, IsTheFormOfTheRfc) {
  EXPECT_EQ(to_fixdate(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(to_fixdate(0), "Thu, 01 Jan 1970 00:00:00 GMT");
}

TEST(ProblemResponse, IsReadableByMachinesAndPeople) {
  Problem problem{.status = 413, .code = "payload_too_large", .detail = "\"quoted\"\n\xFF"};
  const Response response = problem_response(problem, "r-1");
  EXPECT_EQ(response.status, 413);
  EXPECT_EQ(response.content_type, "application/problem+json");
  const auto body = json::parse(response.body);
  ASSERT_TRUE(body) << response.body;
  const json::object& members = body->as_object();
  EXPECT_EQ(members.at("status"), 413);
  EXPECT_EQ(members.at("title"), "Content Too Large");
  EXPECT_EQ(members.at("code"), "payload_too_large");
  EXPECT_EQ(members.at("type"), "urn:bursar:problem:payload_too_large");
  EXPECT_EQ(members.at("detail"), "\"quoted\"\n\xEF\xBF\xBD");
  EXPECT_EQ(members.at("request_id"), "r-1");
  EXPECT_EQ(members.at("retryable"), false);
  EXPECT_FALSE(members.contains("retry_after"));
  EXPECT_TRUE(response.headers.empty());
}

TEST(ProblemResponse, SaysWhenToTryAgainTwiceAndTheSame) {
  for (const auto& [wait, said] : {std::pair(0, "1"), std::pair(1, "1"), std::pair(7, "7")}) {
    const Problem problem{.status = 503, .code = "unavailable", .retry_after = std::chrono::seconds(wait)};
    const Response response = problem_response(problem, "r-1");
    const auto body = json::parse(response.body);
    ASSERT_TRUE(body) << response.body;
    EXPECT_EQ(body->as_object().at("retryable"), true);
    EXPECT_EQ(json::to_text(body->as_object().at("retry_after")), said);
    EXPECT_EQ(response.headers, (decltype(response.headers){{"Retry-After", said}}));
  }
}

TEST(RequestIds, OnlySafeOnesAreTaken) {
  EXPECT_TRUE(is_request_id("a"));
  EXPECT_TRUE(is_request_id("Az09._-"));
  EXPECT_TRUE(is_request_id(std::string(128, 'a')));
  for (const std::string& id : {std::string(), std::string(129, 'a'), std::string("a b"), std::string("a/b"),
                                std::string("a\n"), std::string("caf\xC3\xA9"), std::string("a\"")})
    EXPECT_FALSE(is_request_id(id)) << id;
}

TEST(RequestIds, OwnOnesAreRandomAndNeverRepeat) {
  SeededRandom random(1);
  RequestIds ids(random);
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    std::string id = "old";
    ids.make(id);
    EXPECT_EQ(id.size(), 32u);
    EXPECT_TRUE(is_request_id(id));
    EXPECT_TRUE(seen.insert(id).second) << id;
  }
}

TEST(EqualName, IgnoresTheCaseOfLettersOnly) {
  EXPECT_TRUE(equal_name("Host", "hOST"));
  EXPECT_TRUE(equal_name("", ""));
  EXPECT_FALSE(equal_name("a", "ab"));
  EXPECT_FALSE(equal_name("a@", "a`"));
  EXPECT_FALSE(equal_name("[", "{"));
  EXPECT_FALSE(equal_name("\xC3\xA9", "\xE3\xA9"));
}

}  // namespace
}  // namespace bursar::http
