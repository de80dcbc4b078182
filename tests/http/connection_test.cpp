// One connection whose clock the test moves: what depends on the moment at which something comes.
#include "http/connection.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <boost/asio/write.hpp>

#include "base/task_group.hpp"
#include "live_server.hpp"

namespace bursar::http {
namespace {

using asio::ip::tcp;
using testing::echo;
using testing::get;

class OneConnection {
 public:
  OneConnection() {
    tcp::acceptor acceptor(loop_, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    client_.connect(acceptor.local_endpoint());
    tcp::socket accepted = acceptor.accept();
    server_end_ = ::dup(accepted.native_handle());
    connection_.emplace(shared_, share_, std::move(accepted), "127.0.0.1");
    tasks_.spawn("connection", connection_->serve());
    run();
  }
  ~OneConnection() {
    tasks_.cancel();
    run();
    ::close(server_end_);
  }
  OneConnection(const OneConnection&) = delete;
  OneConnection& operator=(const OneConnection&) = delete;

  /// The server has read it when this returns.
  void send(std::string_view text) {
    asio::write(client_, asio::buffer(text));
    EXPECT_TRUE(is_readable(server_end_));
    run();
  }
  void pass(milliseconds time) {
    shared_.now += time;
    connection_->look_at_deadline();
    run();
  }
  bool has_answer() { return client_.available() > 0; }
  std::string answer() {
    if (!is_readable(client_.native_handle())) return {};
    std::array<char, 4096> text;
    boost::system::error_code ended;
    return std::string(text.data(), client_.read_some(asio::buffer(text), ended));
  }

 private:
  void run() {
    loop_.restart();
    loop_.poll();
  }
  /// False when nothing comes within the guard's time.
  static bool is_readable(int descriptor) {
    pollfd waits{.fd = descriptor, .events = POLLIN, .revents = 0};
    constexpr int guard_ms = 10'000;
    return ::poll(&waits, 1, guard_ms) == 1;
  }

  Loop loop_{1};
  SystemRandom random_;
  Shared shared_{.handler = echo,
                 .deadlines = {},
                 .proxies = {},
                 .is_secret = {},
                 .ids = RequestIds(random_),
                 .tls = {},
                 .now = Monotonic(std::chrono::hours(1)),
                 .date = "Thu, 01 Jan 1970 00:00:00 GMT"};
  AddressShare share_;
  tcp::socket client_{loop_};
  int server_end_ = -1;
  std::optional<Connection> connection_;
  TaskGroup tasks_{loop_.get_executor()};
};

constexpr milliseconds head_time = limits::head_deadline;
constexpr milliseconds moment = std::chrono::seconds(1);

TEST(Connection, TheTimeOfTheFirstHeadBeginsWithIt) {
  OneConnection connection;
  connection.pass(head_time - moment);
  connection.send("G");
  EXPECT_FALSE(connection.has_answer());
  connection.pass(moment + limits::deadline_tick);
  EXPECT_TRUE(connection.answer().starts_with("HTTP/1.1 408 "));
}

TEST(Connection, TheTimeOfALaterHeadBeginsWithItsFirstByte) {
  OneConnection connection;
  connection.send(get("/a"));
  EXPECT_TRUE(connection.answer().starts_with("HTTP/1.1 200 "));
  connection.pass(head_time * 2);
  connection.send("G");
  connection.pass(head_time - moment);
  EXPECT_FALSE(connection.has_answer());
  connection.pass(moment + limits::deadline_tick);
  EXPECT_TRUE(connection.answer().starts_with("HTTP/1.1 408 "));
}

}  // namespace
}  // namespace bursar::http
