// An append-only file of JSON lines that a development peer fsyncs before it answers, so that what it says it
// did can be compared with Bursar's database after any crash. Commits in groups: every line that waits goes
// with one fsync, on a thread of its own, so that the loop goes on meanwhile. One loop; owned by the gateway
// simulator and the sinks; read by tests and by the audit.
#pragma once
#include <unistd.h>

#include <boost/asio/thread_pool.hpp>
#include <boost/json/object.hpp>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/async.hpp"

namespace bursar::devtools {

class Ledger {
 public:
  /// fdatasync(2), or what a test takes for it.
  using Sync = std::function<int(int descriptor)>;

  /// Opens or creates the file and takes it for itself; a line torn by a crash is cut off. Throws UsageError
  /// that names the file when that is impossible or another process has it.
  Ledger(const Executor& executor, std::filesystem::path file, Sync sync = ::fdatasync);
  ~Ledger();
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  /// Adds one JSON object as a line. Not durable yet.
  void append(std::string_view line);
  /// Returns when everything appended before is on disk. Throws Unavailable when the disk refuses: then the
  /// ledger is closed for good, because memory and file may differ.
  Task<> durable();

  /// The writer; its owner spawns it and cancels it.
  Task<> run();

  const std::filesystem::path& file() const { return file_; }

 private:
  struct Batch {
    explicit Batch(const Executor& executor) : written(executor) {}
    Event written;
    bool failed = false;
  };
  Task<bool> write_elsewhere(std::string text);
  bool write_and_sync(const std::string& text);

  Executor executor_;
  std::filesystem::path file_;
  int descriptor_ = -1;
  Sync sync_;
  asio::thread_pool writer_{1};
  std::string pending_;
  std::shared_ptr<Batch> batch_;    // of what is pending
  std::shared_ptr<Batch> writing_;  // null: nothing is on its way to the disk
  Event waiting_;
  bool failed_ = false;
};

/// Hands every line of the file to `use`, in order; a last line without its end is left out. Returns the
/// bytes of whole lines. Throws UsageError with the line's number when one is no JSON object; an absent file
/// has no lines.
std::uintmax_t read_ledger(const std::filesystem::path& file,
                           const std::function<void(const boost::json::object&)>& use);

}  // namespace bursar::devtools
