#include "auth/rate_limit.hpp"

#include <sodium/crypto_shorthash.h>

#include <bit>
#include <cstring>

#include "base/check.hpp"

namespace bursar::auth {
namespace {

constexpr Taken everything{.accepted = true, .left = limits::rate_burst_max};

std::size_t index_of(RateClass name) { return static_cast<std::size_t>(name); }

template <std::size_t size>
std::uint64_t hash(const std::array<std::uint8_t, size>& key, std::span<const std::uint8_t> who) {
  static_assert(size == crypto_shorthash_KEYBYTES);
  std::array<std::uint8_t, crypto_shorthash_BYTES> bytes{};
  crypto_shorthash(bytes.data(), who.data(), who.size(), key.data());
  std::uint64_t made = 0;
  std::memcpy(&made, bytes.data(), sizeof made);
  return made;
}

}  // namespace

RateLimiter::RateLimiter(RatePolicy policy, const Clock& clock, Random& random, std::size_t sets)
    : policy_(std::move(policy)), table_(clock, sets), known_(clock, limits::known_sets) {
  for (HashKey& key : keys_) random.fill(key);
  random.fill(key_of_known_);
  for (std::size_t i = 0; i < rate_classes; ++i) CHECK(policy_.find(RateClass(i)) != nullptr);
}

const Budget& RateLimiter::budget(RateClass name, const RatePolicy* own) const {
  const Budget* said = own == nullptr ? nullptr : own->find(name);
  return said != nullptr ? *said : *policy_.find(name);
}

// The rate is part of the name: what was used up under another rate says nothing about this one.
std::uint64_t RateLimiter::hash_of(const Budget& budget, std::span<const std::uint8_t> who) const {
  const HashKey& key = keys_[index_of(budget.name)];
  const std::array parts{hash(key, who), static_cast<std::uint64_t>(budget.rate.step.count()),
                         static_cast<std::uint64_t>(budget.rate.burst)};
  return hash(key, std::bit_cast<std::array<std::uint8_t, sizeof parts>>(parts));
}

Taken RateLimiter::take(const Budget& budget, std::span<const std::uint8_t> who) {
  if (budget.rate.is_unlimited()) return everything;
  const Taken taken = table_.take(hash_of(budget, who), budget.rate);
  if (!taken.accepted) refused_[index_of(budget.name)].fetch_add(1, std::memory_order_relaxed);
  return taken;
}

// Another thread may take what both looks saw; then one of the takes refuses, and the other one counts.
Taken RateLimiter::take_both(const Share& one, const Share& other) {
  const Taken first = look(one.budget, one.who), second = look(other.budget, other.who);
  if (first.accepted && second.accepted) {
    const Taken taken = take(one.budget, one.who);
    return taken.accepted ? take(other.budget, other.who) : taken;
  }
  const bool is_first = first.wait > second.wait;
  refused_[index_of((is_first ? one : other).budget.name)].fetch_add(1, std::memory_order_relaxed);
  return is_first ? first : second;
}

Taken RateLimiter::look(const Budget& budget, std::span<const std::uint8_t> who) const {
  if (budget.rate.is_unlimited()) return everything;
  return table_.look(hash_of(budget, who), budget.rate);
}

void RateLimiter::remember(std::span<const std::uint8_t> who) { known_.remember(hash(key_of_known_, who)); }

bool RateLimiter::knows(std::span<const std::uint8_t> who) const {
  return known_.knows(hash(key_of_known_, who));
}

std::uint64_t RateLimiter::refused(RateClass name) const {
  return refused_[index_of(name)].load(std::memory_order_relaxed);
}

}  // namespace bursar::auth
