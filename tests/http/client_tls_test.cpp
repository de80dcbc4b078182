// The outbound client over TLS: a certificate that does not prove the host means that nothing was sent.
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include "base/error.hpp"
#include "http/client.hpp"
#include "testing/run.hpp"
#include "testing/scripted_peer.hpp"
#include "testing/tls_identity.hpp"

namespace bursar::http {
namespace {

using asio::ip::tcp;
using boost::system::error_code;
using bursar::testing::http_answer;
using bursar::testing::TestIdentity;

// Answers every request on every connection with "secret", after a handshake with the identity.
struct TlsPeer {
  TlsPeer(const Executor& executor, const TestIdentity& identity)
      : context(asio::ssl::context::tls_server),
        acceptor(executor, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
        tasks(executor) {
    context.use_certificate_chain_file(identity.certificate_file());
    context.use_private_key_file(identity.key_file(), asio::ssl::context::pem);
    tasks.spawn("tls peer", accept());
  }
  Task<> accept() {
    while (true) {
      tcp::socket socket(acceptor.get_executor());
      co_await acceptor.async_accept(socket, asio::use_awaitable);
      ++connections;
      tasks.spawn("tls connection", serve(std::move(socket)));
    }
  }
  Task<> serve(tcp::socket socket) {
    asio::ssl::stream<tcp::socket> stream(std::move(socket), context);
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    co_await stream.async_handshake(asio::ssl::stream_base::server, token);
    char buffer[4096];
    while (!error) {
      co_await stream.async_read_some(asio::buffer(buffer), token);
      if (error) break;
      ++requests;
      const std::string answer = http_answer(200, "secret");
      co_await asio::async_write(stream, asio::buffer(answer), token);
    }
  }
  asio::ssl::context context;
  tcp::acceptor acceptor;
  int connections = 0, requests = 0;
  TaskGroup tasks;
};

struct TlsReport {
  std::string body, error;
  bool sent = false;
  int connections = 0, requests = 0;
};

Task<TlsReport> call_twice(const char* names, bool trusted, std::string host) {
  const auto executor = co_await asio::this_coro::executor;
  const TestIdentity identity({.names = names});
  const TestIdentity other({.names = "DNS:elsewhere.test"});
  TlsPeer peer(executor, identity);
  TlsReport report;
  {
    const std::string url = fmt::format("https://{}:{}", host, peer.acceptor.local_endpoint().port());
    const std::string file = trusted ? identity.certificate_file() : other.certificate_file();
    Client client(executor, {.base_url = url, .trusted_certificates_file = file});
    try {
      for (int i = 0; i < 2; ++i) {
        ClientRequest request;
        report.body = (co_await client.call(std::move(request), milliseconds(5000))).body;
      }
    } catch (const CallFailed& failure) {
      report.error = failure.what();
      report.sent = failure.sent();
    }
  }
  peer.tasks.cancel();
  co_await peer.tasks.join();
  report.connections = peer.connections;
  report.requests = peer.requests;
  co_return report;
}

TEST(ClientTls, CallsAHostThatProvesItsName) {
  const TlsReport report = testing::run(call_twice("IP:127.0.0.1", true, "127.0.0.1"));
  EXPECT_EQ(report.body, "secret") << report.error;
  EXPECT_EQ(report.requests, 2);
  EXPECT_EQ(report.connections, 1) << "the connection was not kept";
}

TEST(ClientTls, CallsAHostByItsName) {
  const TlsReport report = testing::run(call_twice("DNS:localhost", true, "localhost"));
  EXPECT_EQ(report.body, "secret") << report.error;
}

TEST(ClientTls, SendsNothingToAHostThatProvesAnotherName) {
  const TlsReport report = testing::run(call_twice("DNS:elsewhere.test", true, "127.0.0.1"));
  EXPECT_NE(report.error, "");
  EXPECT_FALSE(report.sent);
  EXPECT_EQ(report.requests, 0);
}

TEST(ClientTls, SendsNothingToAHostNobodyVouchesFor) {
  const TlsReport report = testing::run(call_twice("IP:127.0.0.1", false, "127.0.0.1"));
  EXPECT_NE(report.error, "");
  EXPECT_FALSE(report.sent);
  EXPECT_EQ(report.requests, 0);
}

TEST(ClientTls, NamesACertificateFileThatIsNotThere) {
  Loop loop;
  EXPECT_THROW(Client(loop.get_executor(),
                      {.base_url = "https://127.0.0.1", .trusted_certificates_file = "/absent.pem"}),
               UsageError);
}

}  // namespace
}  // namespace bursar::http
