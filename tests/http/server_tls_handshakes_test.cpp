// What a client can take from a server before it is known to speak TLS at all.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "base/limits.hpp"
#include "http/tls.hpp"
#include "tls_client.hpp"

namespace bursar::http {
namespace {

using namespace std::string_literals;
using testing::echo;
using testing::get;
using testing::LiveServer;
using testing::quick_deadlines;
using testing::RawClient;
using testing::TlsClient;
using testing::with_tls;

// The start of a record with the start of a hello that announces so many bytes.
std::string hello(std::size_t announced) {
  std::string text = "\x16\x03\x01\x02\x00\x01"s;
  for (const int shift : {16, 8, 0}) text += static_cast<char>(announced >> shift & 0xFF);
  return text + "\x03";
}

TEST(TlsBeginning, IsToldByTheFirstBytes) {
  struct {
    std::string bytes;
    Beginning is;
  } const table[] = {
      {hello(512), Beginning::hello},
      {hello(limits::client_hello_bytes), Beginning::hello},
      {hello(limits::client_hello_bytes + 1), Beginning::other},
      {hello(0xFFFFFF), Beginning::other},
      {hello(512).substr(0, beginning_bytes), Beginning::hello},
      {hello(512).substr(0, beginning_bytes - 1), Beginning::nothing},
      {"", Beginning::nothing},
      {"GET / HTTP/1.1", Beginning::plain_text},
      {"PATCH /a HTTP/1.1", Beginning::plain_text},
      {std::string(9, '\0'), Beginning::other},
      // What would hide a hello that announces much.
      {"\x16\x03\x01\x00\x03\x01\x00\x01\x16\x03"s, Beginning::other},
      {"\x16\x03\x01\x00\x00\x16\x03\x01\x00\x05"s, Beginning::other},
      {"\x15\x03\x01\x00\x02\x01\x00\x16\x03\x01"s, Beginning::other},
      {"\x14\x03\x03\x00\x01\x01\x16\x03\x01\x00"s, Beginning::other},
      {"\x80\x2E\x01\x03\x03\x00\x15\x00\x00\x00"s, Beginning::other},
      // Another message than a hello.
      {"\x16\x03\x01\x02\x00\x02\x00\x01\xFC\x03"s, Beginning::other},
  };
  for (const auto& [bytes, is] : table) EXPECT_EQ(beginning_of(bytes), is) << ::testing::PrintToString(bytes);
}

TEST(ServerTls, AHelloThatAnnouncesTooMuchIsClosedAtOnce) {
  LiveServer server(echo, with_tls());
  RawClient greedy(server.port());
  greedy.send(hello(131'396));
  EXPECT_TRUE(greedy.is_closed());
  const TlsClient client(server.port());
  EXPECT_EQ(client.failure(), "");
}

TEST(ServerTls, AClientThatEndsBeforeItsHelloIsClosed) {
  LiveServer server(echo, with_tls());
  for (const std::size_t bytes : {0UL, 1UL, beginning_bytes - 1}) {
    RawClient client(server.port());
    client.send(hello(512).substr(0, bytes));
    client.finish_sending();
    EXPECT_TRUE(client.is_closed()) << bytes;
  }
}

TEST(ServerTls, AnUnfinishedHelloEndsInTimeHoweverMuchOfItCame) {
  LiveServer server(echo, with_tls(quick_deadlines()));
  for (const std::size_t bytes : {0UL, 1UL, beginning_bytes - 1, beginning_bytes}) {
    RawClient client(server.port());
    client.send(hello(512).substr(0, bytes));
    EXPECT_TRUE(client.is_closed()) << bytes;
  }
}

Deadlines long_deadlines() {
  Deadlines deadlines;
  deadlines.head = std::chrono::minutes(10);
  return deadlines;
}

// Unfinished handshakes of 127.0.0.1, more than the server keeps; returns when it has closed the others.
std::vector<std::unique_ptr<RawClient>> unfinished(LiveServer& server, std::size_t kept) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (std::size_t i = 0; i < kept + 8; ++i) {
    clients.push_back(std::make_unique<RawClient>(server.port(), 0, "127.0.0.1"));
    EXPECT_TRUE(clients.back()->send(hello(512)));
  }
  {
    // Whoever comes last has its answer: all have been accepted.
    RawClient last(server.port());
    last.send(get("/"));
    EXPECT_EQ(last.receive().status, 400);
  }
  while (server.connections() != kept) std::this_thread::yield();
  return clients;
}

TEST(ServerTls, OneAddressCannotTakeEveryHandshake) {
  constexpr std::size_t most = limits::handshakes_per_address;
  LiveServer server(echo, with_tls(long_deadlines()));
  auto clients = unfinished(server, most);
  EXPECT_NE(TlsClient(server.port(), {.from = "127.0.0.1"}).failure(), "");
  TlsClient neighbour(server.port(), {.from = "127.0.0.2"});
  EXPECT_EQ(neighbour.failure(), "");
  clients.clear();
  while (server.connections() > 1) std::this_thread::yield();
  // Whoever has finished counts no more.
  const TlsClient again(server.port(), {.from = "127.0.0.1"});
  EXPECT_EQ(again.failure(), "");
  neighbour.send(get("/a"));
  EXPECT_EQ(neighbour.receive().body, "GET /a ");
}

TEST(ServerTls, TheHandshakesBehindATrustedProxyAreManyButBounded) {
  constexpr std::size_t most = limits::handshakes_per_loop;
  ServerOptions options = with_tls(long_deadlines());
  options.proxies = TrustedProxies::parse("127.0.0.1").value();
  LiveServer server(echo, options);
  const auto clients = unfinished(server, most);
  EXPECT_NE(TlsClient(server.port(), {.from = "127.0.0.2"}).failure(), "");
}

}  // namespace
}  // namespace bursar::http
