#include "requests.hpp"

#include <fmt/format.h>

namespace bursar::bench {
namespace {

constexpr std::size_t digits = 12;
constexpr std::uint64_t users = 10'000;

// The last digits of a UUID, in place.
void write_hex(std::string& text, std::size_t at, std::uint64_t number) {
  for (std::size_t i = digits; i-- > 0; number >>= 4U) text[at + i] = "0123456789abcdef"[number & 15U];
}

void write_decimal(std::string& text, std::size_t at, std::size_t length, std::uint64_t number) {
  for (std::size_t i = length; i-- > 0; number /= 10) text[at + i] = static_cast<char>('0' + number % 10);
}

constexpr std::size_t amount_digits = 6, reference_digits = 9;

}  // namespace

Requests::Requests(std::uint16_t port, const std::vector<std::string>& tokens, const std::string& run) {
  for (const auto& token : tokens) {
    const std::string body =
        fmt::format(R"({{"user_id":"00000000-0000-4000-8000-{:0>12}","amount":{},"currency":"EUR",)"
                    R"("description":"One ticket to the sea","reference":"order-{:0>9}"}})",
                    0, 100'000, 0);
    Text text;
    text.bytes = fmt::format(
        "POST /payments HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nAuthorization: Bearer {}\r\n"
        "Idempotency-Key: {}-0000-4000-8000-{:0>12}\r\nContent-Type: application/json\r\n"
        "Content-Length: {}\r\n\r\n{}",
        port, token, run, 0, body.size(), body);
    const auto behind = [&text](std::string_view mark) { return text.bytes.find(mark) + mark.size(); };
    text.key = behind(run + "-0000-4000-8000-");
    text.user = behind("00000000-0000-4000-8000-");
    text.amount = behind("\"amount\":");
    text.reference = behind("order-");
    texts_.push_back(std::move(text));
  }
}

std::string_view Requests::next() {
  const std::uint64_t number = sent_++;
  Text& text = texts_[number % texts_.size()];
  write_hex(text.bytes, text.key, number);
  // A prime walks through all users before it comes back to one.
  write_hex(text.bytes, text.user, number * 7919 % users);
  write_decimal(text.bytes, text.amount, amount_digits, 100'000 + number % 900'000);
  write_decimal(text.bytes, text.reference, reference_digits, number);
  return text.bytes;
}

}  // namespace bursar::bench
