#include "private_cluster.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "base/digest.hpp"
#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/log.hpp"
#include "base/task_group.hpp"
#include "base/text.hpp"
#include "pg/connection.hpp"

namespace bursar {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view programs = "/usr/lib/postgresql/15/bin/";
constexpr std::string_view database_user = "postgres";
constexpr std::size_t socket_path_bytes = 107;  // sockaddr_un, with its NUL

// A connection string for libpq; blanks, quotes and backslashes in the path stay what they are.
std::string connection_string(const fs::path& sockets, std::string_view database) {
  std::string quoted;
  for (const char c : sockets.string()) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return fmt::format("host='{}' port=5432 user=postgres dbname={}", quoted, database);
}

bool we_are_root() { return ::geteuid() == 0; }

std::vector<std::pair<std::string, std::string>> plain_environment() {
  return {{"PATH", "/usr/bin:/bin"}, {"LC_ALL", "C"}, {"TZ", "UTC"}};
}

ChildOptions as_database_user(std::vector<std::string> command, std::string log_file = {}) {
  ChildOptions options;
  options.command = std::move(command);
  options.environment = plain_environment();
  options.user = database_user;
  options.log_file = std::move(log_file);
  return options;
}

void give_to_database_user(const fs::path& path) {
  if (!we_are_root()) return;
  const passwd* entry = ::getpwnam(std::string(database_user).c_str());
  if (entry == nullptr)
    throw UsageError(
        "PostgreSQL is not installed: there is no user 'postgres'; run 'make setup' or install "
        "postgresql-15");
  if (::chown(path.c_str(), entry->pw_uid, entry->pw_gid) != 0)
    throw UsageError(
        fmt::format("cannot give {} to the user postgres: {}", path.string(), std::strerror(errno)));
}

// The process whose working folder is the cluster: a postmaster changes into its data folder at its start. A
// pid alone proves nothing; it may be another process's by now.
bool works_in(pid_t pid, const fs::path& cluster) {
  std::error_code error;
  const auto folder = fs::read_symlink(fmt::format("/proc/{}/cwd", pid), error);
  if (error) return false;
  return fs::equivalent(folder, cluster, error) && !error;
}

/// The first process found that works in the cluster; 0: none. Nobody else has it as its working folder.
pid_t somebody_working_in(const fs::path& cluster) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/proc", error)) {
    pid_t pid = 0;
    const std::string name = entry.path().filename();
    const auto read = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (read.ec == std::errc() && read.ptr == name.data() + name.size() && works_in(pid, cluster)) return pid;
  }
  return 0;
}

}  // namespace

fs::path default_data_folder(const std::string& home) {
  if (we_are_root()) return "/var/lib/bursar-dev";
  return fs::path(home) / ".local/share/bursar";
}

PrivateCluster::PrivateCluster(fs::path data_folder)
    : folder_(fs::absolute(std::move(data_folder)).lexically_normal()) {
  if (!folder_.has_filename()) folder_ = folder_.parent_path();
  if (::access((std::string(programs) + "postgres").c_str(), X_OK) != 0)
    throw UsageError(
        fmt::format("PostgreSQL 15 is not installed ({}postgres is missing); run 'make setup', or give a "
                    "server with BURSAR_DATABASE_URL",
                    programs));
  prepare_folders();
  take_lock();
}

PrivateCluster::~PrivateCluster() {
  stop();
  if (lock_ >= 0) ::close(lock_);
}

void PrivateCluster::prepare_folders() {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error)
    throw UsageError(
        fmt::format("cannot make the data folder {}: {}; set BURSAR_DATA_DIR to one you can write",
                    folder_.string(), error.message()));
  fs::permissions(folder_, fs::perms::owner_all, error);
  give_to_database_user(folder_);
  const std::string probe = (folder_ / ".reachable").string();
  if (run_command(as_database_user({"/usr/bin/touch", probe}, "/dev/null")) != 0)
    throw UsageError(fmt::format(
        "the data folder {} cannot be {}; set BURSAR_DATA_DIR to another one", folder_.string(),
        we_are_root()
            ? "reached and written by the user postgres, who runs the database (a folder above it is closed?)"
            : "written"));
  fs::remove(probe, error);
  sockets_ = folder_ / "run";
  // A socket's path has little room; a deep data folder gets its sockets elsewhere, under a name of its own.
  if ((sockets_ / ".s.PGSQL.5432").string().size() >= socket_path_bytes)
    sockets_ = "/tmp/bursar-" + to_hex(sha256(folder_.string())).substr(0, 16);
  for (const auto& made : {sockets_, folder_ / "log"}) {
    fs::create_directories(made, error);
    fs::permissions(made, fs::perms::owner_all, error);
    give_to_database_user(made);
  }
}

void PrivateCluster::take_lock() {
  const fs::path file = folder_ / "lock";
  lock_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock_ < 0)
    throw UsageError(fmt::format("cannot write {}: {}; set BURSAR_DATA_DIR to a folder you can write",
                                 file.string(), std::strerror(errno)));
  if (::flock(lock_, LOCK_EX | LOCK_NB) == 0) return;
  throw UsageError(
      fmt::format("another 'bursar up' uses {}; use it, stop it, or set BURSAR_DATA_DIR to another folder",
                  folder_.string()));
}

void PrivateCluster::set_aside(const fs::path& what) {
  fs::path aside;
  for (int number = 1;; ++number) {
    aside = what.string() + ".set-aside-" + std::to_string(number);
    if (!fs::exists(aside)) break;
  }
  fs::rename(what, aside);
  log::warning("cluster_set_aside", {{"reason", "it was never finished"}, {"kept_as", aside.string()}});
}

