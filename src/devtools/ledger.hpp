// An append-only file of JSON lines that a development peer fsyncs before it answers, so that what it says it
// did can be compared with Bursar's database after any crash. Commits in groups: every line that waits goes
// with one fsync. One loop; owned by the gateway simulator; read by tests and by the audit.
#pragma once
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
  /// Opens or creates the file and takes it for itself; a line torn by a crash is cut off. Throws UsageError
  /// that names the file when that is impossible or another process has it.
  Ledger(const Executor& executor, std::filesystem::path file);
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
  bool write_and_sync(const std::string& text);

  Executor executor_;
  std::filesystem::path file_;
  int descriptor_ = -1;
  std::string pending_;
  std::shared_ptr<Batch> batch_;
  Event waiting_;
  bool failed_ = false;
};

/// Hands every line of the file to `use`, in order; a last line without its end is left out. Returns the
/// bytes of whole lines. Throws UsageError with the line's number when one is no JSON object; an absent file
/// has no lines.
std::uintmax_t read_ledger(const std::filesystem::path& file,
                           const std::function<void(const boost::json::object&)>& use);

}  // namespace bursar::devtools
