#include "live_server.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/post.hpp>

#include "base/json.hpp"
#include "base/task_group.hpp"

namespace bursar::http::testing {
namespace {

ServerOptions on_free_port(ServerOptions options) {
  if (options.listen.empty()) options.listen = "127.0.0.1:0";
  return options;
}

}  // namespace

Deadlines quick_deadlines() {
  Deadlines deadlines;
  deadlines.head = deadlines.body = deadlines.idle = deadlines.write = milliseconds(300);
  deadlines.linger = milliseconds(400);
  deadlines.grace = milliseconds(0);
  deadlines.tick = milliseconds(10);
  return deadlines;
}

LiveServer::LiveServer(Handler handler, ServerOptions options)
    : server_(loop_, on_free_port(std::move(options)), std::move(handler)), port_(server_.port()) {
  ::signal(SIGPIPE, SIG_IGN);  // as main() does
  thread_ = std::thread([this] {
    TaskGroup tasks(loop_.get_executor());
    tasks.spawn("server", server_.run());
    asio::post(loop_, [this] { running_.set_value(); });
    loop_.run();
  });
  running_.get_future().wait();
}

LiveServer::~LiveServer() {
  stop();
  wait_until_stopped();
}

void LiveServer::on_loop(const std::function<void(Server&)>& work) {
  std::promise<void> done;
  asio::post(loop_, [&] {
    work(server_);
    done.set_value();
  });
  done.get_future().wait();
}

void LiveServer::stop() {
  if (thread_.joinable() && !loop_.stopped()) asio::post(loop_, [this] { server_.stop(); });
}

void LiveServer::wait_until_stopped() {
  if (thread_.joinable()) thread_.join();
}

std::size_t LiveServer::connections() {
  std::size_t count = 0;
  on_loop([&count](Server& server) { count = server.connections(); });
  return count;
}

std::string Answer::field(std::string_view name) const {
  for (std::size_t start = head.find("\r\n"); start < head.size(); start = head.find("\r\n", start + 2)) {
    const std::size_t colon = head.find(": ", start);
    if (colon == std::string::npos) return {};
    if (!equal_name(std::string_view(head).substr(start + 2, colon - start - 2), name)) continue;
    return head.substr(colon + 2, head.find("\r\n", colon) - colon - 2);
  }
  return {};
}

std::size_t Answer::count(std::string_view name) const {
  std::size_t found = 0;
  const std::string start = "\r\n" + std::string(name) + ":";
  for (std::size_t at = 0; at + start.size() <= head.size(); ++at)
    if (equal_name(std::string_view(head).substr(at, start.size()), start)) ++found;
  return found;
}

void check_problem(const Answer& answer, int status, std::string_view code) {
  EXPECT_EQ(answer.status, status) << answer.head << answer.body;
  EXPECT_EQ(answer.field("Content-Type"), "application/problem+json");
  const auto parsed = json::parse(answer.body);
  ASSERT_TRUE(parsed) << answer.body;
  const json::object& body = parsed->as_object();
  EXPECT_EQ(std::string_view(body.at("code").as_string()), code);
  EXPECT_EQ(body.at("status"), status);
  EXPECT_EQ(std::string_view(body.at("request_id").as_string()), answer.field("X-Request-Id"));
  EXPECT_NE(answer.field("X-Request-Id"), "");
  const bool retryable = status == 408 || status == 500 || status == 503;
  EXPECT_EQ(body.at("retryable").as_bool(), retryable);
  EXPECT_EQ(answer.count("Retry-After"), retryable ? 1u : 0u);
  const auto* wait = body.if_contains("retry_after");
  EXPECT_EQ(wait == nullptr ? "" : json::to_text(*wait), answer.field("Retry-After"));
}

RawClient::RawClient(std::uint16_t port, int receive_buffer_bytes, const char* from) {
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (receive_buffer_bytes > 0)
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const timeval guard{.tv_sec = 10, .tv_usec = 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &guard, sizeof guard);
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &guard, sizeof guard);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (*from != '\0') {
    address.sin_addr.s_addr = ::inet_addr(from);
    EXPECT_EQ(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0) << strerror(errno);
  }
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0)
      << strerror(errno);
}

RawClient::~RawClient() { ::close(fd_); }

bool RawClient::send(std::string_view text) {
  while (!text.empty()) {
    const auto bytes = write_some(text.data(), text.size());
    if (bytes <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(bytes));
  }
  return true;
}

std::ptrdiff_t RawClient::read_some(char* room, std::size_t bytes) { return ::recv(fd_, room, bytes, 0); }
std::ptrdiff_t RawClient::write_some(const char* text, std::size_t bytes) {
  return ::send(fd_, text, bytes, MSG_NOSIGNAL);
}

void RawClient::finish_sending() { ::shutdown(fd_, SHUT_WR); }

bool RawClient::read_more() {
  std::array<char, 16 * 1024> part;
  const auto bytes = read_some(part.data(), part.size());
  if (bytes > 0) {
    input_.append(part.data(), static_cast<std::size_t>(bytes));
    return true;
  }
  reset_ = bytes < 0 && errno == ECONNRESET;
  timed_out_ = bytes < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
  EXPECT_FALSE(timed_out_) << "the server did not react within the guard's time";
  return false;
}

Answer RawClient::receive(bool for_head) {
  std::size_t end = 0;
  while ((end = input_.find("\r\n\r\n")) == std::string::npos)
    if (!read_more()) return {};
  Answer answer;
  answer.head = input_.substr(0, end + 2);
  answer.status = std::atoi(answer.head.substr(std::min<std::size_t>(9, answer.head.size())).c_str());
  const std::size_t length = for_head ? 0 : std::strtoul(answer.field("Content-Length").c_str(), nullptr, 10);
  while (input_.size() < end + 4 + length)
    if (!read_more()) return {};
  answer.body = input_.substr(end + 4, length);
  input_.erase(0, end + 4 + length);
  return answer;
}

bool RawClient::read_to(std::size_t bytes) {
  while (input_.size() < bytes)
    if (!read_more()) return false;
  return true;
}

std::string RawClient::receive_all() {
  while (read_more()) continue;
  return std::exchange(input_, {});
}

std::string get(std::string_view target, std::string_view more) {
  return fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\n{}\r\n", target, more);
}

std::string post(std::string_view target, std::string_view body, std::string_view more) {
  return fmt::format("POST {} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n{}\r\n{}", target,
                     body.size(), more, body);
}

std::string exchange(std::uint16_t port, std::string_view text) {
  RawClient client(port);
  client.send(text);
  client.finish_sending();
  return client.receive_all();
}

Task<Response> echo(const Request& request) {
  Response response;
  response.content_type = "text/plain";
  response.body = fmt::format("{} {} {}", request.method, request.path, request.body);
  co_return response;
}

}  // namespace bursar::http::testing
