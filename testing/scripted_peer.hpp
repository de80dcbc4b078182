// A peer on loopback that says exactly what a test wrote down, byte for byte, whatever it is asked: broken
// answers, resets, silence, surplus bytes. Same loop as the test; nothing in it waits for time.
#pragma once
#include <boost/asio/ip/tcp.hpp>
#include <string>
#include <vector>

#include "base/async.hpp"
#include "base/task_group.hpp"

namespace bursar::testing {

/// What the peer does with one request.
struct Exchange {
  enum class Then { keep, close, reset, hang };

  /// Written as it is behind the request; repeated `times` times (for endless answers).
  std::string answer;
  Then then = Then::keep;
  /// False: acts as soon as the connection is there.
  bool read_request = true;
  /// Written in a second packet, behind the answer.
  std::string surplus = {};
  std::size_t times = 1;
};

/// "HTTP/1.1 200 OK" with Content-Length; `more` are header lines with their CRLF.
std::string http_answer(int status, std::string_view body, std::string_view more = "");

class ScriptedPeer {
 public:
  /// The n-th connection plays the n-th list; behind its end (and for further connections) the peer closes.
  ScriptedPeer(const Executor& executor, std::vector<std::vector<Exchange>> connections);

  std::string url() const;
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  /// Every request that came whole, in order, as it was on the wire.
  const std::vector<std::string>& requests() const { return requests_; }
  std::size_t connections() const { return accepted_; }
  std::size_t bytes_written() const { return written_; }

  /// Returns when so many connections have played their list to its end.
  Task<> played(std::size_t connections);
  /// Returns when so many requests have come whole.
  Task<> asked(std::size_t requests);
  Task<> stop();

 private:
  Task<> accept();
  Task<> play(asio::ip::tcp::socket socket, std::size_t number);
  Task<bool> act(asio::ip::tcp::socket& socket, const Exchange& exchange, std::string& input);
  Task<bool> read_request(asio::ip::tcp::socket& socket, std::string& input);
  Task<bool> write(asio::ip::tcp::socket& socket, std::string_view text);

  asio::ip::tcp::acceptor acceptor_;
  std::vector<std::vector<Exchange>> script_;
  std::vector<std::string> requests_;
  std::size_t accepted_ = 0, played_ = 0, written_ = 0;
  Event changed_;
  TaskGroup tasks_;
};

}  // namespace bursar::testing
