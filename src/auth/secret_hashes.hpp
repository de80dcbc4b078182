// Hashing client secrets off the loops: a few threads of the process that do nothing else, and a bounded line
// in front of them. One per process, used by every loop; outlives them.
#pragma once
#include <atomic>
#include <boost/asio/thread_pool.hpp>
#include <cstdint>
#include <string>

#include "base/async.hpp"

namespace bursar::auth {

class SecretHashes {
 public:
  SecretHashes();
  /// Waits for what is under way.
  ~SecretHashes();
  SecretHashes(const SecretHashes&) = delete;
  SecretHashes& operator=(const SecretHashes&) = delete;

  // Both return on the caller's loop, and when it is cancelled as soon as the hash is there. They throw
  // Unavailable when limits::hashes_waiting are in line already, or when there is no memory.
  Task<std::string> hash(std::string text);
  Task<bool> matches(std::string hash, std::string text);
  /// How many have been made: what a log-in costs, also one that nobody here knows.
  std::uint64_t made() const { return made_.load(std::memory_order_relaxed); }

 private:
  template <class T, class Work>
  Task<T> run(Work work);

  asio::thread_pool threads_;
  std::atomic<std::size_t> waiting_{0};
  std::atomic<std::uint64_t> made_{0};
};

}  // namespace bursar::auth
