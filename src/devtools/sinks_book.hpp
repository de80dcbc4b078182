// What a sink received: a ledger that is fsynced before the sender gets its answer, and an index of its
// newest entries for the read API. Survives restarts: numbers go on, and how often a message came is still
// known.
#pragma once
#include <boost/json/object.hpp>
#include <deque>
#include <filesystem>
#include <istream>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/async.hpp"
#include "base/clock.hpp"
#include "devtools/ledger.hpp"

namespace bursar::devtools {

class SinkBook {
 public:
  /// Throws UsageError when the ledger cannot be used.
  SinkBook(const Executor& executor, const Clock& clock, const std::filesystem::path& file);

  /// How often this message has come to this recipient, counting this time.
  int count_attempt(std::string_view message_id, std::string_view recipient);

  /// Adds {"n": …, "at": …, and `members`} where `members` is JSON text without braces. An entry that is
  /// `listed` is found by the read API. Returns its number; not durable yet.
  std::int64_t append(std::string_view members, bool listed);
  /// Returns when everything appended is on disk; throws Unavailable when it cannot be.
  Task<> durable() { return ledger_.durable(); }
  /// The ledger's writer.
  Task<> run() { return ledger_.run(); }

  /// Newest first, at most `limit`, only those to `recipient` if one is given.
  std::vector<boost::json::object> list(std::size_t limit, std::optional<std::string_view> recipient) const;
  /// nullopt when there is none of that number (yet) among the newest limits::sink_listed.
  std::optional<boost::json::object> find(std::int64_t number) const;
  std::int64_t last_number() const { return last_; }

 private:
  struct Place {
    std::int64_t number;
    std::uintmax_t offset;
    std::size_t octets;
  };
  void remember(Place place);
  static std::optional<boost::json::object> read(std::istream& file, const Place& place);

  const Clock& clock_;
  Ledger ledger_;
  std::uintmax_t size_ = 0;
  std::int64_t last_ = 0;
  std::deque<Place> places_;
  std::unordered_map<std::size_t, int> attempts_;
  std::deque<std::size_t> attempt_order_;
};

}  // namespace bursar::devtools
