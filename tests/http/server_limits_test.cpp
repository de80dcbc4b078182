// How much of a server one client, or many together, can take from the others.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/fault.hpp"
#include "live_server.hpp"

namespace bursar::http {
namespace {

using testing::Answer;
using testing::check_problem;
using testing::echo;
using testing::get;
using testing::LiveServer;
using testing::post;
using testing::RawClient;

// The server answers a client that behaves.
void check_serves(LiveServer& server) {
  RawClient client(server.port());
  client.send(get("/well"));
  EXPECT_EQ(client.receive().body, "GET /well ");
}

TEST(ServerLimits, ConnectionsAboveTheLimitAreToldSo) {
  ServerOptions options;
  options.max_connections = 2;
  LiveServer server(echo, options);
  auto first = std::make_unique<RawClient>(server.port());
  RawClient second(server.port());
  for (RawClient* client : {first.get(), &second}) {
    client->send(get("/a"));
    EXPECT_EQ(client->receive().body, "GET /a ");
  }
  for (int i = 0; i < 5; ++i) {
    RawClient third(server.port());
    third.send(get("/a"));
    const Answer answer = third.receive();
    check_problem(answer, 503, "unavailable");
    EXPECT_EQ(answer.field("Retry-After"), "1");
    EXPECT_EQ(answer.field("Connection"), "close");
    third.finish_sending();
    EXPECT_TRUE(third.is_closed());
  }
  second.send(get("/still"));
  EXPECT_EQ(second.receive().body, "GET /still ");
  first.reset();
  while (server.connections() > 1) std::this_thread::yield();
  check_serves(server);
}

TEST(ServerLimits, OneAddressCannotTakeEveryPlace) {
  ServerOptions options;
  options.max_connections = 3;
  options.max_connections_per_address = 2;
  LiveServer server(echo, options);
  RawClient first(server.port());
  RawClient second(server.port());
  for (RawClient* client : {&first, &second}) {
    client->send(get("/a"));
    EXPECT_EQ(client->receive().body, "GET /a ");
  }
  RawClient third(server.port());
  third.send(get("/a"));
  check_problem(third.receive(), 503, "unavailable");
  RawClient neighbour(server.port(), 0, "127.0.0.2");
  neighbour.send(get("/a"));
  EXPECT_EQ(neighbour.receive().body, "GET /a ");
}

TEST(ServerLimits, TheClientsBehindATrustedProxyAreMany) {
  ServerOptions options;
  options.max_connections_per_address = 1;
  options.proxies = TrustedProxies::parse("127.0.0.1").value();
  LiveServer server(echo, options);
  RawClient first(server.port());
  RawClient second(server.port());
  for (RawClient* client : {&first, &second}) {
    client->send(get("/a"));
    EXPECT_EQ(client->receive().body, "GET /a ");
  }
}

TEST(ServerLimits, OneAddressCannotTakeTheMemoryOfLargeRequests) {
  LiveServer server(echo);
  // Each holds a buffer of 64 kB until its deadline.
  const std::string unfinished = post("/a", std::string(60'000, 'x')).substr(0, 40'000);
  std::vector<std::unique_ptr<RawClient>> greedy;
  for (std::size_t held = 0; held <= limits::grown_bytes_per_address; held += 60 * 1024) {
    greedy.push_back(std::make_unique<RawClient>(server.port()));
    greedy.back()->send(unfinished);
  }
  while (server.connections() < greedy.size()) std::this_thread::yield();
  RawClient same(server.port());
  same.send(post("/a", std::string(60'000, 'x')));
  check_problem(same.receive(), 503, "unavailable");
  RawClient small(server.port());
  small.send(post("/a", "x"));
  EXPECT_EQ(small.receive().body, "POST /a x");
  RawClient neighbour(server.port(), 0, "127.0.0.2");
  neighbour.send(post("/a", std::string(60'000, 'x')));
  EXPECT_EQ(neighbour.receive().status, 200);
}

constexpr std::size_t much = 8 * 1024 * 1024;

Task<Response> much_or_well(const Request& request) {
  if (request.path == "/well") co_return co_await echo(request);
  Response response{.content_type = "text/plain", .body = std::string(much, 'x')};
  co_return response;
}

// Clients that ask for eight megabytes and read nothing, twelve of them.
std::vector<std::unique_ptr<RawClient>> slow_readers(LiveServer& server) {
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 12; ++i) {
    clients.push_back(std::make_unique<RawClient>(server.port(), 4096));
    clients.back()->send(get("/huge"));
    // Each has its answer before the next one asks.
    EXPECT_TRUE(clients.back()->read_to(1000));
  }
  return clients;
}

TEST(ServerLimits, SlowReadersThatTogetherHoldTooMuchAreCutTheSlowestFirst) {
  LiveServer server(much_or_well);
  const auto clients = slow_readers(server);
  const std::size_t fit = limits::blocked_answer_bytes / much;
  while (server.connections() > fit) std::this_thread::yield();
  EXPECT_GE(server.connections(), fit - 1);
  check_serves(server);
  EXPECT_LT(clients.front()->receive_all().size(), much);
  EXPECT_EQ(clients.back()->receive().body.size(), much);
}

TEST(ServerLimits, NoMoreSlowReadersAreCutThanNeededWhenManyBlockInOneTurn) {
  LiveServer server(much_or_well);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 12; ++i) {
    clients.push_back(std::make_unique<RawClient>(server.port(), 4096));
    clients.back()->send(get("/well"));
    EXPECT_EQ(clients.back()->receive().status, 200);
  }
  server.on_loop([&clients](Server&) {
    for (const auto& client : clients) client->send(get("/huge"));
  });
  std::size_t whole = 0;
  for (const auto& client : clients) whole += client->receive().body.size() == much ? 1 : 0;
  EXPECT_GE(whole, limits::blocked_answer_bytes / much - 1);
}

TEST(ServerLimits, SlowReadersOfALastingTextHoldNoCopies) {
  const std::string lasting(8 * 1024 * 1024, 'x');
  LiveServer server([&lasting](const Request& request) -> Task<Response> {
    if (request.path == "/well") return echo(request);
    return [](std::string_view text) -> Task<Response> {
      Response response{.content_type = "text/plain", .lasting_body = text};
      co_return response;
    }(lasting);
  });
  const auto clients = slow_readers(server);
  EXPECT_EQ(server.connections(), clients.size());
  for (const auto& client : clients) EXPECT_EQ(client->receive().body.size(), lasting.size());
}

TEST(ServerLimits, ABurstDoesNotGetPastTheLimit) {
  ServerOptions options;
  options.max_connections = 3;
  LiveServer server(echo, options);
  std::vector<std::unique_ptr<RawClient>> clients;
  // The loop accepts them all in one go.
  server.on_loop([&](Server&) {
    for (int i = 0; i < 20; ++i) clients.push_back(std::make_unique<RawClient>(server.port()));
  });
  int served = 0, refused = 0;
  for (const auto& client : clients) {
    client->send(get("/a"));
    const int status = client->receive().status;
    served += status == 200;
    refused += status == 503;
  }
  EXPECT_EQ(served, 3);
  EXPECT_EQ(refused, 17);
}

// Leaves this process only so many descriptors more.
class FewDescriptors {
 public:
  explicit FewDescriptors(std::size_t more) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit low = before_;
    low.rlim_cur = std::min<rlim_t>(before_.rlim_cur, 512);
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
    for (int fd = ::dup(0); fd >= 0; fd = ::dup(0)) taken_.push_back(fd);
    EXPECT_GT(taken_.size(), more);
    for (std::size_t i = 0; i < more; ++i) {
      ::close(taken_.back());
      taken_.pop_back();
    }
  }
  ~FewDescriptors() {
    for (const int fd : taken_) ::close(fd);
    ::setrlimit(RLIMIT_NOFILE, &before_);
  }

 private:
  rlimit before_{};
  std::vector<int> taken_;
};

TEST(ServerLimits, WithoutDescriptorsAcceptingPausesAndComesBack) {
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  GTEST_SKIP() << "a sanitizer needs descriptors to look at objects and takes sound ones for broken without";
#endif
  LiveServer server(echo);
  check_serves(server);
  std::vector<std::unique_ptr<RawClient>> clients;
  clients.push_back(std::make_unique<RawClient>(server.port()));
  clients.back()->send(get("/well"));
  EXPECT_EQ(clients.back()->receive().body, "GET /well ");
  {
    // The clients live in this process too and take eight of the nine; while they do, the loop stands still.
    const FewDescriptors limit(9);
    server.on_loop([&](Server&) {
      for (int i = 0; i < 8; ++i) clients.push_back(std::make_unique<RawClient>(server.port()));
    });
    for (std::size_t i = 1; i < clients.size(); ++i) clients[i]->send(get("/well"));
    while (server.connections() < 2) std::this_thread::yield();
    // Whoever is connected already is served all the same.
    clients.front()->send(get("/well"));
    EXPECT_EQ(clients.front()->receive().body, "GET /well ");
    EXPECT_EQ(server.connections(), 2u);
  }
  for (std::size_t i = 1; i < clients.size(); ++i) EXPECT_EQ(clients[i]->receive().body, "GET /well ") << i;
  check_serves(server);
}

TEST(ServerLimits, AConnectionForWhichThereIsNoMemoryIsDroppedAndNobodyElse) {
  for (const std::string point : {"http.welcome", "http.serve"}) {
    LiveServer server(echo);
    RawClient earlier(server.port());
    earlier.send(get("/a"));
    EXPECT_EQ(earlier.receive().body, "GET /a ");
    fault::arm(point + "=throw@1");
    RawClient unlucky(server.port());
    EXPECT_TRUE(unlucky.is_closed()) << point;
    check_serves(server);
    fault::disarm();
    earlier.send(get("/b"));
    EXPECT_EQ(earlier.receive().body, "GET /b ");
  }
}

TEST(ServerLimits, OneConnectionThatPipelinesWithoutEndDelaysNobody) {
  LiveServer server(echo);
  RawClient busy(server.port());
  std::string many;
  for (int i = 0; i < 2000; ++i) many += get("/x");
  std::thread writer([&busy, &many] {
    for (int i = 0; i < 20; ++i) busy.send(many);
    busy.finish_sending();
  });
  std::thread reader([&busy] { busy.receive_all(); });
  for (int i = 0; i < 20; ++i) check_serves(server);
  writer.join();
  reader.join();
}

}  // namespace
}  // namespace bursar::http
