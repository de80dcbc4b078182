// `bursar up`: from nothing to a paid, told and counted payment; and what happens when it is stopped, killed
// or started twice.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <boost/json/array.hpp>
#include <fstream>

#include "base/json.hpp"
#include "http/server.hpp"
#include "testing/tls_identity.hpp"
#include "tests/binary/settings.hpp"

namespace bursar::testing {
namespace {

namespace fs = std::filesystem;

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

/// A data folder with a blank in its path, and settings in which every port is free and the caller's locale
/// and time zone are odd.
struct Place {
  TemporaryFolder folder{"data with a blank"};
  Environment environment{{"BURSAR_DATA_DIR", folder.path().string()},
                          {"BURSAR_LISTEN", "127.0.0.1:0"},
                          {"BURSAR_OPS_LISTEN", "127.0.0.1:0"},
                          {"BURSAR_GATEWAY_SIM_LISTEN", "127.0.0.1:0"},
                          {"BURSAR_SMTP_SINK_LISTEN", "127.0.0.1:0"},
                          {"BURSAR_SINKS_LISTEN", "127.0.0.1:0"},
                          {"BURSAR_API_LOOPS", "1"},
                          {"LC_ALL", "tr_TR.UTF-8"},
                          {"TZ", "Asia/Kathmandu"},
                          {"PGDATA", "/nowhere"},
                          {"PGHOST", "nowhere.invalid"}};

