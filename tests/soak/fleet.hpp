// A deployment in small: two `serve` processes of every role on one database. Each can be killed with SIGKILL
// and comes back at once, an API process on the same port, as a supervisor and a load balancer would have it.
#pragma once
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/binary/peers.hpp"
#include "tests/binary/settings.hpp"

namespace bursar::testing {

/// One SIGKILL and what became of the work the process held.
struct Kill {
  std::string role;
  /// Its number among the workers; empty for a role that holds nothing.
  std::string worker;
  std::chrono::system_clock::time_point at;
  /// Items in its hands, claimed and without outcome.
  int held = 0;
};

class Fleet {
 public:
  /// All ready when it returns. `logs`: a folder for what the processes say.
  Fleet(const store::DatabaseOptions& database, const Peers& peers, const std::filesystem::path& logs);

  /// Of the API processes.
  std::vector<std::string> urls() const;
  std::size_t processes() const { return members_.size(); }

  /// Kills one of the two and starts its successor. A worker is killed with work in its hands: it is stopped
  /// (SIGSTOP) until the database says that it holds something, then killed without having run again.
  void kill(const std::string& role, std::size_t which);
  const std::vector<Kill>& kills() const { return kills_; }

  /// SIGTERM to all; expects that each ends with 0.
  void stop();

 private:
  using Member = std::pair<std::string, std::size_t>;
  void start(const Member& member, const std::string& listen);
  void keep_log(const Member& member);
  std::string worker_of(Server& server) const;
  int held_by(const std::string& worker) const;
  /// Leaves it stopped; nullopt when it never held anything.
  std::optional<Kill> stop_with_work(Server& server, const std::string& role);

  store::DatabaseOptions database_;
  Environment peers_;
  std::filesystem::path logs_;
  std::map<Member, std::unique_ptr<Server>> members_;
  std::vector<Kill> kills_;
};

/// From a kill to the moment its last item was taken over, by the journal.
struct TakeOver {
  std::string role;
  double seconds = 0;
  int items = 0;
};
/// Of the kills of workers that held something. `robbed` gets the workers that were taken over and never
/// killed.
std::vector<TakeOver> take_overs(const std::string& database_url, const std::vector<Kill>& kills,
                                 std::vector<std::string>& robbed);
/// From a kill to the outcome of each payment that was taken over, in seconds.
std::vector<double> finished_again(const std::string& database_url, const std::vector<Kill>& kills);

}  // namespace bursar::testing
