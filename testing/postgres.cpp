#include "testing/postgres.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "base/digest.hpp"
#include "base/random.hpp"
#include "base/text.hpp"
#include "base/uuid.hpp"
#include "store/migrations.hpp"
#include "testing/run.hpp"

namespace bursar::testing {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view binaries = "/usr/lib/postgresql/15/bin/";

[[noreturn]] void give_up(const std::string& what) {
  std::cerr << "test support: " << what << std::endl;
  std::abort();
}

// PostgreSQL refuses to run as root; Debian's package made the user postgres.
std::string as_database_user() {
  return ::geteuid() == 0 ? "setpriv --reuid=postgres --regid=postgres --clear-groups " : "";
}

void shell(const std::string& command) {
  if (std::system(command.c_str()) != 0) give_up("failed: " + command);
}

std::string short_hash(const std::string& text) { return to_hex(sha256(text)).substr(0, 12); }

std::string url_of(const std::string& folder, const std::string& database) {
  return fmt::format("host={} port=5432 user=postgres dbname={}", folder, database);
}

void make_folder(const std::string& folder) {
  fs::create_directories(folder);
  fs::permissions(folder, fs::perms::owner_all | fs::perms::group_read | fs::perms::group_exec |
                              fs::perms::others_read | fs::perms::others_exec);
  if (::geteuid() == 0) shell("chown postgres:postgres " + folder);
}

constexpr std::string_view settings =
    "listen_addresses = ''\nmax_connections = 300\nshared_buffers = 128MB\nmax_wal_size = 2GB\n"
    "log_min_messages = fatal\n";
constexpr std::string_view counting =
    "shared_preload_libraries = pg_stat_statements\npg_stat_statements.max = 20000\n"
    "pg_stat_statements.track_utility = off\n";

// Only where scripts/test.sh wants to know what was run, in the last step.
bool counts_statements() { return fs::exists(BURSAR_BUILD_DIR "/statements"); }

void init_cluster(const std::string& folder, bool fsync) {
  make_folder(folder);
  shell(fmt::format(
      "{}{}initdb -D {}/data -U postgres -A trust --encoding=UTF8 --locale=C --no-sync >{}/initdb.log 2>&1",
      as_database_user(), binaries, folder, folder));
  std::ofstream configuration(folder + "/data/postgresql.conf", std::ios::app);
  configuration << settings << "unix_socket_directories = '" << folder << "'\n";
  if (counts_statements()) configuration << counting;
  if (!fsync) configuration << "fsync = off\nfull_page_writes = off\n";
}

std::string pg_ctl(const std::string& folder, const std::string& arguments) {
  return fmt::format("{}{}pg_ctl -s -w -t 60 -D {}/data -l {}/server.log {} </dev/null >/dev/null 2>&1",
                     as_database_user(), binaries, folder, folder, arguments);
}

bool is_running(const std::string& folder) {
  return fs::exists(folder + "/data/postmaster.pid") && std::system(pg_ctl(folder, "status").c_str()) == 0;
}

// The lock ends with its descriptor, so also with a killed process.
int hold_lock(const std::string& path, int how) {
  const int file = ::open(path.c_str(), O_CREAT | O_RDONLY | O_CLOEXEC, 0666);
  if (file < 0 || ::flock(file, how) != 0) give_up("cannot lock " + path);
  return file;
}

class FileLock {
 public:
  explicit FileLock(const std::string& path) : file_(hold_lock(path, LOCK_EX)) {}
  ~FileLock() { ::close(file_); }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int file_;
};

void touch(const std::string& path) { std::ofstream(path, std::ios::trunc) << "used\n"; }

// Ends a test's own cluster when its process is gone without having done so: the lock ends with the process.
void start_undertaker(const std::string& folder) {
  const std::string script =
      fmt::format("flock {0}/owner true; [ -d {0}/data ] && {1}; rm -rf {0} {0}.template.lock", folder,
                  pg_ctl(folder, "-m immediate stop"));
  shell(fmt::format("setsid sh -c '{}' </dev/null >/dev/null 2>&1 &", script));
}

// Ends the cluster a minute after its last use and when no test database is left (their owners hold a shared
// lock, which also ends with a killed process); asks under the lock, so that nobody finds it half ended.
void start_supervisor(const std::string& folder) {
  const std::string script = fmt::format(
      "while sleep 5; do exec 9>{0}.lock; flock 9; "
      "if [ $(($(date +%s) - $(stat -c %Y {0}/used))) -ge 60 ] && flock -nx {0}/used true; "
      "then {1} rm -rf {0}; exit; fi; "
      "flock -u 9; exec 9>&-; done",
      folder, pg_ctl(folder, "-m immediate stop") + ";");
  shell(fmt::format("setsid sh -c '{}' </dev/null >/dev/null 2>&1 &", script));
}

void start_counting(const std::string& maintenance_url) {
  if (!counts_statements()) return;
  query(maintenance_url, "CREATE EXTENSION pg_stat_statements");
}

// The names of our statements that were run in the database, into a file of the folder that scripts/test.sh
// made, if it did. Forgotten then: what is counted stays short.
void note_statements(const std::string& maintenance_url, const std::string& database) {
  if (!counts_statements()) return;
  const fs::path folder = BURSAR_BUILD_DIR "/statements";
  std::ofstream names(folder / database);
  for (const auto& row : query(maintenance_url,
                               "SELECT DISTINCT substring(query FROM '^/[*](\\w+)[*]/') FROM"
                               " pg_stat_statements JOIN pg_database d ON d.oid = dbid WHERE datname = '" +
                                   database + "' AND query LIKE '/*%'"))
    names << row[0] << "\n";
  query(maintenance_url,
        "SELECT pg_stat_statements_reset(0, oid, 0) FROM pg_database WHERE datname = '" + database + "'");
}

std::string template_name() {
  std::string text;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(BURSAR_SOURCE_DIR "/src/store/migrations"))
    files.push_back(entry);
  std::ranges::sort(files);
  for (const auto& file : files) {
    std::ostringstream content;
    content << std::ifstream(file).rdbuf();
    text += content.str();
  }
  return "template_" + short_hash(text);
}