  /// A verb that finds the running `up` through dev.env.
  Finished run(std::vector<std::string> arguments) const {
    return run_binary(std::move(arguments), {{"BURSAR_DATA_DIR", folder.path().string()}});
  }
  json::array rows(std::vector<std::string> arguments) const {
    const Finished result = run(std::move(arguments));
    EXPECT_EQ(result.code, 0) << result.err;
    return json::parse(result.out).value().as_array();
  }
};

std::string text_of(const json::value& row, std::string_view member) {
  return std::string(row.at(member).as_string());
}

/// How many entries have the text in the member.
std::int64_t count(const json::array& rows, std::string_view member, const std::string& text) {
  return std::ranges::count_if(rows, [&](const json::value& row) { return text_of(row, member) == text; });
}

/// A message may come a moment after its payment's outcome.
json::array messages_of(const Place& place, const std::vector<std::string>& verb, const std::string& event) {
  json::array rows;
  const auto has_come = [&] {
    rows = place.rows(verb);
    return count(rows, "event", event) > 0;
  };
  EXPECT_TRUE(eventually(has_come)) << "no message of " << event;
  return rows;
}

std::string shell(const std::string& line) {
  std::string output;
  FILE* pipe = popen(("LC_ALL=C " + line).c_str(), "r");
  std::array<char, 4096> buffer;
  while (const std::size_t size = fread(buffer.data(), 1, buffer.size(), pipe))
    output.append(buffer.data(), size);
  EXPECT_EQ(pclose(pipe), 0) << line;
  return output;
}

std::string line_starting_with(const std::string& text, std::string_view start) {
  const std::size_t begin = text.find("\n" + std::string(start)) + 1;
  return text.substr(begin, text.find('\n', begin) - begin);
}

std::vector<pid_t> children_of(pid_t parent) {
  std::ifstream file(fmt::format("/proc/{0}/task/{0}/children", parent));
  std::vector<pid_t> children;
  for (pid_t child = 0; file >> child;) children.push_back(child);
  return children;
}

/// Pays and sees the outcome.
json::object pay(const Place& place, const std::string& amount, int code) {
  const Finished paid =
      place.run({"payments", "create", "--amount", amount, "--currency", "EUR", "--wait", "-o", "json"});
  EXPECT_EQ(paid.code, code) << paid.err;
  return json::parse(paid.out).value().as_object();
}

TEST(Up, EndsInABannerWhosePastedLinePaysTellsAndCounts) {
  const Place place;
  Binary up({"up"}, place.environment);
  const std::string banner = up.wait_for_output("Ctrl-C stops everything");
  const json::value pasted = json::parse(shell(line_starting_with(banner, "curl "))).value();
  EXPECT_EQ(text_of(pasted, "status"), "PENDING");
  const std::string id = text_of(pasted, "id");
  EXPECT_TRUE(contains(up.err(), "making a private database in " + place.folder.path().string())) << up.err();
  EXPECT_EQ(place.run({"payments", "wait", id}).code, 0);
  const Finished story = place.run({"payments", "timeline", id});
  EXPECT_EQ(story.code, 0) << story.err;
  EXPECT_TRUE(contains(story.out, "accepted")) << story.out;
  EXPECT_TRUE(contains(story.err, "The gateway took the money")) << story.err;
  const json::array mails = messages_of(place, {"mail", "list", "-o", "json"}, id + ".1");
  EXPECT_EQ(count(mails, "event", id + ".1"), 1);
  EXPECT_EQ(text_of(mails[0], "recipient"), "demo@example.test");
  EXPECT_EQ(count(messages_of(place, {"sms", "list", "-o", "json"}, id + ".1"), "event", id + ".1"), 1);

  const json::object declined = pay(place, "40200", 9);
  EXPECT_EQ(declined.at("status").as_string(), "FAILED");
  EXPECT_EQ(declined.at("failure_code").as_string(), "generic_decline");
  const std::string second = std::string(declined.at("id").as_string()) + ".1";
  EXPECT_EQ(count(messages_of(place, {"mail", "list", "-o", "json"}, second), "event", second), 1);
  // By itself, within a look of the scheduler.
  const auto is_counted = [&] {
    const json::array days = place.rows({"analytics", "show", "-o", "json"});
    return days.size() == 1 && days[0].at("accepted").as_int64() == 2 &&
           days[0].at("succeeded").as_int64() == 1 && days[0].at("failed").as_int64() == 1;
  };
  EXPECT_TRUE(eventually(is_counted));
  EXPECT_EQ(place.run({"analytics", "run"}).code, 0);
  const fs::path ledger = place.folder.path() / "peers" / "gateway-ledger.jsonl";
  const Finished audit = place.run({"audit", "--settled-after", "0s", "--gateway-ledger", ledger.string()});
  EXPECT_EQ(audit.code, 0) << audit.out << audit.err;
}

TEST(Up, CtrlCStopsEverythingAndTheNextStartHasTheData) {
  const Place place;
  std::vector<pid_t> children;
  {
    Binary up({"up"}, place.environment);
    up.wait_for_output("Ctrl-C stops everything");
    pay(place, "1234", 0);
    children = children_of(up.pid());
    EXPECT_EQ(children.size(), 3U);
    up.signal(SIGINT);
    EXPECT_EQ(up.wait().code, 0);
  }
  for (const pid_t child : children) EXPECT_NE(::kill(child, 0), 0) << "a child still runs";
  EXPECT_FALSE(fs::exists(place.folder.path() / "postgres" / "postmaster.pid"));
  Binary up({"up"}, place.environment);
  up.wait_for_output("Ctrl-C stops everything");
  EXPECT_EQ(place.rows({"payments", "list", "-o", "json"}).size(), 1U);
}

TEST(Up, WithACertificateEveryLineOfTheBannerAndEveryVerbUsesIt) {
  const TestIdentity identity;
  Place place;
  place.environment.emplace_back("BURSAR_TLS_CERTIFICATE_FILE", identity.certificate_file());
  place.environment.emplace_back("BURSAR_TLS_KEY_FILE", identity.key_file());
  Binary up({"up"}, place.environment);
  const std::string banner = up.wait_for_output("Ctrl-C stops everything");
  EXPECT_TRUE(contains(banner, "https://127.0.0.1:")) << banner;
  const json::value pasted = json::parse(shell(line_starting_with(banner, "curl "))).value();
  EXPECT_EQ(text_of(pasted, "status"), "PENDING");
  pay(place, "1234", 0);
}

TEST(Up, StartsHoweverLittleIsLogged) {
  Place place;
  place.environment.emplace_back("BURSAR_LOG_LEVEL", "error");
  Binary up({"up"}, place.environment);
  up.wait_for_output("Ctrl-C stops everything");
  pay(place, "1234", 0);
}

TEST(Up, RefusesACertificateThatDoesNotNameItsAddress) {
  const TestIdentity identity({.names = "DNS:elsewhere.test"});
  Place place;
  place.environment.emplace_back("BURSAR_TLS_CERTIFICATE_FILE", identity.certificate_file());
  place.environment.emplace_back("BURSAR_TLS_KEY_FILE", identity.key_file());
  const Finished ended = run_binary({"up"}, place.environment);
  EXPECT_EQ(ended.code, 2);
  EXPECT_TRUE(contains(ended.err, "does not name 127.0.0.1")) << ended.err;
}

TEST(Up, ASecondOneOnTheSameFolderLeavesWithAMessage) {
  const Place place;
  Binary up({"up"}, place.environment);
  up.wait_for_output("Ctrl-C stops everything");
  const Finished second = run_binary({"up"}, place.environment);
  EXPECT_EQ(second.code, 2);
  EXPECT_EQ(second.out, "");
  EXPECT_TRUE(contains(second.err, "another 'bursar up' uses")) << second.err;
  pay(place, "1234", 0);
}

TEST(Up, StartsAgainAfterEverythingWasKilled) {
  const Place place;
  for (int round = 0; round < 2; ++round) {
    Binary up({"up"}, place.environment);
    up.wait_for_output("Ctrl-C stops everything");
    pay(place, "1234", 0);
    const auto children = children_of(up.pid());
    ASSERT_EQ(children.size(), 3U);
    // The first time everything, the second time only the supervisor: its children must not outlive it.
    if (round == 0)
      for (const pid_t child : children) ::kill(child, SIGKILL);
    up.signal(SIGKILL);
    EXPECT_EQ(up.wait().code, 128 + SIGKILL);
  }
  Binary up({"up"}, place.environment);
  up.wait_for_output("Ctrl-C stops everything");
  EXPECT_EQ(place.rows({"payments", "list", "-o", "json"}).size(), 2U);
  EXPECT_EQ(place.run({"audit"}).code, 0);
}

TEST(Up, StartsAgainAfterAKillAtAnyMomentOfTheFirstStart) {
  const Place place;
  // What a start leaves behind, in the order it appears.
  for (const char* sign :
       {"lock", "postgres.making", "postgres.making/PG_VERSION", "postgres/PG_VERSION",
        "postgres/postmaster.pid", "run/.s.PGSQL.5432", "log/devtools.log", "log/serve.log"}) {
    Binary up({"up"}, place.environment);
    EXPECT_TRUE(eventually([&] { return fs::exists(place.folder.path() / sign); })) << sign << up.err();
    up.signal(SIGKILL);
    up.wait();
  }
  Binary up({"up"}, place.environment);
  up.wait_for_output("Ctrl-C stops everything");
  EXPECT_EQ(pay(place, "1234", 0).at("status").as_string(), "SUCCESS");
}

TEST(Up, SaysWhichPortIsTakenBeforeItMakesAnything) {
  const Place place;
  Loop loop(1);
  http::ServerOptions options;
  options.listen = "127.0.0.1:0";
  const http::Server somebody(loop, options, {});
  const std::string taken = fmt::format("127.0.0.1:{}", somebody.port());
  for (const char* name : {"BURSAR_LISTEN", "BURSAR_OPS_LISTEN", "BURSAR_GATEWAY_SIM_LISTEN",
                           "BURSAR_SMTP_SINK_LISTEN", "BURSAR_SINKS_LISTEN"}) {
    Environment environment = place.environment;
    for (auto& [key, value] : environment)
      if (key == name) value = taken;
    const Finished result = run_binary({"up"}, environment);
    EXPECT_EQ(result.code, 2) << name;
    EXPECT_TRUE(contains(result.err, taken)) << result.err;
    EXPECT_TRUE(contains(result.err, name)) << "the setting to change: " << result.err;
    EXPECT_FALSE(fs::exists(place.folder.path() / "postgres")) << "before a database is made";
  }
}

TEST(Up, RefusesAFolderThatTheDatabaseCannotReach) {
  if (::geteuid() != 0) GTEST_SKIP() << "only as root the database runs as another user";
  Place place;
  const fs::path closed = place.folder.path() / "closed";
  fs::create_directory(closed);
  fs::permissions(closed, fs::perms::owner_all);
  place.environment[0].second = (closed / "data").string();
  const Finished result = run_binary({"up"}, place.environment);
  EXPECT_EQ(result.code, 2);
  EXPECT_TRUE(contains(result.err, "BURSAR_DATA_DIR")) << result.err;
  EXPECT_TRUE(contains(result.err, closed.string())) << result.err;
}

TEST(Up, EndsWithAMessageWhenAPartOfItEnds) {
  const Place place;
  Binary up({"up"}, place.environment);
  up.wait_for_output("Ctrl-C stops everything");
  const auto children = children_of(up.pid());
  ASSERT_EQ(children.size(), 3U);
  ::kill(children.back(), SIGKILL);
  const Finished end = up.wait();
  EXPECT_EQ(end.code, 1);
  EXPECT_TRUE(contains(end.err, "was ended by signal 9")) << end.err;
  for (const pid_t child : children) EXPECT_NE(::kill(child, 0), 0) << "a child still runs";
}

TEST(Up, KeepsItsSecretsToItself) {
  const Place place;
  Binary up({"up"}, place.environment);
  up.wait_for_output("Ctrl-C stops everything");
  for (const char* name : {"dev.env", "dev.key"}) {
    const auto others =
        fs::status(place.folder.path() / name).permissions() & (fs::perms::group_all | fs::perms::others_all);
    EXPECT_EQ(others, fs::perms::none) << name;
  }
  std::ifstream key(place.folder.path() / "dev.key");
  std::string secret;
  std::getline(key, secret);
  secret = secret.substr(secret.rfind(':') + 1);
  EXPECT_GE(secret.size(), 43U);
  EXPECT_FALSE(contains(up.out() + up.err(), secret));
  std::ifstream log(place.folder.path() / "log" / "serve.log");
  EXPECT_FALSE(contains(std::string((std::istreambuf_iterator<char>(log)), {}), secret));
}

}  // namespace
}  // namespace bursar::testing
