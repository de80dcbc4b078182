#include "http/request_ids.hpp"

#include <algorithm>

#include "base/limits.hpp"

namespace bursar::http {

bool is_request_id(std::string_view text) {
  const auto safe = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '_' || c == '-';
  };
  return !text.empty() && text.size() <= limits::request_id_characters &&
         std::all_of(text.begin(), text.end(), safe);
}

void RequestIds::make(std::string& id) {
  constexpr std::string_view digits = "0123456789abcdef";
  if (used_ == block_.size()) {
    random_.fill(block_);
    used_ = 0;
  }
  std::array<char, id_bytes * 2> text;
  for (std::size_t i = 0; i < id_bytes; ++i) {
    const std::uint8_t byte = block_[used_ + i];
    text[2 * i] = digits[byte >> 4];
    text[2 * i + 1] = digits[byte & 15];
  }
  used_ += id_bytes;
  id.assign(text.data(), text.size());
}

}  // namespace bursar::http
