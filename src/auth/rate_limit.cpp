#include "auth/rate_limit.hpp"

#include <sodium/crypto_shorthash.h>

#include <cstring>

#include "base/check.hpp"

namespace bursar::auth {
namespace {

constexpr Taken everything{.accepted = true, .left = limits::rate_burst_max};

std::size_t index_of(RateClass name) { return static_cast<std::size_t>(name); }

}  // namespace

RateLimiter::RateLimiter(RatePolicy policy, const Clock& clock, Random& random, std::size_t sets)
    : policy_(std::move(policy)), table_(clock, sets) {
  static_assert(key_bytes == crypto_shorthash_KEYBYTES);
  for (auto& key : keys_) random.fill(key);
  for (std::size_t i = 0; i < rate_classes; ++i) CHECK(policy_.find(RateClass(i)) != nullptr);
}

const Budget& RateLimiter::budget(RateClass name, const RatePolicy* own) const {
  const Budget* said = own == nullptr ? nullptr : own->find(name);
  return said != nullptr ? *said : *policy_.find(name);
}

Taken RateLimiter::take(const Budget& budget, std::span<const std::uint8_t> who) {
  if (budget.rate.is_unlimited()) return everything;
  const Taken taken = table_.take(hash_of(budget.name, who), budget.rate);
  if (!taken.accepted) refused_[index_of(budget.name)].fetch_add(1, std::memory_order_relaxed);
  return taken;
}

Taken RateLimiter::look(const Budget& budget, std::span<const std::uint8_t> who) const {
  if (budget.rate.is_unlimited()) return everything;
  return table_.look(hash_of(budget.name, who), budget.rate);
}

std::uint64_t RateLimiter::refused(RateClass name) const {
  return refused_[index_of(name)].load(std::memory_order_relaxed);
}

std::uint64_t RateLimiter::hash_of(RateClass name, std::span<const std::uint8_t> who) const {
  std::array<std::uint8_t, crypto_shorthash_BYTES> bytes{};
  crypto_shorthash(bytes.data(), who.data(), who.size(), keys_[index_of(name)].data());
  std::uint64_t hash = 0;
  std::memcpy(&hash, bytes.data(), sizeof hash);
  return hash;
}

}  // namespace bursar::auth
