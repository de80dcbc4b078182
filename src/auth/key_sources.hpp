// Where keys come from, and the ring that all loops verify with: the configuration, files that are looked at
// again, our own issuer's keys from the database, and what foreign issuers serve. Lives on one loop; the ring
// and await_keys() are for every loop. Made by app.
#pragma once
#include <filesystem>
#include <list>
#include <string>
#include <vector>

#include "auth/issuer_keys.hpp"
#include "auth/key_files.hpp"
#include "auth/key_ring.hpp"
#include "base/task_group.hpp"

namespace bursar::auth {

struct KeySourceOptions {
  VerifierOptions own;
  /// Of our own issuer.
  std::vector<std::filesystem::path> own_files;
  std::vector<ForeignIssuer> foreign;
  FetchTimes times = {};
};

class KeySources {
 public:
  /// Reads every file. Throws UsageError for an unusable file or key, and for two keys of one issuer with one
  /// id.
  KeySources(Executor executor, KeySourceOptions options, const Clock& clock, Random& random);
  KeySources(const KeySources&) = delete;
  KeySources& operator=(const KeySources&) = delete;

  const KeyRing& ring() const { return ring_; }

  /// Looks at files, fetches what foreign issuers serve; until the group is cancelled.
  void spawn_into(TaskGroup& tasks);
  /// Nobody who waits in await_keys() is told any more: for the end, when the loops that wait have ended.
  void stop();

  /// From any loop: returns there when the issuer's keys were fetched once more, at the latest after
  /// limits::unknown_key_patience; false when no fetch that began since was answered. How often that causes a
  /// fetch is not the caller's to say.
  Task<bool> await_keys(std::string issuer);

  /// Replaces the keys of our own issuer that are kept in the database. On this loop.
  void replace_issued(std::vector<Key> keys);

  /// One look at every file, for the task that spawn_into() starts and for tests.
  void look_at_files();

 private:
  /// The keys of one origin. Of two keys with one id the earlier part's counts.
  struct Part {
    std::size_t issuer = 0;  // into issuers_
    std::string origin;
    std::vector<std::shared_ptr<const SignatureKey>> keys = {};
  };
  struct File {
    KeyFile file;
    std::size_t part = 0;
    std::vector<Algorithm> algorithms;
  };

  std::size_t add_part(std::size_t issuer, std::string origin);
  void add_file(std::filesystem::path path, std::size_t issuer, std::vector<Algorithm> algorithms);
  void add_foreign(ForeignIssuer foreign, const FetchTimes& times, const Clock& clock, Random& random);
  /// Whether that changed anything; then the ring is replaced.
  bool replace_part(std::size_t part, std::vector<Key> keys);
  /// Says which ids two parts claim.
  std::vector<std::string> publish();
  Task<> watch_files();
  void want(const std::string& issuer, IssuerKeys::Done done);

  Executor executor_;
  KeyRing ring_;
  std::vector<Issuer> issuers_;  // the first is our own
  std::vector<Part> parts_;
  std::vector<File> files_;
  std::list<IssuerKeys> fetched_;
  std::size_t issued_part_;
};

}  // namespace bursar::auth