void make_template(const std::string& maintenance_url, const std::string& folder) {
  const std::string name = template_name();
  if (query(maintenance_url, "SELECT 1 FROM pg_database WHERE datname = '" + name + "' AND NOT datallowconn")
          .size() == 1)
    return;
  query(maintenance_url, "DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
  query(maintenance_url, "CREATE DATABASE " + name);
  store::DatabaseOptions options;
  options.url = url_of(folder, name);
  run(store::migrate(options));
  query(maintenance_url, "ALTER DATABASE " + name + " ALLOW_CONNECTIONS false");
  query(maintenance_url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + name + "'");
}

// The cluster all test programs of this build folder share.
std::string shared_cluster() {
  const std::string folder = "/tmp/bursar-test-" + short_hash(BURSAR_BUILD_DIR + std::to_string(::geteuid()) +
                                                              std::string(settings));
  const FileLock lock(folder + ".lock");
  if (!is_running(folder)) {
    fs::remove_all(folder);
    init_cluster(folder, false);
    shell(pg_ctl(folder, "start"));
    start_counting(url_of(folder, "postgres"));
    touch(folder + "/used");
    start_supervisor(folder);
  }
  touch(folder + "/used");
  make_template(url_of(folder, "postgres"), folder);
  return folder;
}

std::string folder_of(const std::string& url) {
  const auto from = url.find("host=") + 5;
  return url.substr(from, url.find(' ', from) - from);
}

}  // namespace

