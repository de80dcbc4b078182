// What a server listens on, and who else does.
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/error.hpp"
#include "live_server.hpp"

namespace bursar::http {
namespace {

using testing::echo;
using testing::get;
using testing::LiveServer;
using testing::RawClient;

TEST(ServerStart, AddressesThatCannotBeListenedOnAreNamedWithTheFix) {
  LiveServer server(echo);
  Loop loop(1);
  const std::string taken = fmt::format("127.0.0.1:{}", server.port());
  struct Case {
    std::string listen, says;
  };
  const std::vector<Case> cases = {
      {taken, "another program listens there"},
      {"127.0.0.1", "is no IP address with a port"},
      {"127.0.0.1:", "is no IP address"},
      {"127.0.0.1:65536", "is no IP address"},
      {"127.0.0.1:80x", "is no IP address"},
      {"localhost:80", "is no IP address"},
      {"::1:80", "is no IP address"},
      {"[127.0.0.1]:80", "is no IP address"},
      {"", "is no IP address"},
      {"192.0.2.1:8000", "no such address"},
  };
  for (const Case& one : cases) {
    for (const bool reuse_port : {false, true}) {
      try {
        const Server second(loop, ServerOptions{.listen = one.listen, .reuse_port = reuse_port}, echo);
        ADD_FAILURE() << one.listen << " was taken";
      } catch (const UsageError& error) {
        EXPECT_NE(std::string(error.what()).find(one.says), std::string::npos) << error.what();
        EXPECT_NE(std::string(error.what()).find(one.listen), std::string::npos) << error.what();
      }
    }
  }
}

TEST(ServerStart, NoChildInheritsASocket) {
  LiveServer server(echo);
  RawClient client(server.port());
  client.send(get("/"));
  EXPECT_EQ(client.receive().status, 200);
  int sockets = 0;
  for (int fd = 0; fd < 1024; ++fd) {
    struct stat about{};
    if (::fstat(fd, &about) != 0 || !S_ISSOCK(about.st_mode)) continue;
    int family = 0;
    socklen_t size = sizeof family;
    ::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &size);
    if (family != AF_INET) continue;
    ++sockets;
    EXPECT_NE(::fcntl(fd, F_GETFD) & FD_CLOEXEC, 0) << "descriptor " << fd;
  }
  EXPECT_GE(sockets, 3) << "the listening one and both ends of the connection";
}

TEST(ServerStart, LoopsOfOneProcessShareAnAddress) {
  LiveServer first(echo, ServerOptions{.listen = "127.0.0.1:0", .reuse_port = true});
  const std::string listen = fmt::format("127.0.0.1:{}", first.port());
  LiveServer second(echo, ServerOptions{.listen = listen, .reuse_port = true});
  for (int i = 0; i < 20; ++i) {
    RawClient client(first.port());
    client.send(get("/"));
    EXPECT_EQ(client.receive().status, 200);
  }
}

}  // namespace
}  // namespace bursar::http
