#include "testing/scripted_peer.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <cstdlib>

namespace bursar::testing {

using asio::ip::tcp;
using boost::system::error_code;

std::string http_answer(int status, std::string_view body, std::string_view more) {
  return fmt::format("HTTP/1.1 {} Scripted\r\nContent-Length: {}\r\n{}\r\n{}", status, body.size(), more,
                     body);
}

ScriptedPeer::ScriptedPeer(const Executor& executor, std::vector<std::vector<Exchange>> connections)
    : acceptor_(executor, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
      script_(std::move(connections)),
      changed_(executor),
      tasks_(executor) {
  tasks_.spawn("scripted peer", accept());
}

std::string ScriptedPeer::url() const { return fmt::format("http://127.0.0.1:{}", port()); }

Task<> ScriptedPeer::stop() {
  tasks_.cancel();
  co_await tasks_.join();
}

Task<> ScriptedPeer::played(std::size_t connections) {
  while (played_ < connections) {
    changed_.reset();
    co_await changed_.wait();
  }
}

Task<> ScriptedPeer::asked(std::size_t requests) {
  while (requests_.size() < requests) {
    changed_.reset();
    co_await changed_.wait();
  }
}

Task<> ScriptedPeer::accept() {
  while (true) {
    tcp::socket socket(acceptor_.get_executor());
    co_await acceptor_.async_accept(socket, asio::use_awaitable);
    tasks_.spawn("scripted connection", play(std::move(socket), accepted_++));
  }
}

Task<> ScriptedPeer::play(tcp::socket socket, std::size_t number) {
  std::string input;
  if (number < script_.size())
    for (const Exchange& exchange : script_[number])
      if (!co_await act(socket, exchange, input)) break;
  error_code ignored;
  socket.close(ignored);
  ++played_;
  changed_.set();
}

Task<bool> ScriptedPeer::act(tcp::socket& socket, const Exchange& exchange, std::string& input) {
  if (exchange.read_request && !co_await read_request(socket, input)) co_return false;
  for (std::size_t i = 0; i < exchange.times; ++i)
    if (!co_await write(socket, exchange.answer)) co_return false;
  if (!exchange.surplus.empty() && !co_await write(socket, exchange.surplus)) co_return false;
  error_code ignored;
  if (exchange.then == Exchange::Then::reset) socket.set_option(asio::socket_base::linger(true, 0), ignored);
  if (exchange.then == Exchange::Then::hang) {
    ++played_;
    changed_.set();
    Event never(socket.get_executor());
    co_await never.wait();
  }
  co_return exchange.then == Exchange::Then::keep;
}

Task<bool> ScriptedPeer::read_request(tcp::socket& socket, std::string& input) {
  error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  while (true) {
    const auto head = input.find("\r\n\r\n");
    const auto length = input.find("Content-Length: ");
    std::size_t whole = head + 4;
    if (head != std::string::npos && length < head)
      whole += static_cast<std::size_t>(std::strtoull(input.c_str() + length + 16, nullptr, 10));
    if (head != std::string::npos && input.size() >= whole) {
      requests_.push_back(input.substr(0, whole));
      input.erase(0, whole);
      changed_.set();
      co_return true;
    }
    char buffer[4096];
    const std::size_t bytes = co_await socket.async_read_some(asio::buffer(buffer), token);
    if (error) co_return false;
    input.append(buffer, bytes);
  }
}

Task<bool> ScriptedPeer::write(tcp::socket& socket, std::string_view text) {
  error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  written_ += co_await asio::async_write(socket, asio::buffer(text), token);
  co_return !error;
}

}  // namespace bursar::testing
