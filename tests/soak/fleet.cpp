#include "tests/soak/fleet.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>

#include "base/async.hpp"
#include "testing/postgres.hpp"
#include "testing/run.hpp"

namespace bursar::testing {
namespace {

constexpr std::array roles{"api", "executor", "notifier", "scheduler"};
constexpr std::size_t each = 2;
constexpr int tries_to_find_work = 60;
/// A statement that the stopped process had sent is over by then.
constexpr milliseconds statement_under_way{40};

bool holds_work(const std::string& role) { return role == "executor" || role == "notifier"; }

double seconds_since_epoch(std::chrono::system_clock::time_point at) {
  return std::chrono::duration<double>(at.time_since_epoch()).count();
}

}  // namespace

Fleet::Fleet(const store::DatabaseOptions& database, const Peers& peers, const std::filesystem::path& logs)
    : database_(database), peers_(peers.environment()), logs_(logs) {
  std::filesystem::create_directories(logs_);
  for (const char* role : roles)
    for (std::size_t which = 0; which < each; ++which) start({role, which}, "127.0.0.1:0");
  for (const auto& [member, server] : members_) server->wait_until_ready();
}

void Fleet::start(const Member& member, const std::string& listen) {
  Environment more = peers_;
  more.emplace_back("BURSAR_LISTEN", listen);
  more.emplace_back("BURSAR_API_LOOPS", "1");
  more.emplace_back("BURSAR_RATE_LIMIT", "off");  // the load is one principal's
  members_[member] = std::make_unique<Server>(member.first, serve_environment(database_, more));
}

void Fleet::keep_log(const Member& member) {
  std::ofstream log(logs_ / fmt::format("{}-{}.log", member.first, member.second), std::ios::app);
  log << members_.at(member)->process().err();
}

std::vector<std::string> Fleet::urls() const {
  std::vector<std::string> urls;
  for (const auto& [member, server] : members_)
    if (member.first == "api") urls.push_back(server->url());
  return urls;
}

std::string Fleet::worker_of(Server& server) const {
  const auto rows = query(database_.url, fmt::format("SELECT worker FROM workers WHERE name LIKE '%/{}' "
                                                     "ORDER BY seen_at DESC LIMIT 1",
                                                     server.process().pid()));
  return rows.empty() ? "" : rows[0][0];
}

int Fleet::held_by(const std::string& worker) const {
  const auto rows =
      query(database_.url,
            fmt::format(
                "SELECT (SELECT count(*) FROM chunks c CROSS JOIN LATERAL unnest(c.items) AS item "
                "WHERE c.worker = {0} AND c.claim > 0 AND CASE WHEN c.queue < 100 THEN NOT has_outcome(item) "
                "ELSE NOT has_delivery(item, c.sequence, c.queue, c.target) END) + "
                "(SELECT count(*) FROM messages WHERE worker = {0} AND claim > 0)",
                worker));
  return std::stoi(rows.at(0).at(0));
}

std::optional<Kill> Fleet::stop_with_work(Server& server, const std::string& role) {
  const std::string worker = worker_of(server);
  if (worker.empty()) return std::nullopt;
  for (int attempt = 0; attempt < tries_to_find_work; ++attempt) {
    server.process().signal(SIGSTOP);
    const auto at = std::chrono::system_clock::now();
    run(pause(statement_under_way));
    if (const int held = held_by(worker); held > 0) return Kill{role, worker, at, held};
    server.process().signal(SIGCONT);
    run(pause(statement_under_way));
  }
  return std::nullopt;
}

void Fleet::kill(const std::string& role, std::size_t which) {
  const Member member{role, which};
  Server& server = *members_.at(member);
  std::optional<Kill> kill;
  if (holds_work(role)) {
    kill = stop_with_work(server, role);
    EXPECT_TRUE(kill.has_value()) << role << " " << which << " never held any work";
  }
  if (!kill) kill = Kill{role, "", std::chrono::system_clock::now(), 0};
  const std::string listen = server.url().empty() ? "127.0.0.1:0" : server.url().substr(7);
  server.process().signal(SIGKILL);
  EXPECT_EQ(server.process().wait().code, 128 + SIGKILL) << role << " ended before it was killed";
  kills_.push_back(*kill);
  keep_log(member);
  start(member, listen);
}

void Fleet::stop() {
  for (const auto& [member, server] : members_) server->process().signal(SIGTERM);
  for (const auto& [member, server] : members_) {
    EXPECT_EQ(server->process().wait().code, 0) << member.first << " " << member.second;
    keep_log(member);
  }
  members_.clear();
}

namespace {

std::map<std::string, const Kill*> by_worker(const std::vector<Kill>& kills) {
  std::map<std::string, const Kill*> found;
  for (const Kill& kill : kills)
    if (!kill.worker.empty()) found[kill.worker] = &kill;
  return found;
}

}  // namespace

std::vector<double> finished_again(const std::string& database_url, const std::vector<Kill>& kills) {
  const auto killed = by_worker(kills);
  std::vector<double> times;
  for (const auto& row : query(database_url,
                               "SELECT substring(j.answer FROM '^worker (\\d+) is gone$'), "
                               "extract(epoch FROM e.recorded_at) FROM journal j "
                               "JOIN events e ON e.payment_id = j.payment_id AND e.sequence = 1 "
                               "WHERE j.queue < 100 AND j.entry = 'taken over'"))
    if (const auto kill = killed.find(row[0]); kill != killed.end())
      times.push_back(std::stod(row[1]) - seconds_since_epoch(kill->second->at));
  return times;
}

std::vector<TakeOver> take_overs(const std::string& database_url, const std::vector<Kill>& kills,
                                 std::vector<std::string>& robbed) {
  const auto killed = by_worker(kills);
  std::vector<TakeOver> found;
  for (const auto& row : query(database_url,
                               "SELECT substring(answer FROM '^worker (\\d+) is gone$') AS worker, "
                               "extract(epoch FROM max(recorded_at)), count(*) FROM journal "
                               "WHERE answer ~ '^worker \\d+ is gone$' GROUP BY 1")) {
    const auto kill = killed.find(row[0]);
    if (kill == killed.end()) {
      robbed.push_back(row[0]);
      continue;
    }
    found.push_back(
        {kill->second->role, std::stod(row[1]) - seconds_since_epoch(kill->second->at), std::stoi(row[2])});
  }
  return found;
}

}  // namespace bursar::testing
