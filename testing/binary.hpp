// The built `bursar` as tests see it: a process with its own environment, its output, and HTTP to what it
// serves. Finds the binary in the build folder. Every port is chosen by the system.
#pragma once
#include <sys/types.h>

#include <boost/json/object.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bursar::testing {

using Environment = std::vector<std::pair<std::string, std::string>>;

/// A folder that goes away with its owner.
class TemporaryFolder {
 public:
  /// `name` may hold blanks and the like; it is the last part of the path.
  explicit TemporaryFolder(const std::string& name = "folder");
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path root_, path_;
};

struct Finished {
  int code = -1;  // of exit(); 128 + n after signal n
  std::string out, err;
};

class Binary {
 public:
  /// Starts `bursar <arguments>` with exactly this environment and PATH, HOME. Runs in a temporary folder of
  /// its own, so that no .env is found, unless `folder` says where.
  Binary(std::vector<std::string> arguments, const Environment& environment,
         const std::optional<std::filesystem::path>& folder = std::nullopt);
  /// Ends it with SIGKILL if it still runs.
  ~Binary();
  Binary(const Binary&) = delete;
  Binary& operator=(const Binary&) = delete;

  pid_t pid() const { return pid_; }
  void signal(int number);
  bool has_ended();
  /// Its end. Fails the test program when it has not come in time.
  Finished wait(std::chrono::milliseconds time = std::chrono::seconds(60));

  /// The first JSON line on stderr with that "event". Fails the test program when the process ends without
  /// it, or the time is over.
  boost::json::object wait_for_event(std::string_view event,
                                     std::chrono::milliseconds time = std::chrono::seconds(60));
  /// Likewise, text on stdout.
  std::string wait_for_output(std::string_view text,
                              std::chrono::milliseconds time = std::chrono::seconds(60));
  std::string out() const;
  std::string err() const;

 private:
  TemporaryFolder folder_;
  pid_t pid_ = -1;
  std::optional<int> status_;
};

/// Runs it to its end.
Finished run_binary(std::vector<std::string> arguments, const Environment& environment = {},
                    const std::optional<std::filesystem::path>& folder = std::nullopt);

struct Reply {
  int status = 0;  // 0: no answer
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  /// Of a body that is a JSON object; empty otherwise.
  boost::json::object json;

  /// A text member; empty where there is none.
  std::string text(std::string_view member) const;
  std::string header(std::string_view name) const;
};

/// One request on a connection of its own. `url` is "http://127.0.0.1:8000"; for https only the certificates
/// of `ca_file` are trusted.
Reply request(const std::string& url, const std::string& method, const std::string& path,
              std::vector<std::pair<std::string, std::string>> headers = {}, const std::string& body = {},
              const std::string& ca_file = {});

/// Asks GET until `status` comes; fails the test program when it does not within `time`.
Reply wait_for_status(const std::string& url, const std::string& path, int status,
                      std::chrono::milliseconds time = std::chrono::seconds(30));

/// Asks until it is so; false when it is not within `time`.
bool eventually(const std::function<bool()>& is_so,
                std::chrono::milliseconds time = std::chrono::seconds(30));

}  // namespace bursar::testing
