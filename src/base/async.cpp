#include "base/async.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace bursar {

Task<> pause(milliseconds time) {
  auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

Event::Event(const Executor& executor) : timer_(executor, asio::steady_timer::time_point::max()) {}

void Event::set() {
  set_ = true;
  timer_.cancel();
}

namespace {

// The timer is cancelled by Event::set() and by a cancelled task; only the second is an error.
Task<> sleep_until_cancelled(asio::steady_timer& timer, const bool& set) {
  boost::system::error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  co_await timer.async_wait(token);
  auto cancellation = co_await asio::this_coro::cancellation_state;
  if (!set && cancellation.cancelled() != asio::cancellation_type::none)
    throw boost::system::system_error(asio::error::operation_aborted);
}

}  // namespace

Task<> Event::wait() {
  // Setting the time again would wake every other waiter, and each of them would do the same.
  constexpr auto never = asio::steady_timer::time_point::max();
  while (!set_) {
    if (timer_.expiry() != never) timer_.expires_at(never);
    co_await sleep_until_cancelled(timer_, set_);
  }
}

Task<bool> Event::wait_for(milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (!set_ && std::chrono::steady_clock::now() < end) {
    timer_.expires_at(end);
    co_await sleep_until_cancelled(timer_, set_);
  }
  co_return set_;
}

}  // namespace bursar
