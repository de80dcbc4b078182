// How much this process holds, over all its lanes. A suspect (an item whose owners died twice) is claimed
// only by a process that holds nothing else: a poison kills whatever its process holds. One per worker loop.
#pragma once
#include <cstddef>

#include "base/check.hpp"

namespace bursar::events {

class Holdings {
 public:
  /// Before a claim is sent; false while a lane has, or waits for, the process to itself. Pair with
  /// end_claim().
  bool begin_claim() {
    if (alone_ || wanted_by_ != nullptr) return false;
    ++claiming_;
    return true;
  }
  void end_claim(std::size_t items) {
    CHECK(claiming_ > 0);
    --claiming_;
    held_ += items;
  }
  void release(std::size_t items) {
    CHECK(items <= held_);
    held_ -= items;
    if (held_ == 0) alone_ = false;
  }

  /// False while another lane waits for the process to itself, or has it.
  bool may_want_alone(const void* lane) const {
    return !alone_ && (wanted_by_ == nullptr || wanted_by_ == lane);
  }
  /// A suspect of this lane is reserved: no lane claims until this one had its turn.
  void want_alone(const void* lane) {
    if (wanted_by_ == nullptr) wanted_by_ = lane;
  }
  /// The lane cannot have its turn now: the others go on.
  void give_up(const void* lane) {
    if (wanted_by_ == lane) wanted_by_ = nullptr;
  }
  /// True when nothing is held or being claimed: the lane that wanted it now claims a suspect. Pair with
  /// end_alone().
  bool begin_alone(const void* lane) {
    if (wanted_by_ != lane || held_ > 0 || claiming_ > 0 || alone_) return false;
    alone_ = true;
    wanted_by_ = nullptr;
    return true;
  }
  void end_alone(std::size_t items) {
    held_ += items;
    if (items == 0) alone_ = false;
  }

  std::size_t held() const { return held_; }

 private:
  std::size_t held_ = 0;
  std::size_t claiming_ = 0;
  bool alone_ = false;
  const void* wanted_by_ = nullptr;
};

}  // namespace bursar::events
