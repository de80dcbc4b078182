// The server over TLS: what it agrees to, and that nothing of its strictness or patience changes inside.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <atomic>

#include "base/error.hpp"
#include "base/json.hpp"
#include "http/tls.hpp"
#include "testing/tls_identity.hpp"
#include "tls_client.hpp"

namespace bursar::http {
namespace {

using bursar::testing::TestIdentity;
using testing::Answer;
using testing::check_problem;
using testing::echo;
using testing::get;
using testing::LiveServer;
using testing::load;
using testing::post;
using testing::quick_deadlines;
using testing::RawClient;
using testing::TlsClient;
using testing::TlsTerms;
using testing::with_tls;

void check_serves(LiveServer& server) {
  TlsClient client(server.port());
  ASSERT_EQ(client.failure(), "");
  client.send(get("/well"));
  EXPECT_EQ(client.receive().body, "GET /well ");
}

TEST(ServerTls, AnswersOneRequestAfterAnotherInEachVersion) {
  LiveServer server(echo, with_tls());
  for (const auto& [version, name] : {std::pair(TLS1_2_VERSION, "TLSv1.2"), std::pair(0, "TLSv1.3")}) {
    TlsClient client(server.port(), {.version = version});
    ASSERT_EQ(client.failure(), "");
    EXPECT_EQ(client.version(), name);
    for (const std::size_t size : {0UL, 5UL, limits::request_body_bytes}) {
      const std::string body(size, 'b');
      client.send(post("/a", body));
      const Answer answer = client.receive();
      EXPECT_EQ(answer.body, "POST /a " + body);
      EXPECT_EQ(answer.field("Strict-Transport-Security"), "max-age=31536000");
    }
    client.send(get("/b") + get("/c"));
    EXPECT_EQ(client.receive().body, "GET /b ");
    EXPECT_EQ(client.receive().body, "GET /c ");
  }
}

TEST(ServerTls, APlainListenerPromisesNoTls) {
  LiveServer server(echo);
  RawClient client(server.port());
  client.send(get("/"));
  EXPECT_EQ(client.receive().count("Strict-Transport-Security"), 0u);
}

TEST(ServerTls, BytesMayComeOneByOne) {
  LiveServer server(echo, with_tls());
  TlsClient client(server.port(), {.piece_bytes = 1});
  ASSERT_EQ(client.failure(), "");
  client.send(post("/a", "hello") + get("/b"));
  EXPECT_EQ(client.receive().body, "POST /a hello");
  EXPECT_EQ(client.receive().body, "GET /b ");
}

TEST(ServerTls, OldVersionsAndCiphersAreRefused) {
  LiveServer server(echo, with_tls());
  const std::vector<TlsTerms> refused = {
      {.version = TLS1_VERSION},
      {.version = TLS1_1_VERSION},
      {.version = TLS1_2_VERSION, .ciphers = "AES128-SHA:AES256-GCM-SHA384"},  // no forward secrecy
      {.version = TLS1_2_VERSION, .ciphers = "ECDHE-ECDSA-AES128-SHA256"},     // CBC
  };
  for (const TlsTerms& terms : refused) {
    const TlsClient client(server.port(), terms);
    EXPECT_NE(client.failure(), "") << terms.version << terms.ciphers;
  }
  const TlsClient modern(server.port(),
                         {.version = TLS1_2_VERSION, .ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256"});
  EXPECT_EQ(modern.failure(), "");
}

TEST(ServerTls, NobodyRenegotiates) {
  LiveServer server(echo, with_tls());
  TlsClient client(server.port(), {.version = TLS1_2_VERSION});
  EXPECT_NE(client.renegotiate(), "");
  check_serves(server);
}

TEST(ServerTls, TheProtocolIsHttp11OrNone) {
  LiveServer server(echo, with_tls());
  const TlsClient both(server.port(), {.protocols = "h2,http/1.1"});
  EXPECT_EQ(both.failure() + both.protocol(), "http/1.1");
  const TlsClient none(server.port());
  EXPECT_EQ(none.failure() + none.protocol(), "");
  const TlsClient other(server.port(), {.protocols = "h2"});
  EXPECT_NE(other.failure().find("no application protocol"), std::string::npos) << other.failure();
}

TEST(ServerTls, AClientWithoutTlsIsToldToUseIt) {
  LiveServer server(echo, with_tls());
  RawClient client(server.port());
  client.send(get("/a"));
  const Answer answer = client.receive();
  check_problem(answer, 400, "bad_request");
  EXPECT_NE(answer.body.find("https://"), std::string::npos);
  EXPECT_EQ(answer.count("Strict-Transport-Security"), 0u);
  EXPECT_TRUE(client.is_closed());
  EXPECT_FALSE(client.was_reset());
}

TEST(ServerTls, AnUnfinishedHandshakeEndsInTime) {
  LiveServer server(echo, with_tls(quick_deadlines()));
  RawClient silent(server.port());
  RawClient half(server.port());
  half.send(std::string("\x16\x03\x01\x02\x00\x01\x00", 7));
  EXPECT_TRUE(silent.is_closed());
  EXPECT_TRUE(half.is_closed());
  check_serves(server);
}

TEST(ServerTls, ASessionWithoutARequestEndsInTime) {
  LiveServer server(echo, with_tls(quick_deadlines()));
  TlsClient idle(server.port());
  ASSERT_EQ(idle.failure(), "");
  EXPECT_TRUE(idle.is_closed());
  EXPECT_TRUE(idle.has_ended_properly());
}

TEST(ServerTls, UnfinishedRequestsAre408) {
  LiveServer server(echo, with_tls(quick_deadlines()));
  for (const std::string& text : {get("/").substr(0, 20), post("/", "hello").substr(0, 58)}) {
    TlsClient client(server.port());
    client.send(text);
    check_problem(client.receive(), 408, "request_timeout");
    EXPECT_TRUE(client.is_closed());
    EXPECT_TRUE(client.has_ended_properly());
  }
}

TEST(ServerTls, NewConnectionsGetTheNewCertificateAndOldOnesLiveOn) {
  LiveServer server(echo, with_tls({}, {.common_name = "first"}));
  TlsClient old(server.port());
  EXPECT_EQ(old.server_name(), "first");
  server.on_loop([](Server& running) { running.present(load(TestIdentity({.common_name = "second"}))); });
  TlsClient fresh(server.port());
  EXPECT_EQ(fresh.server_name(), "second");
  for (TlsClient* client : {&old, &fresh}) {
    client->send(get("/a"));
    EXPECT_EQ(client->receive().body, "GET /a ");
  }
}

TEST(ServerTls, TheLastAnswerIsWholeAndSaysSo) {
  LiveServer server(
      [](const Request& request) -> Task<Response> {
        if (request.path != "/large") co_return co_await echo(request);
        Response response{.content_type = "text/plain", .body = std::string(3 * 1024 * 1024, 'x')};
        co_return response;
      },
      with_tls());
  for (const std::string_view path : {"/a", "/large"}) {
    TlsClient client(server.port());
    client.send(get(path, "Connection: close\r\n"));
    EXPECT_EQ(client.receive().status, 200);
    EXPECT_TRUE(client.is_closed());
    EXPECT_TRUE(client.has_ended_properly());
    EXPECT_FALSE(client.was_reset());
  }
}

TEST(ServerTls, AnEarlyRefusalIsReadableWhileTheClientStillWrites) {
  std::atomic<int> asked = 0;
  LiveServer server(
      [&asked](const Request& request) -> Task<Response> {
        ++asked;
        return echo(request);
      },
      with_tls());
  TlsClient client(server.port());
  client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 150000\r\n\r\n");
  client.send(std::string(100'000, 'x') + get("/smuggled"));
  check_problem(client.receive(), 413, "payload_too_large");
  EXPECT_TRUE(client.has_ended_properly() || client.is_closed());
  EXPECT_FALSE(client.was_reset());
  EXPECT_EQ(asked, 0);
}

TEST(ServerTls, AClientThatNeverReadsIsCutAndHurtsNobody) {
  LiveServer server(
      [](const Request& request) -> Task<Response> {
        if (request.path == "/well") co_return co_await echo(request);
        Response response{.content_type = "text/plain", .body = std::string(32 * 1024 * 1024, 'x')};
        co_return response;
      },
      with_tls(quick_deadlines()));
  TlsClient greedy(server.port(), {.receive_buffer_bytes = 4096});
  greedy.send(get("/huge"));
  check_serves(server);
  while (server.connections() > 0) std::this_thread::yield();
  EXPECT_LT(greedy.receive_all().size(), 32u * 1024 * 1024);
}

TEST(ServerTls, EndlessKeyUpdatesDelayNobody) {
  LiveServer server(echo, with_tls());
  std::atomic<bool> enough = false;
  TlsClient busy(server.port());
  std::thread writer([&] {
    while (!enough && busy.update_keys()) continue;
  });
  for (int i = 0; i < 10; ++i) check_serves(server);
  enough = true;
  writer.join();
}

TEST(ServerTls, ARequestInProgressGetsItsAnswerWhenTheServerStops) {
  LiveServer server(echo, with_tls());
  TlsClient client(server.port());
  const std::string text = post("/a", "hello");
  client.send(text.substr(0, text.size() - 2));
  while (server.connections() == 0) std::this_thread::yield();
  server.on_loop([](Server& running) { running.stop(); });
  client.send(text.substr(text.size() - 2));
  const Answer answer = client.receive();
  EXPECT_EQ(answer.body, "POST /a hello");
  EXPECT_EQ(answer.field("Connection"), "close");
}

TEST(ServerTls, ConnectionsAboveTheLimitAreClosed) {
  ServerOptions options = with_tls();
  options.max_connections = 1;
  LiveServer server(echo, options);
  TlsClient first(server.port());
  EXPECT_EQ(first.failure(), "");
  EXPECT_NE(TlsClient(server.port()).failure(), "");
  first.send(get("/a"));
  EXPECT_EQ(first.receive().body, "GET /a ");
}

TEST(TlsIdentity, SaysWhomItNamesAndUntilWhen) {
  const TestIdentity files({.common_name = "p\xC3\xA4y"});
  const auto identity = load(files);
  EXPECT_EQ(identity->subject(), "CN = p\xC3\xA4y");
  const auto left = identity->expires() - SystemClock().now();
  EXPECT_LE(left, std::chrono::seconds(3600));
  EXPECT_GT(left, std::chrono::seconds(3000));
}

TEST(TlsIdentity, WhatCannotBeServedIsNamedWithTheFix) {
  const TestIdentity good, other, expired({.begins = -7200, .ends = -60}),
      early({.begins = 60, .ends = 3600});
  struct Case {
    std::string certificate, key, says;
  };
  const std::vector<Case> cases = {
      {"/absent.pem", good.key_file(), "certificate /absent.pem: No such file"},
      {good.certificate_file(), "/absent.pem", "key /absent.pem: No such file"},
      {good.certificate_file(), other.key_file(), "is not the key of the certificate"},
      {good.certificate_file(), good.locked_key_file(), "protected by a passphrase"},
      {expired.certificate_file(), expired.key_file(), "it expired at 2"},
      {early.certificate_file(), early.key_file(), "it holds only from 2"},
      {good.key_file(), good.key_file(), "give a PEM file with the certificate first"},
      {good.certificate_file(), good.certificate_file(),
       "give a PEM file with the certificate's private key"},
      {"/dev/null", good.key_file(), "certificate /dev/null: "},
  };
  for (const Case& one : cases) {
    try {
      const TlsIdentity identity(TlsFiles{one.certificate, one.key}, SystemClock().now());
      ADD_FAILURE() << "was taken, instead of: " << one.says;
    } catch (const UsageError& error) {
      EXPECT_NE(std::string(error.what()).find(one.says), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace bursar::http
