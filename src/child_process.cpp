#include "child_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <linux/close_range.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.hpp"

namespace bursar {
namespace {

struct Identity {
  uid_t user = 0;
  gid_t group = 0;
};

std::optional<Identity> identity_of(const std::string& name) {
  if (name.empty() || ::geteuid() != 0) return std::nullopt;
  const passwd* entry = ::getpwnam(name.c_str());
  if (entry == nullptr)
    throw UsageError(fmt::format(
        "there is no user '{}' on this machine; install Debian's postgresql-15 (make setup)", name));
  return Identity{entry->pw_uid, entry->pw_gid};
}

// Between fork and exec only what is safe there: no memory is allocated. 127 = the program could not be run.
struct Prepared {
  std::vector<char*> arguments, environment;
  std::optional<Identity> identity;
  int output = -1;
  int signal_when_we_die = 0;
  pid_t parent = 0;
};

[[noreturn]] void become(const Prepared& prepared) {
  ::setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::umask(077);
  if (prepared.output >= 0) {
    ::dup2(prepared.output, STDOUT_FILENO);
    ::dup2(prepared.output, STDERR_FILENO);
  }
  const int null = ::open("/dev/null", O_RDONLY);
  if (null >= 0) ::dup2(null, STDIN_FILENO);
  ::syscall(SYS_close_range, 3U, ~0U, 0U);
  if (prepared.identity) {
    if (::setgroups(0, nullptr) != 0 || ::setgid(prepared.identity->group) != 0 ||
        ::setuid(prepared.identity->user) != 0)
      ::_exit(127);
  }
  // After the change of user, which would clear it.
  ::prctl(PR_SET_PDEATHSIG, prepared.signal_when_we_die);
  if (::getppid() != prepared.parent) ::_exit(127);
  ::execve(prepared.arguments[0], prepared.arguments.data(), prepared.environment.data());
  ::_exit(127);
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (auto& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

}  // namespace

ChildProcess::ChildProcess(ChildOptions options) {
  if (::access(options.command.at(0).c_str(), X_OK) != 0)
    throw UsageError(fmt::format("cannot run {}: {}; is everything installed (make setup)?",
                                 options.command[0], std::strerror(errno)));
  std::vector<std::string> variables;
  for (const auto& [name, value] : options.environment) variables.push_back(name + "=" + value);
  Prepared prepared;
  prepared.arguments = pointers(options.command);
  prepared.environment = pointers(variables);
  prepared.identity = identity_of(options.user);
  prepared.signal_when_we_die = options.signal_when_we_die;
  prepared.parent = ::getpid();
  if (!options.log_file.empty()) {
    prepared.output = ::open(options.log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (prepared.output < 0)
      throw UsageError(fmt::format("cannot write {}: {}", options.log_file, std::strerror(errno)));
  }
  pid_ = ::fork();
  if (pid_ == 0) become(prepared);
  const int failure = errno;
  if (prepared.output >= 0) ::close(prepared.output);
  if (pid_ < 0)
    throw UsageError(fmt::format("cannot start {}: {}", options.command[0], std::strerror(failure)));
}

ChildProcess::~ChildProcess() {
  if (poll()) return;
  signal(SIGKILL);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
}

void ChildProcess::signal(int number) {
  if (!poll()) ::kill(pid_, number);
}

std::optional<int> ChildProcess::poll() {
  if (status_) return status_;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) == pid_) status_ = status;
  return status_;
}

std::optional<int> ChildProcess::wait(std::chrono::milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (!poll() && std::chrono::steady_clock::now() < end) ::usleep(10'000);
  return status_;
}

int run_command(ChildOptions options) {
  ChildProcess child(std::move(options));
  while (!child.wait(std::chrono::hours(1))) {
  }
  const int status = *child.poll();
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string describe_exit(int status) {
  if (WIFSIGNALED(status)) return fmt::format("was ended by signal {}", WTERMSIG(status));
  return fmt::format("exited with code {}", WEXITSTATUS(status));
}

}  // namespace bursar
