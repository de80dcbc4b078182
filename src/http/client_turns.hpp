// The line in front of a client's connections: callers get their turn in the order they came, within their
// deadline.
#pragma once
#include <chrono>
#include <list>
#include <string>
#include <utility>

#include "base/async.hpp"

namespace bursar::http {

class Turns {
 public:
  /// `name` is the peer's, for messages.
  Turns(Executor executor, std::size_t places, std::string name);

  /// The right to use one place; passes to the next in line when it ends. Must not outlive its Turns.
  class Turn {
   public:
    explicit Turn(Turns& turns) : turns_(&turns) {}
    Turn(Turn&& other) noexcept : turns_(std::exchange(other.turns_, nullptr)) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (turns_ != nullptr) turns_->pass_on();
    }

   private:
    Turns* turns_;
  };

  /// Throws CallFailed (not sent) when the line is full or closed, or the time is over first.
  Task<Turn> take(std::chrono::steady_clock::time_point until);

  /// Fails what waits and everything later; places in use end by themselves.
  void close();
  bool closed() const { return closed_; }

 private:
  class Waiter;
  void pass_on();

  Executor executor_;
  std::size_t places_;
  std::string name_;
  std::size_t in_use_ = 0;
  std::list<Waiter*> line_;
  bool closed_ = false;
};

}  // namespace bursar::http
