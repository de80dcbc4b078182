// The bytes of the requests that the load generator sends: one text per token, patched in place, because
// building a request anew would cost more than sending it.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bursar::bench {

class Requests {
 public:
  /// `tokens` are those of services, which may create payments for any user; `run` (8 hexadecimal digits)
  /// makes the keys of this run unlike those of every other one.
  Requests(std::uint16_t port, const std::vector<std::string>& tokens, const std::string& run);

  /// POST /payments with a new Idempotency-Key, user, amount and reference. Valid until the next call.
  std::string_view next();

 private:
  struct Text {
    std::string bytes;
    std::size_t key = 0, user = 0, amount = 0, reference = 0;  // where their digits are
  };
  std::vector<Text> texts_;
  std::uint64_t sent_ = 0;
};

}  // namespace bursar::bench
