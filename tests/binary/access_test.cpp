// Who may call, as an operator meets it: the first administrator, log-ins, revocation over two processes, and
// key rotation under load.
#include <gtest/gtest.h>

#include <atomic>
#include <boost/json/array.hpp>
#include <set>
#include <thread>

#include "base/json.hpp"
#include "base/text.hpp"
#include "testing/postgres.hpp"
#include "tests/binary/settings.hpp"

namespace bursar::testing {
namespace {

using std::chrono::steady_clock;

const std::string seal = to_base64url(std::vector<std::uint8_t>(32, 9));

/// A production process that knows no key but those of the database.
Environment production(const store::DatabaseOptions& database) {
  return {{"BURSAR_ENV", "production"},
          {"BURSAR_DATABASE_URL", database.url},
          {"BURSAR_ROLE_PREFIX", database.role_prefix},
          {"BURSAR_KEY_ENCRYPTION_KEY", seal},
          {"BURSAR_LISTEN", "127.0.0.1:0"},
          {"BURSAR_OPS_LISTEN", "127.0.0.1:0"},
          {"BURSAR_RATE_LIMIT", "off"},
          {"BURSAR_API_LOOPS", "2"}};
}

struct LogIn {
  std::string id, secret;
};

LogIn log_in_of(const Finished& made) {
  EXPECT_EQ(made.code, 0) << made.err;
  const auto principal = json::parse(made.out).value();
  return {std::string(principal.at("id").as_string()),
          std::string(principal.at("secrets").as_array().at(0).at("client_secret").as_string())};
}

std::string token_of(const std::string& url, const LogIn& log_in) {
  const Reply reply =
      request(url, "POST", "/auth/token", {},
              fmt::format(R"({{"grant_type":"client_credentials","client_id":"{}","client_secret":"{}"}})",
                          log_in.id, log_in.secret));
  EXPECT_EQ(reply.status, 200) << reply.body;
  return reply.text("access_token");
}

int status_with(const std::string& url, const std::string& token, const std::string& path = "/payments") {
  return request(url, "GET", path, {{"Authorization", "Bearer " + token}}).status;
}

/// Keys and the first administrator, made without a server.
LogIn bootstrap(const Environment& environment) {
  const Finished keys = run_binary({"keys", "create", "--direct"}, environment);
  EXPECT_EQ(keys.code, 0) << keys.err;
  return log_in_of(run_binary(
      {"principals", "create", "--direct", "--name", "First", "--role", "admin", "-o", "json"}, environment));
}

/// Verbs of an administrator against a running server.
class Administrator {
 public:
  Administrator(const Server& server, const LogIn& log_in)
      : environment_{{"BURSAR_OPS_URL", server.ops_url()},
                     {"BURSAR_TOKEN", token_of(server.ops_url(), log_in)}} {}
  Finished run(std::vector<std::string> arguments) const {
    return run_binary(std::move(arguments), environment_);
  }
  json::value json_of(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"-o", "json"});
    const Finished result = run(std::move(arguments));
    EXPECT_EQ(result.code, 0) << result.err;
    return json::parse(result.out).value_or(nullptr);
  }

 private:
  Environment environment_;
};

