// Randomness is injected, so that a test can repeat a run by its seed.
#pragma once
#include <cstdint>
#include <random>
#include <span>

namespace bursar {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::uint8_t> bytes) = 0;

  std::uint64_t next();
  /// Uniform in [0, 1).
  double fraction();
};

/// The system's cryptographic generator (libsodium).
class SystemRandom final : public Random {
 public:
  SystemRandom();
  void fill(std::span<std::uint8_t> bytes) override;
};

/// The same bytes for the same seed; for tests and load generators.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
  void fill(std::span<std::uint8_t> bytes) override;

 private:
  std::mt19937_64 engine_;
};

}  // namespace bursar
