// Hashing client secrets off the loops: a few threads of the process that do nothing else, and a bounded line
// in front of them. Strangers have a part of the line and one of the threads, so that however many come, who
// is known gets on. One per process, used by every loop; outlives them.
#pragma once
#include <atomic>
#include <boost/asio/strand.hpp>
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
  /// Who is not `known` is also turned away when limits::hashes_for_strangers of its like are in line.
  Task<bool> matches(std::string hash, std::string text, bool known);
  /// How many have been made: what a log-in costs, also one that nobody here knows.
  std::uint64_t made() const { return made_.load(std::memory_order_relaxed); }

 private:
  template <class T, class Work>
  Task<T> run(Work work, bool known);
  void enter(bool known);
  void leave(bool known);

  asio::thread_pool threads_;
  /// Runs one after the other what is given to it, so it holds one thread at most.
  asio::strand<asio::thread_pool::executor_type> strangers_;
  std::atomic<std::size_t> waiting_{0}, strangers_waiting_{0};
  std::atomic<std::uint64_t> made_{0};
};

}  // namespace bursar::auth
