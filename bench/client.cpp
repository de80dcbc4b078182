#include "client.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <stdexcept>

namespace bursar::bench {
namespace {

constexpr int silence_ms = 30'000;
// Requests at a rate go out together when they are due within this time: a generator that woke up for each
// would use a whole core that the programs under load need. The time still counts from when each was due.
constexpr int together_ms = 1;
constexpr std::size_t events_at_once = 256;

std::runtime_error failed(std::string_view doing) {
  return std::runtime_error(fmt::format("cannot {}: {}", doing, std::strerror(errno)));
}

}  // namespace

Client::Client(const Plan& plan, Requests& requests)
    : plan_(plan),
      requests_(requests),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      connections_(plan.connections) {
  if (epoll_ < 0) throw failed("make an epoll");
  for (std::size_t i = 0; i < connections_.size(); ++i) connect(i);
  figures_.microseconds.reserve(plan.requests);
}

Client::~Client() {
  for (const Connection& connection : connections_)
    if (connection.socket >= 0) ::close(connection.socket);
  if (epoll_ >= 0) ::close(epoll_);
}

void Client::connect(std::size_t index) {
  Connection& connection = connections_[index];
  connection.socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connection.socket < 0) throw failed("make a socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(plan_.port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(connection.socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw failed(fmt::format("connect to 127.0.0.1:{}", plan_.port));
  const int on = 1;
  ::setsockopt(connection.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = index;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.socket, &event) != 0) throw failed("watch a socket");
  idle_.push_back(index);
}

Client::Time::time_point Client::due(std::size_t request) const {
  const std::chrono::duration<double> since_start(static_cast<double>(request) / plan_.rate);
  return started_ + std::chrono::duration_cast<Time::duration>(since_start);
}

// A request is far smaller than a socket's buffer, and the connection has no other under way: it always goes
// in whole.
void Client::send(std::size_t index, Time::time_point since) {
  Connection& connection = connections_[index];
  const std::string_view text = requests_.next();
  if (::send(connection.socket, text.data(), text.size(), MSG_NOSIGNAL) != std::ssize(text))
    throw failed("send a request");
  connection.since = since;
  ++sent_;
}

void Client::send_what_is_due() {
  const auto now = Time::now();
  while (!idle_.empty() && sent_ < plan_.requests) {
    auto since = now;
    if (plan_.rate > 0 && (since = due(sent_)) > now) return;
    const std::size_t index = idle_.back();
    idle_.pop_back();
    send(index, since);
  }
}

void Client::send_in_step() {
  if (idle_.size() < connections_.size()) return;
  if (plan_.paused_pid > 0) ::kill(plan_.paused_pid, SIGSTOP);
  while (!idle_.empty() && sent_ < plan_.requests) {
    send(idle_.back(), Time::now());
    idle_.pop_back();
  }
  if (plan_.paused_pid > 0) ::kill(plan_.paused_pid, SIGCONT);
}

int Client::milliseconds_to_wait() const {
  if (plan_.rate <= 0 || idle_.empty() || sent_ >= plan_.requests) return silence_ms;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(due(sent_) - Time::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), together_ms, silence_ms));
}

Figures Client::run() {
  started_ = Time::now();
  std::array<epoll_event, events_at_once> events;
  while (answered_ < plan_.requests) {
    if (plan_.in_step)
      send_in_step();
    else
      send_what_is_due();
    const int wait = milliseconds_to_wait();
    const int ready = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), wait);
    if (ready < 0 && errno != EINTR) throw failed("wait for answers");
    if (ready == 0 && wait == silence_ms) throw std::runtime_error("the server has said nothing for 30 s");
    for (int i = 0; i < ready; ++i) receive(events[static_cast<std::size_t>(i)].data.u64);
  }
  figures_.seconds = std::chrono::duration<double>(Time::now() - started_).count();
  return std::move(figures_);
}

void Client::receive(std::size_t index) {
  Connection& connection = connections_[index];
  const ssize_t bytes = ::recv(connection.socket, connection.input.data() + connection.filled,
                               connection.input.size() - connection.filled, MSG_DONTWAIT);
  if (bytes < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (bytes <= 0) throw std::runtime_error("the server closed a connection in the middle of the load");
  connection.filled += static_cast<std::size_t>(bytes);
  if (!take_answer(connection)) return;
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(Time::now() - connection.since);
  figures_.microseconds.push_back(static_cast<std::uint32_t>(took.count()));
  ++answered_;
  idle_.push_back(index);
}

// Counts a whole answer and forgets its bytes; false while some are missing.
bool Client::take_answer(Connection& connection) {
  constexpr std::string_view length_field = "ontent-Length: ", lower_length_field = "ontent-length: ";
  const std::string_view input(connection.input.data(), connection.filled);
  const std::size_t head_end = input.find("\r\n\r\n");
  if (head_end == std::string_view::npos) return false;
  const std::size_t field = std::min(input.find(length_field), input.find(lower_length_field));
  if (field > head_end) throw std::runtime_error("an answer without Content-Length");
  const auto number = [&input](std::size_t at) {
    std::size_t value = 0;
    std::from_chars(input.data() + at, input.data() + input.size(), value);
    return value;
  };
  const std::size_t whole = head_end + 4 + number(field + length_field.size());
  if (connection.filled < whole) return false;
  if (connection.filled > whole) throw std::runtime_error("more bytes than one answer");
  ++figures_.statuses[static_cast<int>(number(9))];
  connection.filled = 0;
  return true;
}

}  // namespace bursar::bench
