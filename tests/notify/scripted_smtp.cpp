#include "scripted_smtp.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>

namespace bursar::testing {

using asio::ip::tcp;
using boost::system::error_code;
using Then = SmtpTurn::Then;

std::vector<SmtpTurn> smtp_greeting(bool pipelining) {
  const std::string offers = pipelining ? "250-test\r\n250-PIPELINING\r\n250 8BITMIME\r\n" : "250 test\r\n";
  return {{"", "220 test ESMTP\r\n"}, {"EHLO ", offers}};
}

std::vector<SmtpTurn> greeted(std::vector<SmtpTurn> turns, bool pipelining) {
  std::vector<SmtpTurn> all = smtp_greeting(pipelining);
  all.insert(all.end(), turns.begin(), turns.end());
  return all;
}

ScriptedSmtp::ScriptedSmtp(const Executor& executor, SmtpScript script)
    : acceptor_(executor, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
      script_(std::move(script)),
      changed_(executor),
      tasks_(executor) {
  tasks_.spawn("scripted smtp", accept());
}

Task<> ScriptedSmtp::stop() {
  tasks_.cancel();
  co_await tasks_.join();
}

Task<> ScriptedSmtp::played(std::size_t connections) {
  while (played_ < connections) {
    changed_.reset();
    co_await changed_.wait();
  }
}

Task<> ScriptedSmtp::accept() {
  while (true) {
    tcp::socket socket(acceptor_.get_executor());
    co_await acceptor_.async_accept(socket, asio::use_awaitable);
    // The small replies to a pipelined group must not wait for each other's acknowledgement.
    socket.set_option(tcp::no_delay(true));
    tasks_.spawn("scripted smtp session", play(std::move(socket), accepted_++));
  }
}

Task<> ScriptedSmtp::play(tcp::socket socket, std::size_t number) {
  std::string input;
  if (number < script_.size()) {
    for (const SmtpTurn& turn : script_[number]) {
      if (!co_await act(socket, turn, input)) break;
    }
  }
  error_code ignored;
  socket.close(ignored);
  ++played_;
  changed_.set();
}

Task<bool> ScriptedSmtp::act(tcp::socket& socket, const SmtpTurn& turn, std::string& input) {
  const std::string end = turn.expect == "<message>" ? "\r\n.\r\n" : "\r\n";
  if (!turn.expect.empty() && !co_await hear(socket, end, turn, input)) co_return false;
  error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  const std::size_t piece = turn.then == Then::drip ? 1 : turn.answer.size();
  for (std::size_t i = 0; i < turn.answer.size() && !error; i += piece) {
    co_await asio::async_write(socket, asio::buffer(turn.answer.substr(i, piece)), token);
    if (turn.then == Then::drip) co_await pause(drip_gap);
  }
  if (turn.then == Then::reset) socket.set_option(asio::socket_base::linger(true, 0), error);
  if (turn.then == Then::hang) {
    ++played_;
    changed_.set();
    Event never(socket.get_executor());
    co_await never.wait();
  }
  co_return !error && (turn.then == Then::keep || turn.then == Then::drip);
}

Task<bool> ScriptedSmtp::hear(tcp::socket& socket, const std::string& end, const SmtpTurn& turn,
                              std::string& input) {
  error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  std::size_t found = input.find(end);
  while (found == std::string::npos) {
    char buffer[4096];
    const std::size_t bytes = co_await socket.async_read_some(asio::buffer(buffer), token);
    if (error) co_return false;
    input.append(buffer, bytes);
    found = input.find(end);
  }
  heard_.push_back(input.substr(0, found));
  input.erase(0, found + end.size());
  if (turn.expect == "<message>" || heard_.back().starts_with(turn.expect)) co_return true;
  complaints_.push_back("expected '" + turn.expect + "', heard '" + heard_.back() + "'");
  co_return false;
}

}  // namespace bursar::testing