TEST(Access, TheFirstAdministratorComesFromTheDatabaseAndTheRestFromTheApi) {
  const TestDatabase database;
  const Environment environment = production(database.options());
  const LogIn first = bootstrap(environment);
  const Finished again = run_binary({"keys", "create", "--direct"}, environment);
  EXPECT_EQ(again.code, 0);
  EXPECT_NE(again.err.find("nothing was missing"), std::string::npos) << again.err;
  Server server("api,ops", environment);
  server.wait_until_ready();
  const Administrator admin(server, first);
  const LogIn shop =
      log_in_of(admin.run({"principals", "create", "--name", "Shop", "--role", "service", "-o", "json"}));
  EXPECT_EQ(status_with(server.url(), token_of(server.url(), shop)), 200);
  EXPECT_EQ(admin.json_of({"principals", "show", shop.id}).at("name").as_string(), "Shop");
  EXPECT_EQ(admin.json_of({"principals", "list", "--role", "admin"}).as_array().size(), 1u);
  EXPECT_EQ(admin.json_of({"principals", "change", shop.id, "--role", "support"}).at("role").as_string(),
            "support");
  const auto secret = admin.json_of({"principals", "new-secret", shop.id});
  const LogIn second{shop.id, std::string(secret.at("client_secret").as_string())};
  EXPECT_EQ(status_with(server.url(), token_of(server.url(), second)), 200);
  EXPECT_EQ(admin.run({"principals", "revoke-secret", std::string(secret.at("id").as_string())}).code, 0);
  // Nobody but administrators, and nowhere but there.
  const std::string of_shop = token_of(server.url(), shop);
  EXPECT_EQ(status_with(server.ops_url(), of_shop, "/ops/principals"), 403);
  EXPECT_EQ(status_with(server.url(), token_of(server.url(), first), "/ops/principals"), 404);
  EXPECT_EQ(admin.run({"principals", "revoke", shop.id}).code, 0);
  EXPECT_EQ(admin.run({"principals", "restore", shop.id}).code, 0);
  EXPECT_EQ(admin.run({"principals", "show", "00000000-0000-4000-8000-000000000000"}).code, 3);
  EXPECT_EQ(admin.run({"principals", "revoke", first.id}).code, 5) << "the own rights";
  EXPECT_EQ(admin.json_of({"keys", "list"}).as_array().size(), 2u);
  EXPECT_EQ(admin.run({"keys", "create"}).code, 5);
  EXPECT_EQ(admin.run({"keys", "rotate"}).code, 5) << "the waiting key is too young";
  EXPECT_EQ(database.value("SELECT string_agg(operation, ' ' ORDER BY recorded_at) FROM staff_actions WHERE "
                           "principal_id = '00000000-0000-0000-0000-000000000000'"),
            "createKeys createKeys createPrincipal");
}

TEST(Access, ASealOfDevelopmentIsRefusedInProduction) {
  const TestDatabase database;
  for (const std::string& bad : {"dev:" + seal, std::string("too-short"), seal + "A"}) {
    auto environment = production(database.options());
    for (auto& [name, value] : environment)
      if (name == "BURSAR_KEY_ENCRYPTION_KEY") value = bad;
    const Finished refused = run_binary({"serve", "--role", "api"}, environment);
    EXPECT_EQ(refused.code, 2);
    EXPECT_NE(refused.err.find("BURSAR_KEY_ENCRYPTION_KEY"), std::string::npos) << refused.err;
    EXPECT_EQ(refused.err.find(bad), std::string::npos) << "a secret is not repeated";
  }
}

TEST(Access, ARevocationHoldsInEveryProcess) {
  const TestDatabase database;
  const Environment environment = production(database.options());
  const LogIn first = bootstrap(environment);
  Server one("api,ops", environment), two("api,ops", environment);
  one.wait_until_ready();
  two.wait_until_ready();
  const Administrator admin(one, first);
  struct {
    const char* role;
    LogIn log_in = {};
    std::string token = {};
  } callers[] = {{"customer"}, {"service"}, {"support"}};
  for (auto& caller : callers) {
    caller.log_in = log_in_of(
        admin.run({"principals", "create", "--name", "Somebody", "--role", caller.role, "-o", "json"}));
    caller.token = token_of(one.url(), caller.log_in);
    for (const Server* server : {&one, &two}) EXPECT_EQ(status_with(server->url(), caller.token), 200);
  }
  for (const auto& caller : callers) {
    // Both are asked all the time, so that the last acceptance is seen.
    std::atomic<bool> stop = false;
    std::atomic<steady_clock::rep> last[2];
    std::vector<std::thread> askers;
    for (int i = 0; i < 2; ++i) {
      last[i] = 0;
      askers.emplace_back([&, i] {
        while (!stop) {
          const auto asked = steady_clock::now();
          if (status_with(i == 0 ? one.url() : two.url(), caller.token) == 200)
            last[i] = asked.time_since_epoch().count();
        }
      });
    }
    EXPECT_EQ(admin.run({"principals", "revoke", caller.log_in.id}).code, 0);
    const auto revoked = steady_clock::now();
    EXPECT_TRUE(eventually([&] {
      return status_with(one.url(), caller.token) == 401 && status_with(two.url(), caller.token) == 401;
    }));
    const auto end = revoked + std::chrono::seconds(3);
    EXPECT_TRUE(eventually([&] { return steady_clock::now() > end; }, std::chrono::seconds(20)));
    stop = true;
    for (auto& asker : askers) asker.join();
    for (const auto& seen : last)
      EXPECT_LT(steady_clock::time_point(steady_clock::duration(seen)), end)
          << caller.role << ": accepted later than 3 s behind its revocation";
  }
}

