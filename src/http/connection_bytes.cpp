// How bytes come to a connection and leave it: plain ones through Asio and straight to the socket, those of a
// TLS session by steps of OpenSSL, with a wait where a step has to.
#include <sys/socket.h>

#include <array>
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

// All of it stays in the socket, which wakes nobody before it has as much, or nothing more comes.
Task<Beginning> Connection::hear_beginning() {
  using LeastBytes = asio::socket_base::receive_low_watermark;
  boost::system::error_code ignored;
  socket_.set_option(LeastBytes(beginning_bytes), ignored);
  const bool waited = co_await wait_for(Step::wants_read);
  socket_.set_option(LeastBytes(1), ignored);
  if (!waited) co_return Beginning::nothing;
  std::array<char, beginning_bytes> bytes;
  const ssize_t count = ::recv(socket_.native_handle(), bytes.data(), bytes.size(), MSG_PEEK | MSG_DONTWAIT);
  co_return beginning_of({bytes.data(), count < 0 ? 0 : static_cast<std::size_t>(count)});
}

// Within the time for the first head. A session costs much, and OpenSSL keeps room for whatever a hello
// announces: who is silent or announces too much gets none.
Task<bool> Connection::shake_hands() {
  const Beginning beginning = co_await hear_beginning();
  if (beginning == Beginning::plain_text) {
    shared_.ids.make(request_id_);
    refusal_ = Refusal{.code = codes::bad_request,
                       .detail = "this port speaks HTTP over TLS only: write https:// instead of http://"};
    co_await refuse();
  }
  if (beginning != Beginning::hello || !begin_handshake()) co_return false;
  tls_ = std::make_unique<TlsSession>(*shared_.tls, socket_.native_handle());
  Step step = tls_->shake_hands();
  while (step != Step::done) {
    const bool waited = co_await wait_for(step);
    if (!waited) break;
    step = tls_->shake_hands();
  }
  end_handshake();
  if (step == Step::failed) {
    log::debug("http_tls_failed", {{"remote", remote_address_}});
    co_await linger();  // the client has yet to read the alert
  }
  co_return step == Step::done;
}

// False when there are too many of them.
bool Connection::begin_handshake() {
  const bool has_room = shared_.handshakes < limits::handshakes_per_loop &&
                        (share_.handshakes < limits::handshakes_per_address || share_.is_proxy);
  if (!has_room) return false;
  shakes_hands_ = true;
  ++shared_.handshakes;
  ++share_.handshakes;
  return true;
}

void Connection::end_handshake() {
  if (!std::exchange(shakes_hands_, false)) return;
  --shared_.handshakes;
  --share_.handshakes;
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
