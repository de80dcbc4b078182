// The development peers as a process of their own, `bursar devtools`, and what their ledgers say afterwards:
// the records outside Bursar that a test of the whole compares it with.
#pragma once
#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "testing/binary.hpp"

namespace bursar::testing {

class Peers {
 public:
  /// Listening when it returns; the ledgers are in `folder`.
  explicit Peers(const std::filesystem::path& folder);

  /// BURSAR_GATEWAY_URL, BURSAR_SMTP_URL and BURSAR_SMS_URL.
  Environment environment() const;
  const std::string& gateway_url() const { return gateway_; }
  const std::filesystem::path& folder() const { return folder_; }
  /// Each answer of the gateway takes so much longer from now on.
  void slow_the_gateway(std::chrono::milliseconds time) const;

 private:
  std::filesystem::path folder_;
  Binary process_;
  std::string gateway_, smtp_, sms_;
};

/// How often each payment was charged, by the gateway's ledger in a folder of peers.
std::map<std::string, int> charges_in(const std::filesystem::path& folder);

/// One event as a channel's receiver knows it.
struct Told {
  /// A repetition has the same one.
  std::set<std::string> message_ids;
  int times = 0;
};
/// By event id. `ledger` is "mail-ledger.jsonl" or "sms-ledger.jsonl".
std::map<std::string, Told> told_in(const std::filesystem::path& folder, const std::string& ledger);

}  // namespace bursar::testing