Rows query(const std::string& url, const std::string& sql) {
  PGconn* connection = PQconnectdb(url.c_str());
  if (PQstatus(connection) != CONNECTION_OK) give_up(PQerrorMessage(connection));
  PQsetNoticeProcessor(connection, [](void*, const char*) {}, nullptr);
  PGresult* result = PQexec(connection, sql.c_str());
  const auto status = PQresultStatus(result);
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
    give_up(PQresultErrorMessage(result) + (" in " + sql));
  Rows rows;
  for (int row = 0; row < PQntuples(result); ++row) {
    rows.emplace_back();
    for (int column = 0; column < PQnfields(result); ++column)
      rows.back().push_back(PQgetisnull(result, row, column) == 1 ? "∅" : PQgetvalue(result, row, column));
  }
  PQclear(result);
  PQfinish(connection);
  return rows;
}

TestDatabase::TestDatabase() : TestDatabase(url_of(shared_cluster(), "postgres")) {}

TestDatabase::TestDatabase(const std::string& cluster_url)
    : TestDatabase(cluster_url, "TEMPLATE " + template_name()) {}

TestDatabase TestDatabase::empty(const std::string& how) {
  return TestDatabase(url_of(shared_cluster(), "postgres"), how);
}

TestDatabase::TestDatabase(const std::string& cluster_url, const std::string& how)
    : cluster_url_(cluster_url) {
  SystemRandom random;
  name_ = "test_" + to_hex(random_uuid(random).bytes);
  const std::string folder = folder_of(cluster_url);
  in_use_ = hold_lock(folder + "/used", LOCK_SH);
  {
    const FileLock lock(folder + ".template.lock");
    make_template(cluster_url_, folder);
    testing::query(cluster_url_, "CREATE DATABASE " + name_ + " " + how);
  }
  options_.url = url_of(folder, name_);
}

TestDatabase::~TestDatabase() {
  note_statements(cluster_url_, name_);
  testing::query(cluster_url_, "DROP DATABASE IF EXISTS " + name_ + " WITH (FORCE)");
  touch(folder_of(cluster_url_) + "/used");
  ::close(in_use_);
}

std::string TestDatabase::value(const std::string& sql) const {
  const Rows rows = query(sql);
  if (rows.size() != 1 || rows[0].size() != 1) give_up("expected one value from " + sql);
  return rows[0][0];
}

TestCluster::TestCluster(bool fsync) {
  SystemRandom random;
  folder_ = "/tmp/bursar-cluster-" + to_hex(random_uuid(random).bytes).substr(0, 12);
  make_folder(folder_);
  owned_ = hold_lock(folder_ + "/owner", LOCK_EX);
  start_undertaker(folder_);
  init_cluster(folder_, fsync);
  url_ = url_of(folder_, "postgres");
  start();
  start_counting(url_);
}

TestCluster::~TestCluster() {
  if (is_running(folder_)) stop("immediate");
  fs::remove_all(folder_);
  fs::remove(folder_ + ".template.lock");
  ::close(owned_);
}

// Behind a kill the last children of the old postmaster may still hold its shared memory: then again.
void TestCluster::start() {
  for (int attempt = 0; attempt < 100; ++attempt) {
    if (std::system(pg_ctl(folder_, "start").c_str()) == 0) return;
  }
  std::ostringstream log;
  log << std::ifstream(folder_ + "/server.log").rdbuf();
  give_up("PostgreSQL does not start in " + folder_ + ":\n" + log.str());
}
void TestCluster::stop(const std::string& mode) { shell(pg_ctl(folder_, "-m " + mode + " stop")); }
void TestCluster::restart(const std::string& mode) {
  stop(mode);
  start();
}
void TestCluster::kill() {
  std::ifstream file(folder_ + "/data/postmaster.pid");
  pid_t postmaster = 0;
  file >> postmaster;
  if (postmaster <= 1) give_up("no postmaster in " + folder_);
  // The wrapper of glibc 2.36 is not declared for C++.
  const auto descriptor = static_cast<int>(::syscall(SYS_pidfd_open, postmaster, 0));
  pollfd ended{.fd = descriptor, .events = POLLIN, .revents = 0};
  ::kill(postmaster, SIGKILL);
  if (ended.fd < 0 || ::poll(&ended, 1, -1) != 1) give_up("cannot wait for the postmaster's end");
  ::close(ended.fd);
}

}  // namespace bursar::testing
