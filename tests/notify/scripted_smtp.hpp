// An SMTP server on loopback that answers exactly what a test wrote down. Same loop as the test.
#pragma once
#include <boost/asio/ip/tcp.hpp>
#include <string>
#include <vector>

#include "base/async.hpp"
#include "base/task_group.hpp"

namespace bursar::testing {

struct SmtpTurn {
  enum class Then { keep, close, reset, hang, drip };

  /// The start of the line that must come first; "<message>" reads a whole message; empty reads nothing.
  std::string expect;
  /// Written as it is. With `drip` one octet at a time, for ever as slow as `drip_gap`.
  std::string answer;
  Then then = Then::keep;
};
using SmtpScript = std::vector<std::vector<SmtpTurn>>;

/// The turns until the first MAIL, with PIPELINING offered or not.
std::vector<SmtpTurn> smtp_greeting(bool pipelining = true);
/// greeting followed by `turns`.
std::vector<SmtpTurn> greeted(std::vector<SmtpTurn> turns, bool pipelining = true);

class ScriptedSmtp {
 public:
  /// The n-th connection plays the n-th list, then closes; further connections are closed at once.
  ScriptedSmtp(const Executor& executor, SmtpScript script);

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  std::string url() const { return "smtp://127.0.0.1:" + std::to_string(port()); }
  std::size_t connections() const { return accepted_; }
  /// All lines of all connections, messages as one text.
  const std::vector<std::string>& heard() const { return heard_; }
  /// Lines that were not what the script expected.
  const std::vector<std::string>& complaints() const { return complaints_; }
  /// Returns when so many connections have ended (or hang).
  Task<> played(std::size_t connections);
  Task<> stop();

  static constexpr milliseconds drip_gap{200};

 private:
  Task<> accept();
  Task<> play(asio::ip::tcp::socket socket, std::size_t number);
  Task<bool> act(asio::ip::tcp::socket& socket, const SmtpTurn& turn, std::string& input);
  Task<bool> hear(asio::ip::tcp::socket& socket, const std::string& end, const SmtpTurn& turn,
                  std::string& input);

  asio::ip::tcp::acceptor acceptor_;
  SmtpScript script_;
  std::vector<std::string> heard_, complaints_;
  std::size_t accepted_ = 0, played_ = 0;
  Event changed_;
  TaskGroup tasks_;
};

}  // namespace bursar::testing
