#include "auth/access_watch.hpp"

#include <algorithm>

#include "base/limits.hpp"

namespace bursar::auth {

AccessWatch::AccessWatch()
    : state_(std::make_shared<const AccessState>()), asked_at_(Monotonic::min().time_since_epoch().count()) {}

void AccessWatch::tell(const AccessNews& news) { publish(news, epoch()); }

void AccessWatch::learn(const AccessNews& news, Monotonic asked_at) {
  if (!news.is_whole || news.epoch != epoch()) publish(news, news.epoch);
  asked_at_.store(asked_at.time_since_epoch().count(), std::memory_order_release);
}

void AccessWatch::publish(const AccessNews& news, std::int64_t epoch) {
  auto after = std::make_shared<AccessState>(*state());
  after->epoch = epoch;
  if (news.is_whole) {
    for (const PrincipalId& principal : news.principals) after->recent.push_back({news.epoch, principal});
    if (after->recent.size() > limits::access_changes_kept) {
      const auto last = after->recent.end() - limits::access_changes_kept;
      after->whole_from = (last - 1)->number;
      after->recent.erase(after->recent.begin(), last);
    }
  } else {
    ++after->generation;
    after->recent.clear();
    after->whole_from = news.epoch;
  }
  state_.store(std::move(after));
  epoch_.store(epoch, std::memory_order_release);
  version_.fetch_add(1, std::memory_order_release);
}

bool AccessWatch::is_stale(Monotonic now) const {
  const Monotonic asked_at(Monotonic::duration(asked_at_.load(std::memory_order_acquire)));
  return asked_at == Monotonic::min() || now - asked_at >= limits::access_stale_after;
}

}  // namespace bursar::auth
