#include "base/random.hpp"

#include <sodium.h>

#include <algorithm>
#include <cstring>

#include "base/check.hpp"

namespace bursar {

std::uint64_t Random::next() {
  std::uint64_t number = 0;
  fill({reinterpret_cast<std::uint8_t*>(&number), sizeof number});
  return number;
}

double Random::fraction() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

SystemRandom::SystemRandom() { CHECK(sodium_init() >= 0); }

void SystemRandom::fill(std::span<std::uint8_t> bytes) { randombytes_buf(bytes.data(), bytes.size()); }

void SeededRandom::fill(std::span<std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const std::uint64_t number = engine_();
    const std::size_t count = std::min(bytes.size(), sizeof number);
    std::memcpy(bytes.data(), &number, count);
    bytes = bytes.subspan(count);
  }
}

}  // namespace bursar
