// The server over real sockets: what clients that behave get.
#include "http/server.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

#include "base/error.hpp"
#include "base/json.hpp"
#include "live_server.hpp"

namespace bursar::http {
namespace {

using testing::Answer;
using testing::check_problem;
using testing::echo;
using testing::exchange;
using testing::get;
using testing::LiveServer;
using testing::post;
using testing::RawClient;

TEST(Server, AnswersOneRequestAfterAnotherOnOneConnection) {
  LiveServer server(echo);
  RawClient client(server.port());
  for (int i = 0; i < 3; ++i) {
    client.send(post("/payments", fmt::format("body {}", i)));
    const Answer answer = client.receive();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, fmt::format("POST /payments body {}", i));
    EXPECT_EQ(answer.field("X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(answer.field("Cache-Control"), "no-store");
    EXPECT_EQ(answer.field("Date").size(), 29u);
    EXPECT_EQ(answer.count("Connection"), 0u);
  }
  EXPECT_EQ(server.connections(), 1u);
}

TEST(Server, PipelinedRequestsAreAnsweredInOrder) {
  // The first answer is the slowest.
  Handler handler = [](const Request& request) -> Task<Response> {
    return [](const Request& inner) -> Task<Response> {
      const int turns = inner.path == "/0" ? 50 : 0;
      for (int i = 0; i < turns; ++i) {
        const auto executor = co_await asio::this_coro::executor;
        co_await asio::post(executor, asio::use_awaitable);
      }
      co_return co_await echo(inner);
    }(request);
  };
  LiveServer server(handler);
  RawClient client(server.port());
  std::string text;
  constexpr int requests = 100;
  for (int i = 0; i < requests; ++i)
    text += i % 2 == 0 ? get(fmt::format("/{}", i)) : post(fmt::format("/{}", i), std::string(100, 'b'));
  client.send(text);
  for (int i = 0; i < requests; ++i) {
    const std::string body =
        i % 2 == 0 ? fmt::format("GET /{} ", i) : fmt::format("POST /{} {}", i, std::string(100, 'b'));
    EXPECT_EQ(client.receive().body, body);
  }
}

TEST(Server, BytesMayComeOneByOne) {
  LiveServer server(echo);
  RawClient client(server.port());
  const std::string text = post("/a", "hello") +
                           "POST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                           "3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 1\r\n\r\n" +
                           get("/c");
  for (const char c : text) ASSERT_TRUE(client.send(std::string_view(&c, 1)));
  EXPECT_EQ(client.receive().body, "POST /a hello");
  EXPECT_EQ(client.receive().body, "POST /b abcde");
  EXPECT_EQ(client.receive().body, "GET /c ");
}

TEST(Server, LargeBodiesAndHeadsGetMemoryOfTheirOwn) {
  LiveServer server([](const Request& request) -> Task<Response> {
    Response response;
    response.body =
        fmt::format("{}|{}|{}", request.body, request.header("X-Big").value_or("none").size(), request.path);
    response.content_type = "text/plain";
    co_return response;
  });
  RawClient client(server.port());
  const std::string body(limits::request_body_bytes, 'x');
  const std::string big = "X-Big: " + std::string(20'000, 'y') + "\r\n";
  std::string chunked = "POST /chunks HTTP/1.1\r\nHost: a\r\n" + big + "Transfer-Encoding: chunked\r\n\r\n";
  for (std::size_t at = 0; at < body.size(); at += 64) chunked += "40\r\n" + body.substr(at, 64) + "\r\n";
  chunked += "0\r\n\r\n";
  for (int round = 0; round < 3; ++round) {
    client.send(post("/length", body, big) + chunked + get("/small"));
    EXPECT_EQ(client.receive().body, body + "|20000|/length");
    EXPECT_EQ(client.receive().body, body + "|20000|/chunks");
    EXPECT_EQ(client.receive().body, "|4|/small");
  }
}

TEST(Server, HeadHasTheHeadOfGetAndNoBody) {
  LiveServer server(echo);
  RawClient client(server.port());
  client.send("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n" + get("/b"));
  const Answer head = client.receive(true);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.field("Content-Length"), std::to_string(std::string("HEAD /a ").size()));
  EXPECT_EQ(client.receive().body, "GET /b ");
}

TEST(Server, OptionsOfTheServerItselfAreAnswered) {
  LiveServer server(echo);
  RawClient client(server.port());
  client.send("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n" + get("/b"));
  const Answer options = client.receive();
  EXPECT_EQ(options.status, 204);
  EXPECT_EQ(options.field("Allow"), "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
  EXPECT_EQ(client.receive().body, "GET /b ");
}

TEST(Server, ClosesWhenTheClientAsksForIt) {
  LiveServer server(echo);
  struct Case {
    std::string request;
    bool kept;
  };
  const std::vector<Case> cases = {
      {get("/a", "Connection: close\r\n"), false},
      {"GET /a HTTP/1.0\r\n\r\n", false},
      {"GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true},
      {get("/a", "Connection: keep-alive\r\n"), true},
  };
  for (const Case& one : cases) {
    RawClient client(server.port());
    client.send(one.request);
    const Answer answer = client.receive();
    EXPECT_EQ(answer.body, "GET /a ") << one.request;
    EXPECT_EQ(answer.field("Connection") == "close", !one.kept) << one.request;
    if (one.request.find("1.0\r\nConnection") != std::string::npos) {
      EXPECT_EQ(answer.field("Connection"), "keep-alive");
    }
    if (one.kept) {
      client.send(get("/b"));
      EXPECT_EQ(client.receive().body, "GET /b ") << one.request;
    } else {
      EXPECT_TRUE(client.is_closed()) << one.request;
    }
  }
}

TEST(Server, AClientThatStopsSendingStillGetsItsAnswers) {
  LiveServer server(echo);
  const std::string text = exchange(server.port(), get("/a") + get("/b"));
  EXPECT_NE(text.find("GET /a "), std::string::npos);
  EXPECT_TRUE(text.ends_with("GET /b "));
}

TEST(Server, SaysContinueOnlyToAClientThatWaits) {
  LiveServer server(echo);
  RawClient client(server.port());
  const std::string head = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
  client.send(head);
  const Answer interim = client.receive();
  EXPECT_EQ(interim.status, 100);
  EXPECT_EQ(interim.head, "HTTP/1.1 100 Continue\r\n");
  client.send("hello");
  EXPECT_EQ(client.receive().body, "POST /a hello");

  client.send(head + "hello");
  EXPECT_EQ(client.receive().status, 200);

  client.send("POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.receive().status, 100);
  client.send("1\r\nx\r\n0\r\n\r\n");
  EXPECT_EQ(client.receive().body, "POST /a x");

  client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 99999\r\nExpect: 100-continue\r\n\r\n");
  check_problem(client.receive(), 413, "payload_too_large");
  EXPECT_TRUE(client.is_closed());
}

TEST(Server, SaysContinueOncePerRequestAndNeverWithoutABody) {
  LiveServer server(echo);
  RawClient client(server.port());
  const std::string expecting = "Expect: 100-continue\r\n";
  const std::string head = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n" + expecting + "\r\n";
  for (const char c : head) ASSERT_TRUE(client.send(std::string_view(&c, 1)));
  EXPECT_EQ(client.receive().status, 100);
  client.send("h");
  client.send("i");
  EXPECT_EQ(client.receive().body, "POST /a hi");
  client.send("POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n" + expecting + "\r\n");
  EXPECT_EQ(client.receive().body, "POST /b ");
  client.send(get("/c", expecting));
  EXPECT_EQ(client.receive().body, "GET /c ");
  // HTTP/1.0 knows no 100 (RFC 9110 §10.1.1).
  client.send("POST /d HTTP/1.0\r\nContent-Length: 2\r\n" + expecting + "\r\n");
  client.send("hi");
  EXPECT_EQ(client.receive().body, "POST /d hi");
}

TEST(Server, RequestIdsOfClientsAreEchoedWhenTheyAreSafe) {
  ServerOptions options;
  options.is_secret = [](std::string_view text) { return text.find("4111") != std::string_view::npos; };
  LiveServer server(
      [](const Request& request) -> Task<Response> {
        Response response{.content_type = "text/plain", .body = std::string(request.request_id)};
        co_return response;
      },
      options);
  RawClient client(server.port());
  auto answer_to = [&client](std::string_view fields) {
    client.send(get("/", fields));
    Answer answer = client.receive();
    EXPECT_EQ(answer.body, answer.field("X-Request-Id"));
    EXPECT_EQ(answer.count("X-Request-Id"), 1u);
    return answer.body;
  };
  EXPECT_EQ(answer_to("X-Request-Id: my-id_1.x\r\n"), "my-id_1.x");
  EXPECT_EQ(answer_to("x-request-id: " + std::string(128, 'a') + "\r\n"), std::string(128, 'a'));
  std::set<std::string> own;
  for (const std::string& field :
       {std::string(), std::string("X-Request-Id:\r\n"), std::string("X-Request-Id: a b\r\n"),
        "X-Request-Id: " + std::string(129, 'a') + "\r\n",
        std::string("X-Request-Id: a\r\nX-Request-Id: b\r\n"),
        std::string("X-Request-Id: 4111111111111111\r\n")}) {
    const std::string id = answer_to(field);
    EXPECT_EQ(id.size(), 32u) << field << id;
    EXPECT_TRUE(own.insert(id).second) << id;
  }
}

Task<Response> fail_as_asked(const Request& request) {
  if (request.path == "/unavailable")
    throw Unavailable("the database is away; try again", std::chrono::seconds(7));
  if (request.path == "/at-once") throw Unavailable("the intake is full", std::chrono::seconds(0));
  if (request.path == "/odd") throw 42;
  if (request.path == "/header") {
    Response response;
    response.with("X-Evil", "a\r\nSet-Cookie: b");
    co_return response;
  }
  throw std::logic_error("a secret of the inside");
}

TEST(Server, WhatAHandlerThrowsBecomesAnAnswer) {
  LiveServer server(fail_as_asked);
  RawClient client(server.port());
  auto answer_to = [&client](std::string_view path) {
    client.send(get(path, "X-Request-Id: r-1\r\n"));
    return client.receive();
  };
  const Answer unavailable = answer_to("/unavailable");
  check_problem(unavailable, 503, "unavailable");
  EXPECT_EQ(unavailable.field("Retry-After"), "7");
  EXPECT_EQ(json::parse(unavailable.body)->at("retryable"), true);
  EXPECT_EQ(json::parse(unavailable.body)->at("detail"), "the database is away; try again");
  EXPECT_EQ(answer_to("/at-once").field("Retry-After"), "1");
  for (const std::string_view path : {"/logic", "/odd", "/header"}) {
    const Answer internal = answer_to(path);
    check_problem(internal, 500, "internal");
    EXPECT_EQ(internal.field("X-Request-Id"), "r-1");
    EXPECT_EQ((internal.head + internal.body).find("secret"), std::string::npos);
    EXPECT_EQ(internal.count("Set-Cookie"), 0u) << internal.head;
  }
}

TEST(Server, AHandlerMayCloseOrResetTheConnection) {
  LiveServer server([](const Request& request) -> Task<Response> {
    Response response{.content_type = "text/plain", .body = "last"};
    response.close = request.path == "/close";
    response.reset = request.path == "/reset";
    co_return response;
  });
  RawClient closed(server.port());
  closed.send(get("/close") + get("/never"));
  const Answer answer = closed.receive();
  EXPECT_EQ(answer.body, "last");
  EXPECT_EQ(answer.field("Connection"), "close");
  EXPECT_TRUE(closed.is_closed());
  EXPECT_FALSE(closed.was_reset());
  RawClient reset(server.port());
  reset.send(get("/reset"));
  EXPECT_EQ(reset.receive().status, 0);
  EXPECT_TRUE(reset.was_reset());
}

TEST(Server, RefusalsAreProblemsAndEndTheConnection) {
  LiveServer server(echo);
  struct Case {
    std::string request;
    int status;
    std::string_view code;
  };
  const std::vector<Case> cases = {
      {"GET / HTTP/1.1\r\n\r\n", 400, "bad_request"},
      {"\x16\x03\x01", 400, "bad_request"},
      {post("/", "x", "Transfer-Encoding: chunked\r\n"), 400, "bad_request"},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400, "bad_request"},
      {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n10001\r\n", 413, "payload_too_large"},
      {get("/" + std::string(9000, 'a')), 414, "uri_too_long"},
      {get("/", "Expect: more\r\n"), 417, "expectation_failed"},
      {get("/", "X: " + std::string(40'000, 'a') + "\r\n"), 431, "header_fields_too_large"},
      {"BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501, "not_implemented"},
      {"GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505, "http_version_not_supported"},
  };
  for (const Case& one : cases) {
    RawClient client(server.port());
    client.send(one.request + get("/never"));
    const Answer answer = client.receive();
    check_problem(answer, one.status, one.code);
    EXPECT_EQ(answer.field("Connection"), "close") << one.request.substr(0, 100);
    EXPECT_TRUE(client.is_closed()) << one.request.substr(0, 100);
    EXPECT_FALSE(client.was_reset()) << one.request.substr(0, 100);
  }
}

TEST(Server, ARefusalRepeatsNoSecret) {
  ServerOptions options;
  options.is_secret = [](std::string_view text) { return text.find("secret") != std::string_view::npos; };
  LiveServer server(echo, options);
  for (const std::string& request :
       {get("/secret%zz"), get("/%73ecret%zz"), std::string("GET / HTTP/1.1\r\nHost: secret 1\r\n\r\n"),
        std::string("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nsecret\r\n")}) {
    RawClient client(server.port());
    client.send(request);
    const Answer answer = client.receive();
    check_problem(answer, 400, "bad_request");
    EXPECT_EQ(answer.body.find("ecret"), std::string::npos) << answer.body;
  }
}

TEST(Server, ARefusedHeadRequestGetsNoBody) {
  LiveServer server(echo);
  EXPECT_TRUE(
      exchange(server.port(), "HEAD / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n").ends_with("\r\n\r\n"));
}

TEST(Server, SpeaksIpVersion6) {
  std::unique_ptr<LiveServer> server;
  try {
    server = std::make_unique<LiveServer>(echo, ServerOptions{.listen = "[::1]:0"});
  } catch (const UsageError& error) {
    GTEST_SKIP() << error.what();
  }
  EXPECT_NE(server->port(), 0);
}

}  // namespace
}  // namespace bursar::http
