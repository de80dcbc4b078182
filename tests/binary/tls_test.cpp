// TLS on the built binary: which certificates it starts with, and how it gets a new one without a restart.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <fstream>

#include "testing/tls_identity.hpp"
#include "tests/binary/settings.hpp"

namespace bursar::testing {
namespace {

namespace fs = std::filesystem;

const store::DatabaseOptions no_database{"postgresql://nobody@127.0.0.1:9/nothing", "bursar"};

/// The files that a `serve` reads, with what somebody put there last.
struct Place {
  TemporaryFolder folder;
  std::string certificate = (folder.path() / "certificate.pem").string();
  std::string key = (folder.path() / "key.pem").string();

  void put(const TestIdentity& identity) const {
    fs::copy_file(identity.certificate_file(), certificate, fs::copy_options::overwrite_existing);
    fs::copy_file(identity.key_file(), key, fs::copy_options::overwrite_existing);
  }
  Environment environment(const Environment& more = {}) const {
    Environment all = serve_environment(
        no_database, {{"BURSAR_TLS_CERTIFICATE_FILE", certificate}, {"BURSAR_TLS_KEY_FILE", key}});
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
};

int live(const std::string& url, const TestIdentity& trusted) {
  return request(url, "GET", "/livez", {}, {}, trusted.certificate_file()).status;
}

TEST(ServeTls, BothListenersSpeakItAndGetANewCertificateOnSighup) {
  const TestIdentity first, second;
  Place place;
  place.put(first);
  Server server("api,ops", place.environment());
  for (const std::string& url : {server.url(), server.ops_url()}) {
    EXPECT_TRUE(url.starts_with("https://"));
    EXPECT_EQ(live(url, first), 200);
    EXPECT_EQ(live(url, second), 0);
  }
  EXPECT_NE(request(server.url(), "GET", "/livez", {}, {}, first.certificate_file())
                .header("Strict-Transport-Security"),
            "");

  // Half of a pair is not taken.
  fs::copy_file(second.certificate_file(), place.certificate, fs::copy_options::overwrite_existing);
  server.process().signal(SIGHUP);
  const auto failed = server.process().wait_for_event("reload_failed");
  EXPECT_NE(std::string(failed.at("reason").as_string()).find("is not the key of the certificate"),
            std::string::npos);
  EXPECT_EQ(live(server.url(), first), 200);

  place.put(second);
  server.process().signal(SIGHUP);
  for (const std::string& url : {server.url(), server.ops_url()}) {
    EXPECT_TRUE(eventually([&] { return live(url, second) == 200; }));
    EXPECT_TRUE(eventually([&] { return live(url, first) == 0; }));
  }
  server.process().signal(SIGTERM);
  EXPECT_EQ(server.process().wait().code, 0);
}

TEST(ServeTls, DoesNotStartWithWhatCannotBeServed) {
  const TestIdentity expired({.begins = -7200, .ends = -60});
  Place place;
  place.put(expired);
  for (const auto& arguments : {std::vector<std::string>{"serve", "--role", "api"}, {"config", "check"}}) {
    const Finished ended = run_binary(arguments, place.environment());
    EXPECT_EQ(ended.code, 2) << ended.err;
    EXPECT_NE(ended.err.find(place.certificate + ": it expired at 2"), std::string::npos) << ended.err;
  }
  const Finished half = run_binary({"serve", "--role", "api"},
                                   serve_environment(no_database, {{"BURSAR_TLS_KEY_FILE", place.key}}));
  EXPECT_EQ(half.code, 2);
  EXPECT_NE(half.err.find("BURSAR_TLS_CERTIFICATE_FILE: is not set, and TLS needs both"), std::string::npos)
      << half.err;
}

TEST(ServeTls, WarnsOfAPlainListenerThatOthersReach) {
  Server server("api", serve_environment(no_database, {{"BURSAR_LISTEN", "0.0.0.0:0"}}));
  const auto warning = server.process().wait_for_event("listener_without_tls");
  EXPECT_EQ(warning.at("listen").as_string(), "0.0.0.0:0");
  // On loopback nobody else listens; and there is nothing to read again.
  EXPECT_EQ(server.process().err().find("\"listen\":\"127.0.0.1:0\""), std::string::npos);
  server.process().signal(SIGHUP);
  server.process().wait_for_event("reload_ignored");
  EXPECT_EQ(request(server.ops_url(), "GET", "/livez").status, 200);
}

TEST(ServeTls, MayListenEverywhereWithoutAWarning) {
  const TestIdentity identity;
  Place place;
  place.put(identity);
  Server server("api", place.environment({{"BURSAR_LISTEN", "0.0.0.0:0"}}));
  EXPECT_EQ(server.process().err().find("listener_without_tls"), std::string::npos);
}

TEST(Serve, RaisesItsLimitOfOpenFiles) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit low = before;
  low.rlim_cur = 256;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  Server server("api", serve_environment(no_database));
  ::setrlimit(RLIMIT_NOFILE, &before);
  std::ifstream file(fmt::format("/proc/{}/limits", server.process().pid()));
  const std::string limits(std::istreambuf_iterator<char>(file), {});
  const std::string line = limits.substr(limits.find("Max open files"));
  rlim_t soft = 0, hard = 0;
  ASSERT_EQ(std::sscanf(line.c_str(), "Max open files %lu %lu", &soft, &hard), 2) << line;
  EXPECT_EQ(soft, before.rlim_max);
  EXPECT_EQ(hard, before.rlim_max);
}

}  // namespace
}  // namespace bursar::testing
