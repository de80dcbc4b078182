// Which X-Request-Id is taken from a client, and own ones.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/random.hpp"

namespace bursar::http {

/// 1…limits::request_id_characters of [A-Za-z0-9._-]: safe in rows, logs and headers.
bool is_request_id(std::string_view text);

/// Own ids: 128 random bits as 32 hexadecimal digits. Takes randomness in blocks, a system call each would
/// cost more than the rest of a small request.
class RequestIds {
 public:
  explicit RequestIds(Random& random) : random_(random) {}

  /// Replaces what `id` holds.
  void make(std::string& id);

 private:
  static constexpr std::size_t id_bytes = 16;

  Random& random_;
  std::array<std::uint8_t, id_bytes * 64> block_{};
  std::size_t used_ = sizeof block_;
};

}  // namespace bursar::http
