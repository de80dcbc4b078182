// What slow and silent clients get, and that they cost nobody else anything. Each test waits for the
// server's reaction, never for a time.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>

#include "live_server.hpp"

namespace bursar::http {
namespace {

using testing::Answer;
using testing::check_problem;
using testing::echo;
using testing::get;
using testing::LiveServer;
using testing::post;
using testing::quick_deadlines;
using testing::RawClient;

ServerOptions quick() { return ServerOptions{.deadlines = quick_deadlines()}; }

// The server answers a client that behaves.
void check_serves(LiveServer& server) {
  RawClient client(server.port());
  client.send(get("/well"));
  EXPECT_EQ(client.receive().body, "GET /well ");
}

TEST(ServerDeadlines, AnUnfinishedHeadIs408) {
  LiveServer server(echo, quick());
  for (const std::string_view text :
       {"G", "\r\n", "GET / HTTP/1.1\r\nHost: a\r\n", "GET / HTTP/1.1\r\nHost"}) {
    RawClient client(server.port());
    client.send(text);
    check_problem(client.receive(), 408, "request_timeout");
    EXPECT_TRUE(client.is_closed()) << text;
    EXPECT_FALSE(client.was_reset()) << text;
  }
}

TEST(ServerDeadlines, TricklingDoesNotExtendTheTimeOfAHead) {
  LiveServer server(echo, quick());
  RawClient client(server.port());
  ASSERT_TRUE(client.send("GET / HTTP/1.1\r\nHost: a\r\n"));
  // Writes until the server has closed; each write alone would keep an idle deadline away.
  std::size_t sent = 0;
  while (client.send("X: y\r\n") && sent < 100'000'000) {
    sent += 6;
    std::this_thread::yield();
  }
  EXPECT_GT(sent, 0u);
  check_serves(server);
}

TEST(ServerDeadlines, AnUnfinishedBodyIs408) {
  LiveServer server(echo, quick());
  for (const std::string_view text :
       {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhell",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\nX-Request-Id: mine\r\n\r\nx",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"}) {
    RawClient client(server.port());
    client.send(text);
    const Answer answer = client.receive();
    check_problem(answer, 408, "request_timeout");
    if (text.find("mine") != std::string_view::npos) {
      EXPECT_EQ(answer.field("X-Request-Id"), "mine");
    }
    EXPECT_TRUE(client.is_closed()) << text;
  }
}

TEST(ServerDeadlines, AHalfSentLargeBodyIsAnsweredAfterItsMemoryMoved) {
  LiveServer server(echo, quick());
  RawClient client(server.port());
  client.send(post("/" + std::string(2000, 'p'), std::string(60'000, 'b'), "X-Request-Id: mine\r\n")
                  .substr(0, 40'000));
  const Answer answer = client.receive();
  check_problem(answer, 408, "request_timeout");
  EXPECT_EQ(answer.field("X-Request-Id"), "mine");
}

TEST(ServerDeadlines, WhatCameWhileTheProcessStoodStillIsInTime) {
  LiveServer server(echo, quick());
  RawClient client(server.port());
  const std::string text = post("/a", "hello");
  client.send(text.substr(0, 20));
  while (server.connections() == 0) std::this_thread::yield();
  // Like SIGSTOP: the loop does nothing until every deadline is long over, and meanwhile the rest arrives.
  server.on_loop([&](Server&) {
    const auto end = std::chrono::steady_clock::now() + 2 * quick_deadlines().head;
    client.send(text.substr(20));
    while (std::chrono::steady_clock::now() < end) std::this_thread::yield();
  });
  EXPECT_EQ(client.receive().body, "POST /a hello");
}

TEST(ServerDeadlines, IdleConnectionsAreClosedWithoutAWord) {
  LiveServer server(echo, quick());
  RawClient silent(server.port());
  EXPECT_TRUE(silent.is_closed());
  RawClient used(server.port());
  used.send(get("/a"));
  EXPECT_EQ(used.receive().body, "GET /a ");
  EXPECT_TRUE(used.is_closed());
}

TEST(ServerDeadlines, AClientThatNeverReadsIsCutAndHurtsNobody) {
  ServerOptions options = quick();
  options.deadlines.idle = options.deadlines.head = std::chrono::seconds(60);
  LiveServer server(
      [](const Request& request) -> Task<Response> {
        if (request.path == "/well") co_return co_await echo(request);
        Response response{.content_type = "text/plain", .body = std::string(32 * 1024 * 1024, 'x')};
        co_return response;
      },
      options);
  RawClient greedy(server.port(), 4096);
  greedy.send(get("/huge") + get("/huge") + get("/huge"));
  check_serves(server);
  // Its connection is gone before it reads anything.
  while (server.connections() > 0) std::this_thread::yield();
  check_serves(server);
  const std::string got = greedy.receive_all();
  EXPECT_LT(got.size(), 32u * 1024 * 1024);
}

TEST(ServerDeadlines, AClientThatReadsAndThenStopsIsCutAsWell) {
  ServerOptions options = quick();
  options.deadlines.idle = options.deadlines.head = std::chrono::seconds(60);
  LiveServer server(
      [](const Request&) -> Task<Response> {
        Response response{.content_type = "text/plain", .body = std::string(32 * 1024 * 1024, 'x')};
        co_return response;
      },
      options);
  RawClient client(server.port(), 4096);
  client.send(get("/huge"));
  ASSERT_TRUE(client.read_to(4 * limits::write_progress_bytes));
  while (server.connections() > 0) std::this_thread::yield();
  EXPECT_LT(client.receive_all().size(), 32u * 1024 * 1024);
}

TEST(ServerDeadlines, ASlowReaderGetsAllAsLongAsItReads) {
  constexpr std::size_t megabyte = 1024 * 1024;
  constexpr std::size_t megabytes = 16;
  ServerOptions options = quick();
  options.deadlines.write = milliseconds(700);
  LiveServer server(
      [](const Request&) -> Task<Response> {
        Response response{.content_type = "text/plain", .body = std::string(megabytes * megabyte, 'x')};
        co_return response;
      },
      options);
  RawClient client(server.port(), 64 * 1024);
  client.send(get("/"));
  // A megabyte each tenth of a second: twice the time that a client gets which takes nothing.
  for (std::size_t read = 1; read <= megabytes; ++read) {
    const auto slow_until = std::chrono::steady_clock::now() + milliseconds(100);
    ASSERT_TRUE(client.read_to(read * megabyte)) << read;
    while (std::chrono::steady_clock::now() < slow_until) std::this_thread::yield();
  }
  EXPECT_EQ(client.receive().body.size(), megabytes * megabyte);
}

TEST(ServerLinger, AnEarlyRefusalIsReadableWhileTheClientStillWrites) {
  LiveServer server(echo);
  RawClient client(server.port());
  client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n");
  // Everything is written before the first read; closing at once would make the kernel throw the answer away.
  client.send(std::string(200'000, 'x'));
  check_problem(client.receive(), 413, "payload_too_large");
  client.finish_sending();
  EXPECT_TRUE(client.is_closed());
  EXPECT_FALSE(client.was_reset());
}

TEST(ServerLinger, TheUnreadBodyIsNeverARequest) {
  std::atomic<int> asked = 0;
  LiveServer server([&asked](const Request& request) -> Task<Response> {
    ++asked;
    return echo(request);
  });
  RawClient client(server.port());
  client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 70000\r\n\r\n");
  check_problem(client.receive(), 413, "payload_too_large");
  client.send(get("/smuggled") + get("/smuggled"));
  client.finish_sending();
  EXPECT_TRUE(client.is_closed());
  EXPECT_EQ(asked, 0);
}

TEST(ServerLinger, EndsForAClientThatNeverStops) {
  ServerOptions options = quick();
  options.deadlines.linger = std::chrono::seconds(60);
  LiveServer server(echo, options);
  RawClient endless(server.port());
  endless.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 90000000\r\n\r\n");
  const std::string part(16 * 1024, 'x');
  std::size_t sent = 0;
  while (endless.send(part) && sent < 64 * 1024 * 1024) sent += part.size();
  EXPECT_LT(sent, 64u * 1024 * 1024) << "the server read on and on";
  check_serves(server);
}

TEST(ServerLinger, EndsForAClientThatStaysSilent) {
  LiveServer server(echo, quick());
  RawClient silent(server.port());
  silent.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 90000000\r\n\r\n");
  check_problem(silent.receive(), 413, "payload_too_large");
  while (server.connections() > 0) std::this_thread::yield();
  check_serves(server);
}

}  // namespace
}  // namespace bursar::http
