// Real PostgreSQL for tests. One shared cluster serves all test programs of a build folder: the first that
// needs it starts it, a supervisor ends it a minute after its last use. Tests that stop or kill a server have
// a cluster of their own. Loopback only: Unix sockets.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "store/database.hpp"

namespace bursar::testing {

/// Rows as text, for assertions past the code under test; NULL is "∅".
using Rows = std::vector<std::vector<std::string>>;

/// Runs SQL as the cluster's superuser and returns the rows of the last statement. A failure fails the test
/// program.
Rows query(const std::string& url, const std::string& sql);

/// A database with the whole schema, from a template; dropped at the end.
class TestDatabase {
 public:
  TestDatabase();
  /// In a cluster of the test's own.
  explicit TestDatabase(const std::string& cluster_url);
  /// Without a schema; `how` goes behind CREATE DATABASE <name>.
  static TestDatabase empty(const std::string& how = "");
  ~TestDatabase();
  TestDatabase(const TestDatabase&) = delete;
  TestDatabase& operator=(const TestDatabase&) = delete;

  const store::DatabaseOptions& options() const { return options_; }
  Rows query(const std::string& sql) const { return testing::query(options_.url, sql); }
  /// The only value of the only row.
  std::string value(const std::string& sql) const;

 private:
  TestDatabase(const std::string& cluster_url, const std::string& how);
  std::string cluster_url_;
  std::string name_;
  int in_use_ = -1;  // holds the lock that keeps the cluster running
  store::DatabaseOptions options_;
};

/// A cluster of the test's own, for faults. fsync is on when the test is about crashes of the server.
class TestCluster {
 public:
  explicit TestCluster(bool fsync = false);
  ~TestCluster();
  TestCluster(const TestCluster&) = delete;
  TestCluster& operator=(const TestCluster&) = delete;

  /// Of the maintenance database.
  const std::string& url() const { return url_; }
  void start();
  /// "fast" or "immediate".
  void stop(const std::string& mode);
  void restart(const std::string& mode);
  /// SIGKILL to the postmaster; its children then end by themselves.
  void kill();

 private:
  std::string folder_;
  std::string url_;
  int owned_ = -1;  // the lock that ends with this process, and its cluster with it
};

}  // namespace bursar::testing
