#include "auth/issuer_keys.hpp"

#include "auth/jwk.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

namespace bursar::auth {

IssuerKeys::IssuerKeys(const Executor& executor, ForeignIssuer issuer, FetchTimes times, const Clock& clock,
                       Random& random, Changed changed)
    : issuer_(std::move(issuer)),
      // Whether plain http may be used was decided when the setting was read.
      url_(parse_key_url(issuer_.keys_at, true)),
      times_(times),
      clock_(clock),
      random_(random),
      changed_(std::move(changed)),
      client_(executor, {.base_url = url_.origin, .connections = 1}),
      pace_(times, clock.monotonic()),
      wanted_(executor) {}

Task<> IssuerKeys::run() {
  while (true) {
    const auto left = std::chrono::ceil<milliseconds>(pace_.due() - clock_.monotonic());
    if (left > milliseconds(0)) {
      wanted_.reset();
      co_await wanted_.wait_for(left);
      continue;
    }
    co_await fetch();
  }
}

void IssuerKeys::want(Done done) {
  if (waiting_.size() >= limits::unknown_key_waiting) return done(false);
  waiting_.push_back({std::move(done)});
  pace_.want();
  wanted_.set();
}

void IssuerKeys::drop_waiting() { waiting_.clear(); }

Task<> IssuerKeys::fetch() {
  pace_.begin(clock_.monotonic());
  for (Waiting& one : waiting_) one.saw_begin = true;
  std::string failure;
  try {
    auto keys = co_await ask();
    pace_.succeed(clock_.monotonic(), random_.fraction());
    if (failing_) log::info("issuer_keys_back", {{"issuer", issuer_.issuer.name}});
    failing_ = false;
    const bool is_new = changed_(std::move(keys));
    tell(is_new, true);
    co_return;
  } catch (const http::CallFailed& error) {
    failure = error.what();
  } catch (const Unavailable& error) {
    failure = error.what();
  }
  fail(failure);
}

Task<std::vector<Key>> IssuerKeys::ask() {
  http::ClientRequest request;
  request.method = "GET";
  request.path = url_.path;
  request.headers = {{"Accept", "application/jwk-set+json, application/json"}};
  request.max_answer_bytes = limits::key_set_bytes;
  const auto answer = co_await client_.call(std::move(request), times_.deadline);
  if (answer.status != 200) throw Unavailable(fmt::format("{} answered {}", url_.origin, answer.status));
  auto published = parse_jwks(answer.body);
  if (!published)
    throw Unavailable(fmt::format("what {} serves is no JWK set: {}", url_.origin, published.error()));
  if (!failing_)
    for (const std::string& reason : published->refused)
      log::warning("issuer_key_refused", {{"issuer", issuer_.issuer.name}, {"reason", reason}});
  leave_out_others(published->keys, issuer_.algorithms);
  if (published->keys.empty())
    throw Unavailable(fmt::format("the set that {} serves has no usable key", url_.origin));
  co_return std::move(published->keys);
}

void IssuerKeys::fail(std::string_view why) {
  const Monotonic now = clock_.monotonic();
  pace_.fail(now, random_.fraction());
  if (!failing_)
    log::warning("issuer_keys_failed",
                 {{"issuer", issuer_.issuer.name},
                  {"reason", safe_text(why, limits::peer_text_characters)},
                  {"next", "the last good keys count for up to a day; it is tried again"}});
  failing_ = true;
  const bool is_new = pace_.is_out_of_date(now) && changed_({});
  tell(is_new, false);
}

void IssuerKeys::tell(bool is_new, bool is_answered) {
  std::vector<Waiting> told;
  const auto stays = [&](const Waiting& one) { return !is_new && !one.saw_begin; };
  const auto first = std::partition(waiting_.begin(), waiting_.end(), stays);
  told.assign(std::make_move_iterator(first), std::make_move_iterator(waiting_.end()));
  waiting_.erase(first, waiting_.end());
  for (const Waiting& one : told) one.done(is_answered && one.saw_begin);
  // Who came while that fetch was under way is owed another.
  if (!waiting_.empty()) pace_.want();
}

}  // namespace bursar::auth
