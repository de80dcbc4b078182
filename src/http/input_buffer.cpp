#include "http/input_buffer.hpp"

#include <cstring>

#include "base/check.hpp"
#include "base/limits.hpp"

namespace bursar::http {

InputBuffer::InputBuffer()
    : data_(std::make_unique_for_overwrite<char[]>(limits::connection_buffer_bytes)),
      capacity_(limits::connection_buffer_bytes) {}

std::size_t InputBuffer::make_room() {
  const std::size_t size = end_ - begin_;
  if (size < capacity_) {
    std::memmove(data_.get(), data_.get() + begin_, size);
    begin_ = 0;
    end_ = size;
    return 0;
  }
  auto larger = std::make_unique_for_overwrite<char[]>(capacity_ * 2);
  std::memcpy(larger.get(), data_.get() + begin_, size);
  data_ = std::move(larger);
  begin_ = 0;
  end_ = size;
  const std::size_t grown = capacity_;
  capacity_ *= 2;
  return grown;
}

void InputBuffer::drop_front(std::size_t bytes) {
  CHECK(bytes <= end_ - begin_);
  begin_ += bytes;
  if (begin_ == end_) begin_ = end_ = 0;
}

void InputBuffer::truncate(std::size_t bytes) {
  CHECK(bytes <= end_ - begin_);
  end_ = begin_ + bytes;
}

std::size_t InputBuffer::shrink() {
  if (capacity_ == limits::connection_buffer_bytes || !empty()) return 0;
  const std::size_t shrunk = capacity_ - limits::connection_buffer_bytes;
  *this = InputBuffer();
  return shrunk;
}

}  // namespace bursar::http
