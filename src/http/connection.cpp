#include "http/connection.hpp"

#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>

#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "http/problem_codes.hpp"

namespace bursar::http {
namespace {

// RFC 9110 §9.3.7: what the server as a whole can do.
Response server_options() {
  Response response;
  response.status = 204;
  response.with("Allow", method_list());
  return response;
}

}  // namespace

Connection::Connection(Shared& shared, AddressShare& share, asio::ip::tcp::socket socket,
                       std::string remote_address)
    : shared_(shared),
      share_(share),
      socket_(std::move(socket)),
      remote_address_(std::move(remote_address)),
      peer_(parse_ip(remote_address_).value_or(Address())) {
  // Behind the members: there may be no memory for one of them.
  place_ = shared.connections.insert(shared.connections.end(), this);
  enter(Phase::idle);
}

Connection::~Connection() {
  end_handshake();
  shared_.grown_bytes -= grown_bytes_;
  share_.grown_bytes -= grown_bytes_;
  shared_.blocked_bytes -= blocked_bytes_;
  shared_.connections.erase(place_);
}

void Connection::enter(Phase phase) {
  phase_ = phase;
  entered_ = shared_.now;
  const Deadlines& deadlines = shared_.deadlines;
  milliseconds time{0};
  switch (phase) {
    case Phase::idle:
      time = used_ ? deadlines.idle : deadlines.head;
      if (shared_.stopping) time = std::min(time, deadlines.grace);
      break;
    case Phase::head:
      // The time of the first head began with the connection; the grace of a drain is none of it.
      if (!used_ && !shared_.stopping) return;
      time = deadlines.head;
      break;
    case Phase::body:
      time = deadlines.body;
      break;
    case Phase::handling:
      deadline_ = Monotonic::max();
      return;
    case Phase::writing:
      time = deadlines.write;
      taken_mark_ = taken_by_client();
      break;
    case Phase::lingering:
      time = deadlines.linger;
      break;
  }
  // `now` may be a tick old; a deadline is never early.
  deadline_ = shared_.now + time + deadlines.tick;
}

void Connection::look_at_deadline() {
  if (shared_.now < deadline_ || interrupt_ != Interrupt::none) return;
  if (phase_ == Phase::writing && taken_by_client() - taken_mark_ >= limits::write_progress_bytes) {
    enter(Phase::writing);
    return;
  }
  wake(Interrupt::expired);
}

void Connection::wake(Interrupt why) {
  interrupt_ = why;
  // It gives back what it holds as soon as it runs, so nobody else is cut for that.
  shared_.blocked_bytes -= std::exchange(blocked_bytes_, 0);
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

void Connection::extend_deadline(milliseconds time) {
  if (deadline_ != Monotonic::max()) deadline_ += time;
}

void Connection::drain() {
  if (phase_ != Phase::idle || interrupt_ != Interrupt::none) return;
  const milliseconds grace = shared_.deadlines.grace;
  if (shared_.now - entered_ < grace) {
    deadline_ = std::min(deadline_, shared_.now + grace);
    return;
  }
  wake(Interrupt::drained);
}

Task<> Connection::serve() { return contained(converse()); }
Task<> Connection::turn_away() { return contained(say_too_many()); }

// One connection's failure, memory that ran out for instance, is nobody else's.
Task<> Connection::contained(Task<> conversation) {
  try {
    co_await std::move(conversation);
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted) throw;
    log::error("http_connection_failed", {{"reason", error.what()}, {"request_id", request_id_}});
  } catch (const std::exception& error) {
    log::error("http_connection_failed", {{"reason", error.what()}, {"request_id", request_id_}});
  }
}

Task<> Connection::converse() {
  if (shared_.tls) {
    const bool agreed = co_await shake_hands();
    if (!agreed) co_return;
  }
  while (true) {
    const Heard heard = co_await read_request();
    if (heard == Heard::gone) {
      end_tls();
      co_return;
    }
    if (heard == Heard::refused) {
      co_await refuse();
      co_return;
    }
    enter(Phase::handling);
    Response response = co_await answer();
    if (response.reset) {
      reset();
      co_return;
    }
    const bool close = response.close || shared_.stopping || !reader_.head().keep_alive;
    const bool sent = co_await send(response, close);
    if (!sent) co_return;
    if (close) {
      co_await linger();
      co_return;
    }
    finish_request();
    if (has_had_its_turn()) co_await asio::post(socket_.get_executor(), asio::use_awaitable);
  }
}

bool Connection::make_room() {
  if (!input_.room().empty()) return true;
  if (shared_.grown_bytes > limits::grown_buffer_bytes ||
      (share_.grown_bytes > limits::grown_bytes_per_address && !share_.is_proxy)) {
    refusal_ = Refusal{.status = 503,
                       .code = codes::unavailable,
                       .detail = "too many large requests are being received; try again in a second"};
    return false;
  }
  const std::size_t grown = input_.make_room();
  grown_bytes_ += grown;
  shared_.grown_bytes += grown;
  share_.grown_bytes += grown;
  moved_ = true;
  return true;
}

Connection::Heard Connection::why_not_received() {
  if (interrupt_ != Interrupt::expired || phase_ == Phase::idle) return Heard::gone;
  interrupt_ = Interrupt::none;
  const bool in_head = phase_ == Phase::head;
  refusal_ = Refusal{
      .status = 408,
      .code = codes::request_timeout,
      .detail = fmt::format("the {} of the request was not complete within {} ms", in_head ? "head" : "body",
                            (in_head ? shared_.deadlines.head : shared_.deadlines.body).count())};
  return Heard::refused;
}

void Connection::finish_request() {
  used_ = true;
  input_.drop_front(request_bytes_);
  if (grown_bytes_ == 0) return;
  const std::size_t shrunk = input_.shrink();
  grown_bytes_ -= shrunk;
  shared_.grown_bytes -= shrunk;
  share_.grown_bytes -= shrunk;
}

Task<Response> Connection::answer() {
  if (reader_.head().asks_server) co_return server_options();
  std::exception_ptr failure;
  try {
    co_return co_await shared_.handler(reader_.request());
  } catch (...) {
    failure = std::current_exception();
  }
  // Cancelled together with its handler: there is nobody left to answer.
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  if (cancellation.cancelled() != asio::cancellation_type::none) std::rethrow_exception(failure);
  co_return answer_to_failure(failure);
}

Response Connection::answer_to_failure(const std::exception_ptr& failure) const {
  std::string reason;
  try {
    std::rethrow_exception(failure);
  } catch (const Unavailable& unavailable) {
    Problem problem{.status = 503, .code = std::string(codes::unavailable), .detail = unavailable.what()};
    problem.retry_after = unavailable.retry_after();
    return problem_response(problem, request_id_);
  } catch (const std::exception& error) {
    reason = safe_text(error.what(), limits::peer_text_characters);
  } catch (...) {
    reason = "something that is no std::exception";
  }
  log::error("http_handler_failed",
             {{"request_id", request_id_}, {"method", reader_.request().method}, {"reason", reason}});
  return internal_error();
}

Response Connection::internal_error() const {
  Problem problem{.status = 500, .code = std::string(codes::internal)};
  problem.detail = "something is wrong on our side; the log has the reason under this request id";
  problem.retry_after = std::chrono::seconds(1);
  return problem_response(problem, request_id_);
}

}  // namespace bursar::http
