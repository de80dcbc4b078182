// Who calls, for a whole process: the keys that verify tokens, what changed about principals, and the threads
// that hash client secrets. Lives on the main loop; every loop reads it without a mutex. Made by app.
#pragma once
#include "api/access_poll.hpp"
#include "auth/key_sources.hpp"
#include "auth/secret_hashes.hpp"
#include "base/task_group.hpp"
#include "config.hpp"

namespace bursar {

/// Every key that this configuration names, for who verifies tokens.
auth::KeySourceOptions key_sources_of(const Config& config);

class Identity {
 public:
  /// `serves`: this process answers requests that need a caller. Otherwise nothing is fetched or polled.
  /// Throws UsageError for an unusable key or file.
  Identity(Loop& loop, const Config& config, bool serves);

  void start();
  /// When every loop that asks has ended.
  Task<> stop();

  auth::KeySources& keys() { return keys_; }
  const auth::AccessWatch& watch() const { return watch_; }
  const auth::IssuedKeysHolder& issued() const { return issued_; }
  auth::SecretHashes& hashes() { return hashes_; }

 private:
  bool serves_;
  const SystemClock clock_;
  SystemRandom random_;
  auth::KeySources keys_;
  auth::AccessWatch watch_;
  auth::IssuedKeysHolder issued_;
  auth::SecretHashes hashes_;
  api::AccessPoll poll_;
  TaskGroup tasks_;
};

}  // namespace bursar
