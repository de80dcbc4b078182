// Clients of the API as they should be: many at once, at a given pace, each with its own Idempotency-Key,
// which it sends again, also to another process, until it has its answer. Keeps a ledger of what was
// acknowledged. Runs on a thread of its own, so that a test can kill servers meanwhile.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace bursar::testing {

/// What one client asks for.
struct Wanted {
  std::string key;
  std::string user_id;
  std::int64_t amount = 0;
  std::string currency = "EUR";
  /// Empty: none.
  std::string reference;
};

/// An answer 202 as the client keeps it.
struct Acknowledged {
  Wanted wanted;
  std::string id;
  std::string created_at;
  /// From the first attempt on.
  std::chrono::milliseconds latency{};
};

struct LoadOptions {
  /// "http://127.0.0.1:8000" of each API process; a client begins with one and goes on to the next.
  std::vector<std::string> urls;
  /// "Bearer …" of a service.
  std::string authorization;
  std::size_t payments = 0;
  /// 0: as fast as the connections allow; else clients come at this pace, however long the answers take.
  double per_second = 0;
  /// Kept and used at once, to each process.
  std::size_t connections = 64;
  /// Until a client stops asking.
  std::chrono::milliseconds patience = std::chrono::seconds(45);
  /// The n-th payment.
  std::function<Wanted(std::size_t)> wanted;
};

struct LoadReport {
  std::vector<Acknowledged> acknowledged;
  /// Who lost patience, and who got an answer that is neither 202 nor a reason to come again.
  std::vector<std::string> unanswered, refused;
  /// "no answer", "503"…: how often something made a client come again.
  std::map<std::string, std::size_t> again;
  std::size_t attempts = 0;
  /// Open connections at the end, over all processes.
  std::size_t connections = 0;
  std::chrono::milliseconds took{};
};

class Load {
 public:
  /// Begins at once.
  explicit Load(LoadOptions options);
  ~Load();
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  /// Waits for the last client; bounded by pace and patience.
  LoadReport finish();

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

/// Sends requests that were acknowledged once more and names those whose answer now differs in id, user,
/// amount, currency, creation or reference.
std::vector<std::string> disagreeing_replays(const LoadOptions& options,
                                             const std::vector<Acknowledged>& acknowledged);

}  // namespace bursar::testing