void PrivateCluster::write_settings(const fs::path& cluster) {
  std::ofstream file(cluster / "postgresql.conf", std::ios::app);
  file << "\n# Bursar's private cluster: see docs of 'bursar up'.\n"
          "listen_addresses = ''\nport = 5432\nmax_connections = 100\nshared_buffers = 256MB\nmax_wal_size = "
          "2GB\n"
          "wal_compression = lz4\nfsync = on\nfull_page_writes = on\nsynchronous_commit = on\nautovacuum = "
          "on\n"
          "timezone = 'UTC'\nlog_timezone = 'UTC'\nlog_min_messages = warning\n";
  file.close();
  if (!file)
    throw UsageError(fmt::format("cannot write {}/postgresql.conf; is the disk full?", cluster.string()));
}

void PrivateCluster::make_cluster() {
  const fs::path cluster = folder_ / "postgres", making = folder_ / "postgres.making";
  if (fs::exists(making)) set_aside(making);
  if (fs::exists(cluster) && !fs::exists(cluster / "PG_VERSION")) set_aside(cluster);
  if (fs::exists(cluster)) return;
  std::fputs(fmt::format("making a private database in {}…\n", folder_.string()).c_str(), stderr);
  const std::string log = (folder_ / "log/initdb.log").string();
  auto initdb = as_database_user({std::string(programs) + "initdb", "-D", making.string(), "-U", "postgres",
                                  "-A", "trust", "--encoding=UTF8", "--locale=C", "--lc-messages=C"},
                                 log);
  // Asked nicely it would tidy up by path, and remove what the next start makes there.
  initdb.signal_when_we_die = SIGKILL;
  const int code = run_command(std::move(initdb));
  if (code != 0) throw UsageError(fmt::format("making the private database failed; {} says why", log));
  write_settings(making);
  // Under its name only when it is whole.
  fs::rename(making, cluster);
}

void PrivateCluster::stop_left_behind() {
  const fs::path cluster = folder_ / "postgres", file = cluster / "postmaster.pid";
  std::ifstream lines(file);
  pid_t pid = 0;
  lines >> pid;
  lines.close();
  if (pid > 1 && works_in(pid, cluster)) {
    log::info("stopping_server_left_behind", {{"pid", pid}});
    run_command(as_database_user({std::string(programs) + "pg_ctl", "stop", "-s", "-w", "-t", "60", "-m",
                                  "fast", "-D", cluster.string()},
                                 (folder_ / "log/postgres.log").string()));
  }
  // Also the processes of a postmaster that was killed: they end by themselves, and until then the files are
  // theirs.
  const auto end = std::chrono::steady_clock::now() + limits::left_behind_deadline;
  while (const pid_t still = somebody_working_in(cluster)) {
    if (std::chrono::steady_clock::now() > end)
      throw UsageError(fmt::format(
          "a database process of an earlier run (pid {}) does not stop; end it and start again", still));
    ::usleep(std::chrono::microseconds(limits::left_behind_look_every).count());
  }
  // Lock files of a server that is gone. PostgreSQL goes by the pids in them, which may be a zombie's or a
  // stranger's.
  std::error_code absent;
  for (const auto& stale : {file, sockets_ / ".s.PGSQL.5432.lock", sockets_ / ".s.PGSQL.5432"})
    fs::remove(stale, absent);
}

void PrivateCluster::start() {
  make_cluster();
  stop_left_behind();
  const fs::path cluster = folder_ / "postgres";
  auto options = as_database_user({std::string(programs) + "postgres", "-D", cluster.string(), "-c",
                                   "unix_socket_directories=" + sockets_.string()},
                                  (folder_ / "log/postgres.log").string());
  options.signal_when_we_die = SIGINT;  // PostgreSQL's fast shutdown
  server_ = std::make_unique<ChildProcess>(std::move(options));
  wait_until_ready();
}

namespace {

// Makes the database bursar on the first start; true when the server answered.
Task<bool> ask_for_database(std::string maintenance_url) {
  try {
    const auto executor = co_await asio::this_coro::executor;
    pg::ConnectOptions options{
        .url = std::move(maintenance_url), .role = "", .plan_cache_mode = "auto", .hot_plans = false};
    const auto connection = co_await pg::Connection::open(executor, std::move(options));
    const auto found = co_await connection->run_script("SELECT FROM pg_database WHERE datname = 'bursar'",
                                                       limits::statement_deadline);
    if (found.empty()) co_await connection->run_script("CREATE DATABASE bursar", limits::migration_deadline);
    co_return true;
  } catch (const Unavailable&) {
    co_return false;
  }
}

}  // namespace

void PrivateCluster::wait_until_ready() {
  const std::string url = connection_string(sockets_, "postgres");
  auto ask = [](std::string where, bool& answered) -> Task<> {
    answered = co_await ask_for_database(std::move(where));
  };
  bool answered = false;
  while (!answered) {
    // Recovery after a crash may take a while; the server refuses connections until it is through.
    if (const auto status = server_->wait(std::chrono::milliseconds(50)))
      throw UsageError(fmt::format("the private database {}; {} says why", describe_exit(*status),
                                   (folder_ / "log/postgres.log").string()));
    run_to_end(ask(url, answered));
  }
}

void PrivateCluster::stop() {
  if (!server_) return;
  server_->signal(SIGINT);
  if (!server_->wait(std::chrono::seconds(60))) server_->signal(SIGQUIT);
  server_->wait(std::chrono::seconds(5));
  server_ = nullptr;
}

std::string PrivateCluster::url() const { return connection_string(sockets_, "bursar"); }

}  // namespace bursar
