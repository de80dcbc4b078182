#include "auth/key_sources.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include "base/error.hpp"
#include "base/log.hpp"

namespace bursar::auth {
namespace {

constexpr std::size_t our_own = 0;

std::string names_of(const std::vector<std::shared_ptr<const SignatureKey>>& keys) {
  std::string names;
  for (const auto& key : keys) names += (names.empty() ? "" : ", ") + key->key().id;
  return names;
}

}  // namespace

KeySources::KeySources(Executor executor, KeySourceOptions options, const Clock& clock, Random& random)
    : executor_(std::move(executor)),
      issuers_({{options.own.issuer, options.own.audience, true, RoleName::customer}}) {
  const std::size_t configured = add_part(our_own, "BURSAR_JWT_KEYS");
  for (Key& key : options.own.keys)
    parts_[configured].keys.push_back(std::make_shared<const SignatureKey>(std::move(key)));
  for (const auto& path : options.own_files) add_file(path, our_own, {});
  issued_part_ = add_part(our_own, "the database");
  for (ForeignIssuer& foreign : options.foreign)
    add_foreign(std::move(foreign), options.times, clock, random);
  for (File& file : files_) {
    auto keys = *file.file.look();
    if (!keys) throw UsageError(fmt::format("the key file {}: {}", file.file.path().string(), keys.error()));
    leave_out_others(*keys, file.algorithms);
    for (Key& key : *keys)
      parts_[file.part].keys.push_back(std::make_shared<const SignatureKey>(std::move(key)));
  }
  const auto claimed_twice = publish();
  if (!claimed_twice.empty()) throw UsageError(claimed_twice.front());
}

std::size_t KeySources::add_part(std::size_t issuer, std::string origin) {
  parts_.push_back({issuer, std::move(origin)});
  return parts_.size() - 1;
}

void KeySources::add_file(std::filesystem::path path, std::size_t issuer, std::vector<Algorithm> algorithms) {
  const std::size_t part = add_part(issuer, path.string());
  files_.push_back({KeyFile(std::move(path)), part, std::move(algorithms)});
}

void KeySources::add_foreign(ForeignIssuer foreign, const FetchTimes& times, const Clock& clock,
                             Random& random) {
  for (const Issuer& other : issuers_)
    if (other.name == foreign.issuer.name)
      throw UsageError(fmt::format("the foreign issuer '{}' has the name of another", other.name));
  issuers_.push_back(foreign.issuer);
  const std::size_t issuer = issuers_.size() - 1;
  if (!foreign.is_fetched()) return add_file(foreign.keys_at, issuer, std::move(foreign.algorithms));
  const std::size_t part = add_part(issuer, foreign.keys_at);
  auto changed = [this, part](std::vector<Key> keys) { return replace_part(part, std::move(keys)); };
  fetched_.emplace_back(executor_, std::move(foreign), times, clock, random, std::move(changed));
}

bool KeySources::replace_part(std::size_t number, std::vector<Key> keys) {
  Part& part = parts_[number];
  std::vector<std::shared_ptr<const SignatureKey>> next;
  for (Key& key : keys) {
    // A key that stays keeps its identity, and with it the tokens that are remembered.
    const auto same = std::ranges::find_if(part.keys, [&](const auto& old) { return old->key() == key; });
    next.push_back(same != part.keys.end() ? *same : std::make_shared<const SignatureKey>(std::move(key)));
  }
  const auto by_id = [](const auto& key) { return key->key().id; };
  std::ranges::sort(next, {}, by_id);
  std::ranges::sort(part.keys, {}, by_id);
  if (next == part.keys) return false;
  log::info("keys_changed", {{"issuer", issuers_[part.issuer].name},
                             {"origin", part.origin},
                             {"before", names_of(part.keys)},
                             {"now", names_of(next)}});
  part.keys = std::move(next);
  for (const std::string& twice : publish()) log::warning("key_claimed_twice", {{"reason", twice}});
  return true;
}

std::vector<std::string> KeySources::publish() {
  std::vector<std::string> claimed_twice;
  std::vector<TrustedIssuer> trusted;
  for (const Issuer& issuer : issuers_) trusted.push_back({issuer, {}});
  for (const Part& part : parts_) {
    TrustedIssuer& into = trusted[part.issuer];
    for (const auto& key : part.keys) {
      const auto has_id = [&](const auto& other) { return other->key().id == key->key().id; };
      if (std::ranges::none_of(into.keys, has_id))
        into.keys.push_back(key);
      else
        claimed_twice.push_back(
            fmt::format("the key '{}' of {} has the id of an earlier key of '{}'; give each its own",
                        key->key().id, part.origin, into.issuer.name));
    }
  }
  ring_.replace(std::move(trusted));
  return claimed_twice;
}

void KeySources::spawn_into(TaskGroup& tasks) {
  if (!files_.empty()) tasks.spawn("key files", watch_files());
  for (IssuerKeys& issuer : fetched_) tasks.spawn("keys of " + issuer.issuer().issuer.name, issuer.run());
}

void KeySources::stop() {
  for (IssuerKeys& issuer : fetched_) issuer.drop_waiting();
}

Task<> KeySources::watch_files() {
  while (true) {
    co_await pause(limits::key_files_looked_at_every);
    look_at_files();
  }
}

void KeySources::look_at_files() {
  for (File& file : files_) {
    auto keys = file.file.look();
    if (!keys) continue;
    if (!*keys) {
      log::error("key_file_refused", {{"file", file.file.path().string()},
                                      {"reason", keys->error()},
                                      {"next", "its last good keys still count; correct it"}});
      continue;
    }
    leave_out_others(**keys, file.algorithms);
    replace_part(file.part, std::move(**keys));
  }
}

void KeySources::replace_issued(std::vector<Key> keys) { replace_part(issued_part_, std::move(keys)); }

void KeySources::want(const std::string& issuer, IssuerKeys::Done done) {
  for (IssuerKeys& fetched : fetched_)
    if (fetched.issuer().issuer.name == issuer) return fetched.want(std::move(done));
  done(true);  // its keys are in a file
}

Task<bool> KeySources::await_keys(std::string issuer) {
  struct Waiting {
    Event done;
    bool is_answered = false;
  };
  const Executor here = co_await asio::this_coro::executor;
  auto waiting = std::make_shared<Waiting>(Event(here));
  auto tell = [here, waiting](bool is_answered) mutable {
    asio::post(here, [told = std::move(waiting), is_answered] {
      told->is_answered = is_answered;
      told->done.set();
    });
  };
  asio::post(executor_, [this, issuer, tell = std::move(tell)]() mutable { want(issuer, std::move(tell)); });
  co_await waiting->done.wait_for(limits::unknown_key_patience);
  co_return waiting->is_answered;
}

}  // namespace bursar::auth
