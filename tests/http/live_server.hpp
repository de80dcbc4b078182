// A server on a thread of its own and clients that write and read raw bytes: what the tests of the HTTP
// server share. Nothing here waits for time; reads end with the server's reaction, and a guard of ten seconds
// ends what hangs.
#pragma once
#include <functional>
#include <future>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "http/server.hpp"

namespace bursar::http::testing {

/// Short deadlines of which the test wants to see one end.
Deadlines quick_deadlines();

class LiveServer {
 public:
  explicit LiveServer(Handler handler, ServerOptions options = {});
  /// Stops and waits for the end.
  ~LiveServer();

  std::uint16_t port() const { return port_; }
  /// Runs it on the server's loop and returns when it is done.
  void on_loop(const std::function<void(Server&)>& work);
  /// Tells the server to stop; it is stopping when this returns.
  void stop();
  /// Returns when run() has returned.
  void wait_until_stopped();
  std::size_t connections();

 private:
  Loop loop_{1};
  Server server_;
  std::uint16_t port_;
  std::promise<void> running_;
  std::thread thread_;
};

/// One answer as it was on the wire.
struct Answer {
  int status = 0;
  std::string head, body;

  /// The value of the header field, empty when it is missing.
  std::string field(std::string_view name) const;
  std::size_t count(std::string_view name) const;
};

/// The answer is application/problem+json with this status and code, names the request, and says when to try
/// again in the header and in the body, or in neither.
void check_problem(const Answer& answer, int status, std::string_view code);

class RawClient {
 public:
  /// `from`: an address of this machine; empty: the system's choice.
  explicit RawClient(std::uint16_t port, int receive_buffer_bytes = 0, const char* from = "");
  virtual ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  /// False when the server has closed the connection.
  bool send(std::string_view text);
  virtual void finish_sending();
  /// The next answer; status 0 when the connection ended before it was complete. `for_head`: it has no body.
  Answer receive(bool for_head = false);
  /// Reads until so many bytes are there that no answer has taken; false when the connection ends first.
  bool read_to(std::size_t bytes);
  /// Everything until the server closes.
  std::string receive_all();
  /// Whether the server closes without another byte.
  bool is_closed() { return receive_all().empty() && !timed_out_; }
  /// The last read ended with a reset instead of a close.
  bool was_reset() const { return reset_; }

 protected:
  int descriptor() const { return fd_; }
  /// As recv() and send() return.
  virtual std::ptrdiff_t read_some(char* room, std::size_t bytes);
  virtual std::ptrdiff_t write_some(const char* text, std::size_t bytes);

 private:
  bool read_more();

  int fd_ = -1;
  std::string input_;
  bool reset_ = false, timed_out_ = false;
};

/// GET with Host and, if given, more header lines with their CR LF.
std::string get(std::string_view target, std::string_view more = "");
std::string post(std::string_view target, std::string_view body, std::string_view more = "");

/// Sends everything on a new connection and returns everything until the server closes.
std::string exchange(std::uint16_t port, std::string_view text);

/// Answers with method, path and body.
Task<Response> echo(const Request& request);

}  // namespace bursar::http::testing
