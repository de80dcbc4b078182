// How bytes come to a connection and leave it: plain ones through Asio and straight to the socket, those of a
// TLS session by steps of OpenSSL, with a wait where a step has to.
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>

#include "base/limits.hpp"
#include "base/log.hpp"
#include "http/connection.hpp"
#include "http/problem_codes.hpp"

namespace bursar::http {

using Step = TlsSession::Step;

Task<bool> Connection::receive() {
  if (tls_) {
    const bool received = co_await receive_tls();
    co_return received;
  }
  boost::system::error_code error;
  const std::span<char> room = input_.room();
  const auto buffer = asio::buffer(room.data(), room.size());
  auto token = asio::redirect_error(asio::use_awaitable, error);
  const std::size_t bytes = co_await socket_.async_read_some(buffer, token);
  steps_in_a_row_ = 0;
  // A request that came in the moment the server stopped is still answered.
  if (interrupt_ == Interrupt::drained && bytes > 0) interrupt_ = Interrupt::none;
  if (error || bytes == 0 || interrupt_ != Interrupt::none) co_return false;
  input_.received(bytes);
  co_return true;
}

// What comes without waiting ends at some time, because others wait too.
bool Connection::has_had_its_turn() {
  if (++steps_in_a_row_ < limits::steps_at_once) return false;
  steps_in_a_row_ = 0;
  return true;
}

Task<bool> Connection::receive_tls() {
  while (true) {
    std::size_t bytes = 0;
    const Step step = tls_->read(input_.room(), bytes);
    if (step == Step::done) {
      if (interrupt_ == Interrupt::drained) interrupt_ = Interrupt::none;
      if (interrupt_ != Interrupt::none) co_return false;
      input_.received(bytes);
      if (has_had_its_turn()) co_await asio::post(socket_.get_executor(), asio::use_awaitable);
      co_return true;
    }
    const bool waited = co_await wait_for(step);
    if (!waited) co_return false;
  }
}

// False when there is nothing to wait for, or the waiting was ended.
Task<bool> Connection::wait_for(Step step) {
  if ((step != Step::wants_read && step != Step::wants_write) || interrupt_ != Interrupt::none)
    co_return false;
  boost::system::error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  using Socket = asio::ip::tcp::socket;
  const auto readiness = step == Step::wants_read ? Socket::wait_read : Socket::wait_write;
  co_await socket_.async_wait(readiness, token);
  steps_in_a_row_ = 0;
  co_return interrupt_ != Interrupt::expired && (!error || interrupt_ == Interrupt::drained);
}

// Within the time for the first request to start.
Task<bool> Connection::shake_hands() {
  tls_ = std::make_unique<TlsSession>(*shared_.tls, socket_.native_handle());
  Step step = tls_->shake_hands();
  while (step != Step::done) {
    const bool waited = co_await wait_for(step);
    if (!waited) break;
    step = tls_->shake_hands();
  }
  if (step == Step::done) co_return true;
  if (step == Step::plain_text) {
    tls_.reset();
    shared_.ids.make(request_id_);
    refusal_ = Refusal{.code = codes::bad_request,
                       .detail = "this port speaks HTTP over TLS only: write https:// instead of http://"};
    co_await refuse();
  } else if (step == Step::failed) {
    log::debug("http_tls_failed", {{"remote", remote_address_}});
    co_await linger();  // the client has yet to read the alert
  }
  co_return false;
}

Connection::Sent Connection::push_tls(Outgoing& outgoing) {
  const std::size_t total = outgoing.head.size() + outgoing.body.size();
  while (outgoing.sent < total) {
    const bool in_head = outgoing.sent < outgoing.head.size();
    const std::string_view rest = in_head ? outgoing.head.substr(outgoing.sent)
                                          : outgoing.body.substr(outgoing.sent - outgoing.head.size());
    std::size_t bytes = 0;
    const Step step = tls_->write(rest, bytes);
    if (step == Step::wants_write) return Sent::blocked;
    if (step != Step::done) return Sent::broken;
    outgoing.sent += bytes;
    written_bytes_ += bytes;
  }
  return Sent::all;
}

// What comes behind it is not decrypted.
void Connection::end_tls() {
  if (tls_) tls_->say_end();
  tls_.reset();
}

}  // namespace bursar::http
