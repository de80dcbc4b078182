// Many kept connections on one thread, as cheap as sockets allow, so that what is measured is the server.
// Three ways to send: as fast as answers come, at a fixed rate whatever the answers do, or all connections in
// step.
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "requests.hpp"

namespace bursar::bench {

struct Plan {
  std::uint16_t port = 0;
  std::size_t connections = 64;
  std::size_t requests = 0;
  /// Requests a second, due at even distances; an answer's time counts from when its request was due. 0: each
  /// connection sends when it has its answer.
  double rate = 0;
  /// Every connection sends, then every connection waits for its answer.
  bool in_step = false;
  /// Stopped while requests are sent in step, so that it sees them together; 0: nobody.
  int paused_pid = 0;
};

struct Figures {
  std::map<int, std::uint64_t> statuses;
  std::vector<std::uint32_t> microseconds;  // one for each answer
  double seconds = 0;
};

class Client {
 public:
  /// Connects. Throws std::runtime_error where that fails.
  Client(const Plan& plan, Requests& requests);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Sends what the plan says and waits for every answer. Throws std::runtime_error when the server breaks a
  /// connection, or says nothing for 30 s.
  Figures run();

 private:
  using Time = std::chrono::steady_clock;
  struct Connection {
    int socket = -1;
    Time::time_point since;
    std::size_t filled = 0;
    std::array<char, 8192> input;
  };

  void connect(std::size_t index);
  void send(std::size_t index, Time::time_point since);
  void send_what_is_due();
  void send_in_step();
  void receive(std::size_t index);
  bool take_answer(Connection& connection);
  int milliseconds_to_wait() const;
  Time::time_point due(std::size_t request) const;

  Plan plan_;
  Requests& requests_;
  int epoll_ = -1;
  std::vector<Connection> connections_;
  std::vector<std::size_t> idle_;
  Time::time_point started_;
  std::size_t sent_ = 0, answered_ = 0;
  Figures figures_;
};

}  // namespace bursar::bench
