// The keys that count right now, for every loop of a process: one immutable TokenReader at a time, replaced
// as a whole. Written by one loop (KeySources), read by all without a mutex.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>

#include "auth/token_reader.hpp"

namespace bursar::auth {

class KeyRing {
 public:
  /// No issuer counts until replace().
  KeyRing() : reader_(std::make_shared<const TokenReader>(std::vector<TrustedIssuer>())) {}
  /// Our own issuer alone, with keys that never change. Throws UsageError for keys that cannot be used
  /// (SignatureKey) and for two with one id.
  explicit KeyRing(VerifierOptions own);

  /// Grows with each replace(). A reader that was asked for behind it is at least as new.
  std::uint64_t version() const { return version_.load(std::memory_order_acquire); }
  std::shared_ptr<const TokenReader> reader() const { return reader_.load(); }

  void replace(std::vector<TrustedIssuer> issuers);

 private:
  std::atomic<std::shared_ptr<const TokenReader>> reader_;
  std::atomic<std::uint64_t> version_{1};
};

}  // namespace bursar::auth
