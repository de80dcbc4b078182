// The keys of one foreign issuer, fetched in the background on one loop. Where from is the configuration's
// word; tokens only say that a key is missing, and FetchPace how often that may matter. A failed or unusable
// answer changes nothing until the last good set is limits::key_set_kept_for old. For KeySources.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "auth/fetch_pace.hpp"
#include "auth/issuer.hpp"
#include "auth/key_url.hpp"
#include "base/random.hpp"
#include "http/client.hpp"

namespace bursar::auth {

class IssuerKeys {
 public:
  /// Called on this loop with each new set; with an empty one when the last good set is too old. Returns
  /// whether that changed anything.
  using Changed = std::function<bool(std::vector<Key>)>;

  IssuerKeys(const Executor& executor, ForeignIssuer issuer, FetchTimes times, const Clock& clock,
             Random& random, Changed changed);

  /// Until cancelled.
  Task<> run();

  /// Whether a fetch that began behind the question was answered.
  using Done = std::function<void(bool)>;
  /// Calls `done` on this loop behind the next fetch that begins from now on, or behind an earlier one that
  /// brought new keys. At once, unanswered, when limits::unknown_key_waiting already wait.
  void want(Done done);
  /// Nobody is called any more.
  void drop_waiting();

  const ForeignIssuer& issuer() const { return issuer_; }

 private:
  struct Waiting {
    Done done;
    bool saw_begin = false;
  };

  Task<> fetch();
  Task<std::vector<Key>> ask();
  void fail(std::string_view why);
  void tell(bool is_new, bool is_answered);

  ForeignIssuer issuer_;
  KeyUrl url_;
  FetchTimes times_;
  const Clock& clock_;
  Random& random_;
  Changed changed_;
  http::Client client_;
  FetchPace pace_;
  Event wanted_;
  std::vector<Waiting> waiting_;
  /// The log tells a failure once, and its end.
  bool failing_ = false;
};

}  // namespace bursar::auth
