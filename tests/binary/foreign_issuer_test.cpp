// A foreign issuer as an operator meets it: named in a setting, its keys fetched, its people known by issuer
// and subject, and its keys rotated while requests come.
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <future>
#include <thread>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/task_group.hpp"
#include "testing/postgres.hpp"
#include "tests/auth/issuer_server.hpp"
#include "tests/auth/key_pairs.hpp"
#include "tests/binary/settings.hpp"

namespace bursar::testing {
namespace {

/// On a thread of its own.
class Issuer {
 public:
  Issuer() : server_(loop_), tasks_(loop_.get_executor()) {
    tasks_.spawn("issuer", server_.run());
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~Issuer() {
    asio::post(loop_, [this] { server_.stop(); });
    thread_.join();
  }
  Issuer(const Issuer&) = delete;
  Issuer& operator=(const Issuer&) = delete;

  std::string name() const { return server_.name(); }
  /// As BURSAR_JWT_ISSUERS holds it.
  std::string setting() const {
    return fmt::format(R"([{{"issuer":"{}","audience":"payments","keys":"{}","default_role":"customer"}}])",
                       server_.name(), server_.keys_url());
  }
  void serve(std::string keys) {
    std::promise<void> done;
    asio::post(loop_, [&] {
      server_.serve(std::move(keys));
      done.set_value();
    });
    done.get_future().wait();
  }

 private:
  Loop loop_{1};
  IssuerServer server_;
  TaskGroup tasks_;
  std::thread thread_;
};

std::string token_of(const Issuer& issuer, const KeyPair& pair, std::string_view kid, std::string_view who) {
  const auto now = std::chrono::floor<std::chrono::seconds>(SystemClock().now()).time_since_epoch().count();
  const json::object claims{{"iss", issuer.name()}, {"aud", "payments"}, {"sub", who},
                            {"iat", now},           {"exp", now + 300},  {"roles", json::array{"admin"}}};
  return "Bearer " + pair.token(kid, json::to_text(claims));
}

int status_with(const Server& server, const std::string& authorization,
                const std::string& path = "/payments") {
  return request(server.url(), "GET", path, {{"Authorization", authorization}}).status;
}

TEST(ForeignIssuer, ItsPeopleAreCustomersWhateverRolesTheyClaim) {
  const TestDatabase database;
  Issuer issuer;
  const KeyPair key = KeyPair::rsa();
  issuer.serve(jwk_set({key.jwk("k")}));
  const Server server("api,ops",
                      serve_environment(database.options(), {{"BURSAR_JWT_ISSUERS", issuer.setting()}}));
  server.wait_until_ready();
  const std::string alice = token_of(issuer, key, "k", "alice");
  EXPECT_EQ(status_with(server, alice), 200);
  EXPECT_EQ(status_with(server, alice, "/analytics/daily"), 403) << "a customer";
  EXPECT_EQ(status_with(server, token_of(issuer, KeyPair::rsa(), "k", "alice")), 401) << "another's key";
  EXPECT_EQ(status_with(server, token_of(issuer, key, "k", "bob")), 200);
}

// It signs with each new key at once and keeps the one before it, as long as its tokens live.
TEST(ForeignIssuer, RotatesItsKeysUnderRequestsAndNobodyIsRefused) {
  const TestDatabase database;
  Issuer issuer;
  std::vector<KeyPair> keys;
  keys.push_back(KeyPair::p256());
  issuer.serve(jwk_set({keys[0].jwk("0")}));
  const Server server(
      "api,ops", serve_environment(database.options(),
                                   {{"BURSAR_JWT_ISSUERS", issuer.setting()}, {"BURSAR_RATE_LIMIT", "off"}}));
  server.wait_until_ready();
  std::atomic<bool> ended = false;
  std::atomic<int> accepted = 0, refused = 0;
  const std::string lasting = token_of(issuer, keys[0], "0", "alice");
  std::thread requests([&] {
    while (!ended) ++(status_with(server, lasting) == 200 ? accepted : refused);
  });
  for (int n = 1; n <= 2; ++n) {
    keys.push_back(KeyPair::p256());
    issuer.serve(jwk_set({keys[0].jwk("0"), keys[n].jwk(std::to_string(n))}));
    EXPECT_EQ(status_with(server, token_of(issuer, keys[n], std::to_string(n), "alice")), 200) << n;
  }
  ended = true;
  requests.join();
  EXPECT_EQ(refused, 0);
  EXPECT_GT(accepted, 0);
}

}  // namespace
}  // namespace bursar::testing
