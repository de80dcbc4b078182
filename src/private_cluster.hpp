// The private PostgreSQL of `bursar up`: made at the first start, reused later, never shared. Independent of
// the caller's locale, umask, time zone and PG* variables. One `up` per data folder, held by a lock.
#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "child_process.hpp"

namespace bursar {

class PrivateCluster {
 public:
  /// Takes the folder (made if missing). Throws UsageError that says what to do when another `up` has it,
  /// when it cannot be written, when the user postgres cannot reach it, or when PostgreSQL's programs are
  /// missing.
  explicit PrivateCluster(std::filesystem::path data_folder);
  /// Stops the server.
  ~PrivateCluster();

  /// Makes the cluster if there is none (a half-made one is set aside), stops a server that a killed run left
  /// behind, starts a new one and returns when it answers.
  void start();
  /// Fast: open transactions are rolled back, everything acknowledged is on disk.
  void stop();

  /// For BURSAR_DATABASE_URL: a Unix socket, the user postgres, the database bursar.
  std::string url() const;
  /// Its end, if it ended by itself.
  std::optional<int> ended() { return server_ ? server_->poll() : std::nullopt; }
  const std::filesystem::path& folder() const { return folder_; }

 private:
  void take_lock();
  void prepare_folders();
  void make_cluster();
  void set_aside(const std::filesystem::path& what);
  void stop_left_behind();
  void wait_until_ready();
  void write_settings(const std::filesystem::path& cluster);

  std::filesystem::path folder_;
  std::filesystem::path sockets_;
  int lock_ = -1;
  std::unique_ptr<ChildProcess> server_;
};

/// ~/.local/share/bursar, as root /var/lib/bursar-dev. `home` is $HOME.
std::filesystem::path default_data_folder(const std::string& home);

}  // namespace bursar