TEST(Access, KeysRotateUnderLoadWithoutAFalse401) {
  const TestDatabase database;
  const Environment environment = production(database.options());
  const LogIn first = bootstrap(environment);
  Server one("api,ops", environment), two("api,ops", environment);
  one.wait_until_ready();
  two.wait_until_ready();
  const Administrator admin(one, first);
  const LogIn shop =
      log_in_of(admin.run({"principals", "create", "--name", "Shop", "--role", "service", "-o", "json"}));
  std::atomic<bool> stop = false;
  std::atomic<int> accepted = 0, refused = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i < 3; ++i)
    callers.emplace_back([&, i] {
      // Tokens of one process are used at the other; some are kept over a rotation, some are new.
      std::string kept = token_of(one.url(), shop);
      for (int n = 0; !stop; ++n) {
        const std::string& url = (n + i) % 2 == 0 ? one.url() : two.url();
        const std::string token = n % 5 == 0 ? token_of(n % 2 == 0 ? one.url() : two.url(), shop) : kept;
        ++(status_with(url, token) == 200 ? accepted : refused);
        if (n % 50 == 49) kept = token_of(two.url(), shop);
      }
    });
  std::set<std::string> signers;
  for (int rotation = 0; rotation < 4; ++rotation) {
    const std::string waiting = database.value("SELECT key_id FROM token_keys WHERE state = 'next'");
    for (const Server* server : {&one, &two})
      EXPECT_TRUE(eventually([&] {
        return request(server->url(), "GET", "/.well-known/jwks.json").body.find(waiting) !=
               std::string::npos;
      })) << "published before it signs";
    const int before = accepted;
    EXPECT_TRUE(eventually([&] { return accepted > before + 20; }));
    database.query("UPDATE token_keys SET created_at = created_at - interval '3 min' WHERE state = 'next'");
    EXPECT_EQ(admin.run({"keys", "rotate"}).code, 0);
    signers.insert(database.value("SELECT key_id FROM token_keys WHERE state = 'active'"));
  }
  const int before = accepted;
  EXPECT_TRUE(eventually([&] { return accepted > before + 20; }));
  stop = true;
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(refused, 0) << "of " << accepted;
  EXPECT_EQ(signers.size(), 4u);
}

TEST(Access, ARevokedKeyIsRefusedInEveryProcessAndSigningGoesOn) {
  const TestDatabase database;
  const Environment environment = production(database.options());
  const LogIn first = bootstrap(environment);
  Server one("api,ops", environment), two("api", environment);
  one.wait_until_ready();
  two.wait_until_ready();
  const Administrator admin(one, first);
  const LogIn shop =
      log_in_of(admin.run({"principals", "create", "--name", "Shop", "--role", "service", "-o", "json"}));
  const std::string old = token_of(two.url(), shop);
  EXPECT_EQ(status_with(one.url(), old), 200);
  EXPECT_EQ(status_with(two.url(), old), 200);
  const std::string signing = database.value("SELECT key_id FROM token_keys WHERE state = 'active'");
  EXPECT_EQ(admin.run({"keys", "revoke", signing}).code, 0);
  for (const Server* server : {&one, &two}) {
    EXPECT_TRUE(eventually([&] { return status_with(server->url(), old) == 401; }));
    EXPECT_TRUE(eventually([&] { return status_with(server->url(), token_of(server->url(), shop)) == 200; }));
  }
}

}  // namespace
}  // namespace bursar::testing
