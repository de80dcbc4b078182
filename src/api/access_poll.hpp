// Asks the database what changed about access, every limits::access_poll_every, and tells the whole process:
// whose remembered tokens are out of date (auth::AccessWatch) and which keys of ours count
// (auth::IssuedKeys). One per process, on one loop.
#pragma once
#include <functional>
#include <optional>

#include "auth/access_watch.hpp"
#include "auth/issued_keys.hpp"
#include "store/database.hpp"
#include "store/link.hpp"

namespace bursar::store {
struct TokenKey;
}

namespace bursar::api {

class AccessPoll {
 public:
  struct Options {
    store::DatabaseOptions database;
    /// Opens private halves; without it nothing is signed here.
    std::optional<auth::KeySeal> seal;
    /// Called on this loop with the keys that verify, each time they change.
    std::function<void(std::vector<auth::Key>)> use_keys;
  };

  /// What it tells outlives it.
  AccessPoll(const Executor& executor, Options options, const Clock& clock, auth::AccessWatch& watch,
             auth::IssuedKeysHolder& keys);

  /// Until cancelled; survives every outage of the database.
  Task<> run();
  /// One poll. Throws Unavailable or pg::StatementFailed; then nothing was learned.
  Task<> poll_once();

 private:
  void use(const std::vector<store::TokenKey>& stored);

  Options options_;
  const Clock& clock_;
  auth::AccessWatch& watch_;
  auth::IssuedKeysHolder& keys_;
  store::Link link_;
  std::int64_t epoch_ = -1;
  Instant server_since_;
  /// When the next retired key has had its time.
  Monotonic keys_until_ = Monotonic::min();
};

}  // namespace bursar::api
