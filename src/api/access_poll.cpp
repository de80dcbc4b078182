#include "api/access_poll.hpp"

#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/log.hpp"
#include "store/access_feed.hpp"
#include "store/token_keys.hpp"

namespace bursar::api {
namespace {

using store::TokenKeyState;

/// How long from now a key still verifies; nullopt: it does not.
std::optional<std::chrono::microseconds> verifies_for(const store::TokenKey& key) {
  if (key.state == TokenKeyState::revoked) return std::nullopt;
  if (key.state != TokenKeyState::retired) return std::chrono::hours(1);
  const auto left = *key.retired_at + limits::retired_key_verifies_for - key.seen_at;
  return left.count() > 0 ? std::optional(left) : std::nullopt;
}

// What is not waited for any more ends on the server too: nothing of it is in line behind somebody's lock.
pg::ConnectOptions connect_to_poll(const store::DatabaseOptions& database) {
  auto options = store::connect_as(database, store::Role::api);
  options.statement_timeout = limits::access_poll_deadline;
  options.lock_timeout = limits::access_poll_deadline;
  return options;
}

}  // namespace

AccessPoll::AccessPoll(const Executor& executor, Options options, const Clock& clock,
                       auth::AccessWatch& watch, auth::IssuedKeysHolder& keys)
    : options_(std::move(options)),
      clock_(clock),
      watch_(watch),
      keys_(keys),
      link_(executor, connect_to_poll(options_.database)) {}

void AccessPoll::use(const std::vector<store::TokenKey>& stored) {
  std::vector<auth::StoredKey> verifying;
  std::chrono::microseconds until = std::chrono::hours(1);
  for (const store::TokenKey& key : stored) {
    const auto left = verifies_for(key);
    if (!left) continue;
    until = std::min(until, *left);
    verifying.push_back({key.id, key.public_jwk, key.sealed_private, key.state == TokenKeyState::active});
  }
  std::vector<std::string> complaints;
  auto keys = auth::make_issued_keys(verifying, options_.seal, complaints);
  for (const std::string& id : complaints) log::error("unreadable_token_key", {{"kid", id}});
  if (!keys.why_not.empty()) log::info("no_tokens_signed", {{"reason", keys.why_not}});
  if (options_.use_keys) options_.use_keys(keys.verifying);
  keys_.replace(std::move(keys));
  keys_until_ = clock_.monotonic() + until;
}

Task<> AccessPoll::poll_once() {
  const Monotonic asked_at = clock_.monotonic();
  auto* connection = co_await link_.get();
  store::AccessFeed feed(*connection);
  const auto news = co_await feed.poll(epoch_);
  // Another start of the server may be another server: what it says now is all that counts.
  const bool is_whole = news.is_whole && news.server_since == server_since_;
  if (!is_whole || !news.keys.empty() || asked_at >= keys_until_) {
    // A revoked principal does not wait for the list of keys, whatever holds that up.
    if (!is_whole || !news.principals.empty()) watch_.tell({news.epoch, is_whole, news.principals});
    store::TokenKeys keys(*connection);
    const auto stored = co_await keys.list(limits::access_poll_deadline);
    use(stored);
  }
  // Behind the keys: whoever sees this epoch sees them too.
  watch_.learn({news.epoch, is_whole, news.principals}, asked_at);
  epoch_ = news.epoch;
  server_since_ = news.server_since;
}

Task<> AccessPoll::run() {
  bool failing = false;
  while (true) {
    std::string failure;
    try {
      co_await poll_once();
    } catch (const Unavailable& away) {
      failure = away.what();
    } catch (const pg::StatementFailed& failed) {
      failure = failed.what();
    }
    if (!failure.empty() && !failing)
      log::warning("access_poll_failed",
                   {{"reason", failure}, {"next", "staff are looked up at each request"}});
    if (failure.empty() && failing) log::info("access_poll_works_again");
    failing = !failure.empty();
    co_await pause(limits::access_poll_every);
  }
}

}  // namespace bursar::api
