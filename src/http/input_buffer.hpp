// The bytes a connection has received and not yet dealt with. One piece of memory that is never zero-filled:
// usual requests fit, larger ones make it grow, and behind them it shrinks again.
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace bursar::http {

class InputBuffer {
 public:
  InputBuffer();

  /// From the start of the current request.
  std::string_view view() const { return {data_.get() + begin_, end_ - begin_}; }
  char* data() { return data_.get() + begin_; }
  bool empty() const { return begin_ == end_; }

  /// Where the next bytes go; empty when there is no room.
  std::span<char> room() { return {data_.get() + end_, capacity_ - end_}; }
  void received(std::size_t bytes) { end_ += bytes; }

  /// Makes room: moves the bytes to the front, and doubles the memory when that is not enough. Views into it
  /// end. Returns by how much it grew.
  std::size_t make_room();

  /// Drops `bytes` at the front; what is left is the start of the next request.
  void drop_front(std::size_t bytes);
  /// Keeps only so many bytes from the start of the request.
  void truncate(std::size_t bytes);
  void clear() { begin_ = end_ = 0; }

  /// Gives back what a large request needed, if nothing is waiting in it. Returns by how much it shrank.
  std::size_t shrink();

 private:
  std::unique_ptr<char[]> data_;
  std::size_t capacity_;
  std::size_t begin_ = 0, end_ = 0;
};

}  // namespace bursar::http
