#include "http/client_turns.hpp"

#include "base/limits.hpp"
#include "http/client.hpp"

namespace bursar::http {

// Leaves the line by itself, also when its coroutine is cancelled or destroyed; a place it was given but did
// not take goes to the next.
class Turns::Waiter {
 public:
  explicit Waiter(Turns& turns) : turns_(turns), called_(turns.executor_) {
    place_ = turns.line_.insert(turns.line_.end(), this);
  }
  Waiter(const Waiter&) = delete;
  ~Waiter() {
    if (state_ == State::waits) turns_.line_.erase(place_);
    if (state_ == State::granted) turns_.pass_on();
  }

  Task<bool> wait_for(milliseconds time) { return called_.wait_for(time); }
  // The caller has already taken it out of the line.
  void grant() {
    state_ = State::granted;
    called_.set();
  }
  void dismiss() {
    state_ = State::dismissed;
    called_.set();
  }
  bool take() {
    if (state_ != State::granted) return false;
    state_ = State::taken;
    return true;
  }

 private:
  enum class State { waits, granted, taken, dismissed };
  Turns& turns_;
  Event called_;
  State state_ = State::waits;
  std::list<Waiter*>::iterator place_;
};

Turns::Turns(Executor executor, std::size_t places, std::string name)
    : executor_(std::move(executor)), places_(std::max<std::size_t>(places, 1)), name_(std::move(name)) {}

Task<Turns::Turn> Turns::take(std::chrono::steady_clock::time_point until) {
  if (closed_) throw CallFailed("not sent: the client for " + name_ + " is closed", false, false);
  if (in_use_ < places_ && line_.empty()) {
    ++in_use_;
    co_return Turn(*this);
  }
  if (line_.size() >= limits::outbound_waiting)
    throw CallFailed(fmt::format("not sent: {} calls already wait for {}", line_.size(), name_), false,
                     false);
  Waiter waiter(*this);
  const auto left = std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now());
  const bool called = co_await waiter.wait_for(left);
  if (waiter.take()) co_return Turn(*this);
  if (called) throw CallFailed("not sent: the client for " + name_ + " was closed", false, false);
  throw CallFailed(
      fmt::format("not sent: all {} connections to {} were busy until the time was over", places_, name_),
      false, true);
}

void Turns::pass_on() {
  if (line_.empty()) {
    --in_use_;
    return;
  }
  Waiter* next = line_.front();
  line_.pop_front();
  next->grant();
}

void Turns::close() {
  closed_ = true;
  while (!line_.empty()) {
    Waiter* waiter = line_.front();
    line_.pop_front();
    waiter->dismiss();
  }
}

}  // namespace bursar::http
