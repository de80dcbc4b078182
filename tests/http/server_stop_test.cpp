// How the server stops: nobody who was taken in is left without an answer, and it takes a bounded time.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <future>

#include "base/task_group.hpp"
#include "live_server.hpp"

namespace bursar::http {
namespace {

using testing::Answer;
using testing::echo;
using testing::get;
using testing::LiveServer;
using testing::post;
using testing::quick_deadlines;
using testing::RawClient;

// A handler that waits until the test lets it go on; for one request at a time.
class Gate {
 public:
  Task<Response> answer(const Request& request) {
    const auto executor = co_await asio::this_coro::executor;
    Event opened(executor);
    opened_ = &opened;
    waiting_ = true;
    co_await opened.wait();
    co_return co_await echo(request);
  }
  Handler handler() {
    return [this](const Request& request) { return answer(request); };
  }
  void wait_for_request() {
    while (!waiting_) std::this_thread::yield();
  }
  void open(LiveServer& server) {
    server.on_loop([this](Server&) { opened_->set(); });
  }

 private:
  std::atomic<bool> waiting_ = false;
  Event* opened_ = nullptr;  // in the handler, so that it ends before its loop
};

bool can_connect(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool connected = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return connected;
}

TEST(ServerStop, ARequestInProgressGetsItsAnswerAndTheConnectionEnds) {
  Gate gate;
  LiveServer server(gate.handler());
  RawClient client(server.port());
  client.send(post("/pay", "1") + get("/never"));
  gate.wait_for_request();
  server.on_loop([](Server& running) { running.stop(); });
  EXPECT_FALSE(can_connect(server.port()));
  gate.open(server);
  const Answer answer = client.receive();
  EXPECT_EQ(answer.body, "POST /pay 1");
  EXPECT_EQ(answer.field("Connection"), "close");
  EXPECT_TRUE(client.is_closed());
  EXPECT_FALSE(client.was_reset());
  client.finish_sending();
  server.wait_until_stopped();
}

TEST(ServerStop, ARequestThatHasBegunIsReadToItsEndAndAnswered) {
  LiveServer server(echo);
  RawClient client(server.port());
  client.send(get("/first"));
  EXPECT_EQ(client.receive().body, "GET /first ");
  const std::string text = post("/second", "hello");
  client.send(text.substr(0, 30));
  // The first part is there when a second connection, made later, has been answered.
  RawClient other(server.port());
  other.send(get("/"));
  other.receive();
  server.on_loop([](Server& running) { running.stop(); });
  client.send(text.substr(30));
  const Answer answer = client.receive();
  EXPECT_EQ(answer.body, "POST /second hello");
  EXPECT_EQ(answer.field("Connection"), "close");
}

TEST(ServerStop, IdleConnectionsEndAtOnce) {
  ServerOptions options;
  options.deadlines.grace = milliseconds(0);
  LiveServer server(echo, options);
  RawClient silent(server.port());
  RawClient used(server.port());
  used.send(get("/a"));
  EXPECT_EQ(used.receive().body, "GET /a ");
  server.stop();
  EXPECT_TRUE(silent.is_closed());
  EXPECT_TRUE(used.is_closed());
  server.wait_until_stopped();
}

TEST(ServerStop, AConnectionJustUsedMaySendOneMoreRequest) {
  ServerOptions options;
  options.deadlines.grace = std::chrono::seconds(10);
  LiveServer server(echo, options);
  RawClient client(server.port());
  client.send(get("/a"));
  EXPECT_EQ(client.receive().body, "GET /a ");
  server.on_loop([](Server& running) { running.stop(); });
  client.send(get("/b"));
  const Answer answer = client.receive();
  EXPECT_EQ(answer.body, "GET /b ");
  EXPECT_EQ(answer.field("Connection"), "close");
  EXPECT_TRUE(client.is_closed());
}

TEST(ServerStop, WhoeverIsConnectedButNotYetAcceptedIsServed) {
  ServerOptions options;
  options.deadlines.grace = std::chrono::seconds(10);
  LiveServer server(echo, options);
  std::vector<std::unique_ptr<RawClient>> clients;
  // On the loop: between these connections and stop() nothing else runs.
  server.on_loop([&](Server& running) {
    for (int i = 0; i < 50; ++i) {
      clients.push_back(std::make_unique<RawClient>(server.port()));
      clients.back()->send(get("/a"));
    }
    running.stop();
  });
  for (const auto& client : clients) {
    const Answer answer = client->receive();
    EXPECT_EQ(answer.body, "GET /a ");
    EXPECT_EQ(answer.field("Connection"), "close");
    client->finish_sending();
  }
  server.wait_until_stopped();
}

TEST(ServerStop, AHandlerThatHangsIsCancelledAtTheDrainDeadline) {
  Gate gate;
  ServerOptions options{.deadlines = quick_deadlines()};
  options.deadlines.drain = milliseconds(100);
  LiveServer server(gate.handler(), options);
  RawClient client(server.port());
  client.send(get("/"));
  gate.wait_for_request();
  server.stop();
  server.wait_until_stopped();
  EXPECT_EQ(client.receive().status, 0);
}

TEST(ServerStop, WhoStopsItMayGiveItLessTime) {
  Gate gate;
  LiveServer server(gate.handler());
  RawClient client(server.port());
  client.send(get("/"));
  gate.wait_for_request();
  server.on_loop([](Server& running) { running.stop(milliseconds(0)); });
  // Within the guard's time, which is shorter than that of a drain.
  static_assert(limits::drain_deadline > std::chrono::seconds(10));
  EXPECT_EQ(client.receive().status, 0);
  server.wait_until_stopped();
}

TEST(ServerStop, ACancelledRunClosesEverythingAndSaysSo) {
  Loop loop(1);
  Gate gate;
  Server server(loop, ServerOptions{.listen = "127.0.0.1:0"}, gate.handler());
  bool told = false;
  TaskGroup tasks(loop.get_executor());
  auto run = [](Server& running, bool& cancelled) -> Task<> {
    try {
      co_await running.run();
    } catch (const boost::system::system_error& error) {
      cancelled = error.code() == asio::error::operation_aborted;
    }
  };
  tasks.spawn("server", run(server, told));
  std::thread thread([&loop] { loop.run(); });
  RawClient busy(server.port());
  busy.send(get("/"));
  gate.wait_for_request();
  asio::post(loop, [&tasks] { tasks.cancel(); });
  EXPECT_EQ(busy.receive().status, 0);
  thread.join();
  EXPECT_TRUE(told);
  EXPECT_EQ(server.connections(), 0u);
  EXPECT_FALSE(can_connect(server.port()));
}

TEST(ServerStop, StopBeforeRunEndsItAtOnce) {
  Loop loop(1);
  Server server(loop, ServerOptions{.listen = "127.0.0.1:0"}, echo);
  server.stop();
  server.stop();
  TaskGroup tasks(loop.get_executor());
  tasks.spawn("server", server.run());
  loop.run();
  EXPECT_EQ(tasks.size(), 0u);
}

TEST(ServerStop, NoRequestFailsWhenAServerStopsUnderLoad) {
  ServerOptions options;
  options.deadlines.grace = std::chrono::seconds(10);
  LiveServer server(echo, options);
  constexpr int clients = 8;
  std::atomic<int> answered = 0, connected = 0;
  std::vector<std::future<std::string>> ends;
  for (int i = 0; i < clients; ++i) {
    ends.push_back(std::async(std::launch::async, [&answered, &connected, &server] {
      RawClient client(server.port());
      bool first = true;
      while (true) {
        client.send(post("/p", "x"));
        const Answer answer = client.receive();
        if (answer.status != 200) return std::string("a request got no answer");
        ++answered;
        if (std::exchange(first, false)) ++connected;
        if (answer.field("Connection") == "close") return std::string();
      }
    }));
  }
  while (answered < clients * 20 || connected < clients) std::this_thread::yield();
  server.stop();
  for (auto& end : ends) EXPECT_EQ(end.get(), "");
  server.wait_until_stopped();
}

}  // namespace
}  // namespace bursar::http
