// The writing half of a connection: answers, refusals, and how it ends so that the client can read the last
// one.
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <boost/asio/redirect_error.hpp>
#include <cerrno>

#include "base/limits.hpp"
#include "base/log.hpp"
#include "http/answer.hpp"
#include "http/connection.hpp"
#include "http/problem_codes.hpp"
#include "http/query.hpp"

namespace bursar::http {
namespace {

constexpr std::string_view continue_text = "HTTP/1.1 100 Continue\r\n\r\n";

bool is_head(const Request& request) { return request.method == "HEAD"; }

}  // namespace

Task<bool> Connection::send(Response& response, bool close) {
  if (const std::string unsafe = unsafe_part(response); !unsafe.empty()) {
    log::error("http_answer_unsafe", {{"request_id", request_id_}, {"part", unsafe}});
    response = internal_error();
  }
  AnswerFrame frame{.date = shared_.date, .request_id = request_id_, .close = close};
  frame.is_head_request = is_head(reader_.request());
  frame.says_keep_alive = reader_.head().http_1_0;
  frame.is_tls = tls_ != nullptr;
  head_text_.clear();
  append_head(head_text_, response, frame);
  Outgoing outgoing{.head = head_text_, .body = {}};
  if (carries_body(response, frame)) outgoing.body = response.content();
  const std::size_t body_bytes = outgoing.body.size();
  if (tls_ && head_text_.size() + body_bytes <= limits::connection_buffer_bytes) {
    head_text_.append(outgoing.body);
    outgoing = Outgoing{.head = head_text_, .body = {}};
  }
  Sent sent = push(outgoing);
  if (sent == Sent::blocked) {
    hold(response.body.capacity());
    const bool all = co_await push_rest(outgoing);
    hold(0);
    sent = all ? Sent::all : Sent::broken;
  }
  log_answer(response.status, body_bytes);
  co_return sent == Sent::all;
}

Task<bool> Connection::say_continue() {
  Outgoing outgoing{.head = continue_text, .body = {}};
  const Sent sent = push(outgoing);
  if (sent != Sent::blocked) co_return sent == Sent::all;
  co_return co_await push_rest(outgoing);
}

// One gathered write, straight to the socket: it nearly always takes the whole answer, and then nobody waits.
Connection::Sent Connection::push(Outgoing& outgoing) {
  if (tls_) return push_tls(outgoing);
  const std::size_t total = outgoing.head.size() + outgoing.body.size();
  while (outgoing.sent < total) {
    std::array<iovec, 2> parts{};
    std::size_t count = 0;
    std::size_t skip = outgoing.sent;
    for (const std::string_view part : {outgoing.head, outgoing.body}) {
      const std::string_view rest = part.substr(std::min(skip, part.size()));
      skip -= part.size() - rest.size();
      if (!rest.empty())
        parts[count++] = iovec{.iov_base = const_cast<char*>(rest.data()), .iov_len = rest.size()};
    }
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = count;
    const ssize_t bytes = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (bytes >= 0) {
      outgoing.sent += static_cast<std::size_t>(bytes);
      written_bytes_ += static_cast<std::size_t>(bytes);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return Sent::blocked;
    } else if (errno != EINTR) {
      return Sent::broken;
    }
  }
  return Sent::all;
}

// What an answer needs while its client does not take it. When all of them need too much, those that were
// taken up with one the longest are cut.
void Connection::hold(std::size_t bytes) {
  shared_.blocked_bytes -= blocked_bytes_;
  blocked_bytes_ = bytes;
  shared_.blocked_bytes += bytes;
  if (bytes == 0) return;
  blocked_since_ = shared_.now;
  while (shared_.blocked_bytes > limits::blocked_answer_bytes) {
    Connection* slowest = nullptr;
    for (Connection* other : shared_.connections) {
      if (other->blocked_bytes_ == 0) continue;
      if (slowest == nullptr || other->blocked_since_ < slowest->blocked_since_) slowest = other;
    }
    if (slowest == nullptr) return;
    slowest->wake(Interrupt::expired);
  }
}

// What the kernel still holds for the client is not taken.
std::size_t Connection::taken_by_client() {
  int queued = 0;
  if (::ioctl(socket_.native_handle(), SIOCOUTQ, &queued) != 0) return 0;
  return written_bytes_ - std::min(written_bytes_, static_cast<std::size_t>(queued));
}

// A client that reads, however slowly, gets write_deadline for each write_progress_bytes; one that does not
// is cut.
Task<bool> Connection::push_rest(Outgoing& outgoing) {
  enter(Phase::writing);
  while (interrupt_ == Interrupt::none) {
    boost::system::error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    co_await socket_.async_wait(asio::ip::tcp::socket::wait_write, token);
    steps_in_a_row_ = 0;
    if (error || interrupt_ != Interrupt::none) break;
    const Sent sent = push(outgoing);
    if (sent != Sent::blocked) co_return sent == Sent::all;
  }
  reset();
  co_return false;
}

Task<> Connection::refuse() {
  show_head_again();
  if (shared_.is_secret && shared_.is_secret(unmasked(refusal_.detail)))
    refusal_.detail = "what is wrong is not repeated here: it must not be written down";
  Problem problem{.status = refusal_.status, .code = std::string(refusal_.code), .detail = refusal_.detail};
  if (problem.status == 503 || problem.status == 408) problem.retry_after = std::chrono::seconds(1);
  Response response = problem_response(problem, request_id_);
  const bool sent = co_await send(response, true);
  if (sent) co_await linger();
}

Task<> Connection::say_too_many() {
  shared_.ids.make(request_id_);
  refusal_ = Refusal{.status = 503,
                     .code = codes::unavailable,
                     .detail = "there are too many connections; try again in a second"};
  co_await refuse();
}

// Closing while the client still writes would make its system throw our answer away (RFC 9112 §9.6). So only
// our direction is closed, and what comes is read and thrown away, never parsed, for a bounded time and
// amount.
Task<> Connection::linger() {
  boost::system::error_code error;
  end_tls();
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, error);
  if (error) co_return;
  enter(Phase::lingering);
  std::size_t drained = 0;
  while (drained < limits::linger_bytes) {
    input_.clear();
    const bool received = co_await receive();
    if (!received) co_return;
    drained += input_.view().size();
  }
}

void Connection::reset() {
  tls_.reset();
  boost::system::error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
}

void Connection::log_answer(int status, std::size_t bytes) const {
  if (log::level() > log::Level::debug) return;
  const Request& request = reader_.request();
  const bool secret = shared_.is_secret && shared_.is_secret(unmasked(request.path));
  const std::string_view path = secret ? log::redacted : request.path;
  const auto took =
      started_ == Monotonic() ? Monotonic::duration(0) : std::chrono::steady_clock::now() - started_;
  log::debug("http_request",
             {{"request_id", request_id_},
              {"method", request.method},
              {"path", path},
              {"status", status},
              {"body_bytes", bytes},
              {"took_us", std::chrono::duration_cast<std::chrono::microseconds>(took).count()},
              {"remote", remote_address_}});
}

}  // namespace bursar::http
