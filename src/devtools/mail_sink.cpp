#include "devtools/mail_sink.hpp"

#include <boost/asio/redirect_error.hpp>
#include <charconv>

#include "base/error.hpp"
#include "base/limits.hpp"
#include "devtools/mail_sink_session.hpp"

namespace bursar::devtools {

using asio::ip::tcp;
using boost::system::error_code;

namespace {

tcp::endpoint endpoint_of(const std::string& listen) {
  const std::size_t colon = listen.rfind(':');
  error_code error;
  const auto address = asio::ip::make_address(listen.substr(0, colon), error);
  std::uint16_t port = 0;
  const char* begin = listen.data() + (colon == std::string::npos ? listen.size() : colon + 1);
  const char* end = listen.data() + listen.size();
  const auto read = std::from_chars(begin, end, port);
  if (error || read.ec != std::errc() || read.ptr != end || !address.is_loopback())
    throw UsageError(fmt::format(
        "the mail sink cannot listen on '{}'; use 127.0.0.1:8025, it serves this machine only", listen));
  return tcp::endpoint(address, port);
}

}  // namespace

MailSink::MailSink(const Executor& executor, SinkBook& book, MailSinkOptions options)
    : acceptor_(executor), book_(book), options_(std::move(options)), tasks_(executor) {
  const tcp::endpoint endpoint = endpoint_of(options_.listen);
  error_code error;
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error)
    throw UsageError(
        fmt::format("the mail sink cannot listen on {}: {}; stop what has the port or give another",
                    options_.listen, error.message()));
}

Task<> MailSink::run() {
  tasks_.spawn("mail sink", accept());
  tasks_.spawn("mail sink idle", close_idle());
  std::exception_ptr failure;
  try {
    co_await tasks_.join();
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure) {
    stop();
    co_await asio::this_coro::reset_cancellation_state();
    co_await tasks_.join();
    std::rethrow_exception(failure);
  }
}

void MailSink::stop() {
  error_code ignored;
  acceptor_.close(ignored);
  tasks_.cancel();
}

Task<> MailSink::accept() {
  while (acceptor_.is_open()) {
    tcp::socket socket(acceptor_.get_executor());
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    co_await acceptor_.async_accept(socket, token);
    if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor) co_return;
    // Out of descriptors: the next try is no better at once.
    if (error) co_await pause(milliseconds(100));
    if (error || mode_ == MailSinkMode::down || sessions_.size() >= limits::sink_connections) continue;
    tasks_.spawn("mail sink session", serve(std::move(socket)));
  }
}

Task<> MailSink::serve(tcp::socket socket) {
  Open open;
  open.socket = &socket;
  open.last_heard = std::chrono::steady_clock::now();
  sessions_.push_back(open);
  const auto mine = std::prev(sessions_.end());
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  try {
    if (mode_ == MailSinkMode::banner_never) {
      co_await pause(options_.hold);
    } else if (mode_ == MailSinkMode::banner_421) {
      co_await socket.async_send(asio::buffer(std::string_view("421 4.3.2 not now\r\n")),
                                 asio::use_awaitable);
    } else {
      MailSession session(socket, book_, faults_, options_, mine->last_heard);
      co_await session.run();
    }
  } catch (const boost::system::system_error&) {
    // The client has gone, or the sink stops.
  }
  sessions_.erase(mine);
}

Task<> MailSink::close_idle() {
  while (true) {
    co_await pause(limits::sink_idle_deadline / 10);
    const Monotonic oldest = std::chrono::steady_clock::now() - limits::sink_idle_deadline;
    for (const Open& open : sessions_) {
      error_code ignored;
      if (open.last_heard < oldest) open.socket->close(ignored);
    }
  }
}

}  // namespace bursar::devtools
