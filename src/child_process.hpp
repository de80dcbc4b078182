// A program that `bursar up` runs beside itself: in a process group of its own (Ctrl-C reaches only us, we
// stop the children in order), without our descriptors, and gone when we are gone, even after SIGKILL.
#pragma once
#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace bursar {

struct ChildOptions {
  std::vector<std::string> command;  // an absolute path first
  /// The whole environment: nothing of ours is inherited by accident.
  std::vector<std::pair<std::string, std::string>> environment;
  /// Changes to this user when we are root ("postgres"); empty: stays.
  std::string user;
  /// Both output streams are appended here; empty: ours.
  std::string log_file;
  /// What the kernel sends the child when we die.
  int signal_when_we_die = 15;
};

class ChildProcess {
 public:
  /// Throws UsageError when the program cannot be run.
  explicit ChildProcess(ChildOptions options);
  /// Ends it with SIGKILL if it still runs.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }
  void signal(int number);
  /// The exit status as waitpid() gives it, without waiting; nullopt while it runs.
  std::optional<int> poll();
  /// Waits at most so long for its end.
  std::optional<int> wait(std::chrono::milliseconds time);

 private:
  pid_t pid_ = -1;
  std::optional<int> status_;
};

/// Runs a command to its end and returns its exit code; -1 when a signal ended it.
int run_command(ChildOptions options);

/// "exited with code 3", "was ended by signal 9".
std::string describe_exit(int status);

}  // namespace bursar
