// What this process has learned of the feed of changes about access: whose remembered tokens are out of date,
// and how long ago it last asked. One loop writes it (the poll), every loop reads it without a mutex; each
// loop's Authenticator follows it.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "domain/ids.hpp"

namespace bursar::auth {

/// The answer of one poll.
struct AccessNews {
  /// The number of the latest change.
  std::int64_t epoch = 0;
  /// False when some changes since the last news are not known: then everything is out of date.
  bool is_whole = true;
  /// Who changed since the last news.
  std::vector<PrincipalId> principals;
};

/// Immutable.
struct AccessState {
  /// The number of the latest change; -1: nothing is known yet.
  std::int64_t epoch = -1;
  /// Grows when everything that was remembered before is out of date.
  std::uint64_t generation = 0;
  struct Change {
    std::int64_t number;  // or a later one
    PrincipalId principal;
  };
  /// Every change behind number `whole_from`, in order; at most limits::access_changes_kept.
  std::vector<Change> recent;
  std::int64_t whole_from = -1;
};

class AccessWatch {
 public:
  AccessWatch();

  /// Whose remembered tokens are out of date, ahead of learn(): the epoch stays, because whoever sees it
  /// relies on the keys of that time too. On the loop of the poll.
  void tell(const AccessNews& news);
  /// The answer of a poll that began at `asked_at`, when its keys are known everywhere. On the loop of the
  /// poll.
  void learn(const AccessNews& news, Monotonic asked_at);

  /// Grows with what tell() and learn() change. A state that was asked for behind it is at least as new.
  std::uint64_t version() const { return version_.load(std::memory_order_acquire); }
  std::shared_ptr<const AccessState> state() const { return state_.load(); }
  std::int64_t epoch() const { return epoch_.load(std::memory_order_acquire); }
  /// The last poll that was answered began limits::access_stale_after ago or earlier: what is not asked anew
  /// could be out of date for longer.
  bool is_stale(Monotonic now) const;

 private:
  void publish(const AccessNews& news, std::int64_t epoch);

  std::atomic<std::shared_ptr<const AccessState>> state_;
  std::atomic<std::uint64_t> version_{0};
  std::atomic<std::int64_t> epoch_{-1};
  std::atomic<Monotonic::duration::rep> asked_at_;
};

}  // namespace bursar::auth
