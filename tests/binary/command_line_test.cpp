// The binary as a person at a shell meets it: help, settings, tokens, exit codes.
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <fstream>
#include <map>
#include <set>

#include <fmt/ranges.h>

#include "base/json.hpp"
#include "tests/binary/settings.hpp"

namespace bursar::testing {
namespace {

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST(Help, OpensWithExamplesAndGoesToStdout) {
  for (const std::vector<std::string>& verb : std::vector<std::vector<std::string>>{{},
                                                                                    {"up"},
                                                                                    {"serve"},
                                                                                    {"migrate"},
                                                                                    {"audit"},
                                                                                    {"config"},
                                                                                    {"config", "check"},
                                                                                    {"openapi"},
                                                                                    {"access"},
                                                                                    {"token", "mint"},
                                                                                    {"gateway-sim"},
                                                                                    {"devtools"},
                                                                                    {"payments"},
                                                                                    {"payments", "create"},
                                                                                    {"payments", "wait"},
                                                                                    {"payments", "timeline"},
                                                                                    {"mail", "list"},
                                                                                    {"sms", "list"},
                                                                                    {"analytics", "show"},
                                                                                    {"dlq", "redrive"},
                                                                                    {"completion"}}) {
    auto arguments = verb;
    arguments.push_back("--help");
    const Finished help = run_binary(arguments);
    EXPECT_EQ(help.code, 0) << help.err;
    EXPECT_TRUE(help.out.starts_with("Examples:\n  ")) << help.out;
    EXPECT_EQ(help.err, "");
  }
}

TEST(Arguments, WhatIsNotUnderstoodIsAUsageErrorOnStderr) {
  for (const std::vector<std::string>& wrong : std::vector<std::vector<std::string>>{
           {},
           {"nonsense"},
           {"serve"},
           {"serve", "--role", "king"},
           {"serve", "--role"},
           {"token"},
           {"token", "mint"},
           {"payments", "create"},
           {"payments", "create", "--amount", "12.5", "--currency", "EUR"},
           {"payments", "get"},
           {"mail", "show", "first"},
           {"payments", "list", "-o", "xml"},
           {"config"},
           {"token", "mint", "--subject", customer, "--role", "customer", "--ttl", "soon"},
           {"completion", "tcsh"},
           {"up", "--nonsense"}}) {
    const Finished result = run_binary(wrong);
    EXPECT_EQ(result.code, 2) << fmt::format("{}", fmt::join(wrong, " "));
    EXPECT_EQ(result.out, "");
    EXPECT_NE(result.err, "");
  }
}

TEST(Completion, KnowsTheVerbs) {
  const Finished bash = run_binary({"completion", "bash"});
  EXPECT_EQ(bash.code, 0);
  EXPECT_TRUE(contains(bash.out, "payments) words=\"create get timeline list wait\""));
  EXPECT_TRUE(contains(bash.out, "complete -F _bursar bursar"));
}

TEST(OpenApi, IsPrintedWithoutSettingsAndWithoutAServer) {
  const Finished printed = run_binary({"openapi"});
  ASSERT_EQ(printed.code, 0) << printed.err;
  EXPECT_EQ(printed.err, "");
  const json::value document = json::parse(printed.out).value();
  EXPECT_TRUE(document.at("openapi").as_string().starts_with("3.1"));
  EXPECT_TRUE(document.at("paths").at("/payments/{id}/timeline").as_object().contains("get"));
}

TEST(ConfigCheck, ShowsEverySettingWithItsOriginAndHidesSecrets) {
  TemporaryFolder folder;
  std::ofstream(folder.path() / ".env")
      << "# comment\n\nexport BURSAR_LOG_LEVEL=debug\nBURSAR_LISTEN='127.0.0.1:1'\n"
         "OTHER_PROGRAM=1\nBURSAR_MAIL_FROM=\"Shop <a@example.test>\"\n";
  std::ofstream(folder.path() / "secret") << "sk_test_very_secret\n";
  const Environment environment{{"BURSAR_DATABASE_URL", "postgresql://app:hunter2@127.0.0.1:5432/bursar"},
                                {"BURSAR_LISTEN", "127.0.0.1:2"},
                                {"BURSAR_JWT_KEYS", test_keys()},
                                {"BURSAR_ENV", "development"},
                                {"BURSAR_STRIPE_SECRET_KEY_FILE", (folder.path() / "secret").string()}};
  const Finished result = run_binary({"config", "check", "-o", "json"}, environment, folder.path());
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.err, "");
  for (const char* secret : {"hunter2", "WlpaWl", "very_secret"})
    EXPECT_FALSE(contains(result.out, secret)) << secret;
  std::map<std::string, std::pair<std::string, std::string>> settings;
  const json::value all = json::parse(result.out).value();
  for (const json::value& row : all.as_array())
    settings[std::string(row.at("name").as_string())] = {std::string(row.at("value").as_string()),
                                                         std::string(row.at("origin").as_string())};
  EXPECT_EQ(settings["BURSAR_LISTEN"], std::pair(std::string("127.0.0.1:2"), std::string("environment")));
  EXPECT_EQ(settings["BURSAR_LOG_LEVEL"], std::pair(std::string("debug"), std::string(".env line 3")));
  EXPECT_EQ(settings["BURSAR_MAIL_FROM"].first, "Shop <a@example.test>");
  EXPECT_EQ(settings["BURSAR_OPS_LISTEN"], std::pair(std::string("127.0.0.1:8001"), std::string("default")));
  EXPECT_TRUE(contains(settings["BURSAR_DATABASE_URL"].first, "app:[redacted]@127.0.0.1"));
  EXPECT_EQ(settings["BURSAR_STRIPE_SECRET_KEY"].first, "[redacted]");
  EXPECT_TRUE(contains(settings["BURSAR_STRIPE_SECRET_KEY"].second, "BURSAR_STRIPE_SECRET_KEY_FILE"));
}

TEST(ConfigCheck, ReadsKeyFilesAndIssuersAsAServerWould) {
  TemporaryFolder folder;
  const std::string file = (folder.path() / "keys.json").string();
  const auto check = [&](std::string_view keys, const std::string& issuers) {
    std::ofstream(file) << keys;
    return run_binary({"config", "check"}, {{"BURSAR_JWT_KEY_FILES", file}, {"BURSAR_JWT_ISSUERS", issuers}});
  };
  const std::string key =
      R"({"kty":"OKP","crv":"Ed25519","kid":"k","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";
  const auto issuer = [](std::string_view keys) {
    return fmt::format(R"([{{"issuer":"https://a.test","audience":"bursar","keys":"{}"}}])", keys);
  };
  EXPECT_EQ(check(key, issuer("https://a.test/keys")).code, 0);
  const std::pair<Finished, std::string> faults[] = {
      {check("{}", ""), file + ": it is neither PEM"},
      {check(key, issuer("http://a.test/keys")), "BURSAR_JWT_ISSUERS"},
      {check(key, issuer((folder.path() / "missing").string())), "missing: it cannot be read"},
      {check(key, R"([{"issuer":"bursar","audience":"b","keys":"https://a.test/"}])"), "is our own"}};
  for (const auto& [result, why] : faults) {
    EXPECT_EQ(result.code, 2) << why;
    EXPECT_TRUE(contains(result.err, why)) << result.err;
  }
}

TEST(ConfigCheck, TellsEveryFaultAtOnceWithNameOriginAndForm) {
  TemporaryFolder folder;
  std::ofstream(folder.path() / ".env") << "BURSAR_OPS_LISTEN=nowhere\nthis is no setting\n";
  const Environment environment{{"BURSAR_LISTEN", "127.0.0.1:99999"},
                                {"BURSAR_JWT_KEYS", "a:HS256:c2hvcnQ,b:RS256:AAAA,broken"},
                                {"BURSAR_GATEWAY", "paypal"},
                                {"BURSAR_API_LOOPS", "many"},
                                {"BURSAR_LOG_LEVEL", "loud"},
                                {"BURSAR_RATE_LIMIT", "create=100"},
                                {"BURSAR_TRUSTED_PROXIES", "10.0.0.1/8"},
                                {"BURSAR_SMTP_URL", "http://mail"},
                                {"BURSAR_DATA_DIR", "relative"},
                                {"BURSAR_TOKEN_FILE", "/does/not/exist"}};
  const Finished result = run_binary({"config", "check"}, environment, folder.path());
  EXPECT_EQ(result.code, 2);
  EXPECT_EQ(result.out, "");
  for (const char* expected :
       {"BURSAR_LISTEN = '127.0.0.1:99999' (environment): is no address and port; expected: address:port",
        "BURSAR_OPS_LISTEN = 'nowhere' (.env line 1)", ".env line 2: expected KEY=VALUE", "at least 32 bytes",
        "key 2 is malformed", "key 3 is malformed", "BURSAR_GATEWAY = 'paypal'", "BURSAR_API_LOOPS = 'many'",
        "BURSAR_LOG_LEVEL = 'loud'", "BURSAR_RATE_LIMIT = 'create=100' (environment): '100' is no rate",
        "BURSAR_TRUSTED_PROXIES = '10.0.0.1/8' (environment): '10.0.0.1/8' has bits behind its prefix",
        "BURSAR_SMTP_URL = 'http://mail'", "BURSAR_DATA_DIR = 'relative'",
        "BURSAR_TOKEN_FILE: the file '/does/not/exist'"})
    EXPECT_TRUE(contains(result.err, expected)) << expected << "\n" << result.err;
  EXPECT_FALSE(contains(result.err, "c2hvcnQ")) << "a secret is in the message";
}

TEST(ConfigCheck, NamesTheSettingThatWasProbablyMeant) {
  const Finished result =
      run_binary({"config", "check"}, {{"BURSAR_LISEN", "127.0.0.1:1"}, {"BURSAR_URL_FILE", "x"}});
  EXPECT_EQ(result.code, 0);
  EXPECT_TRUE(
      contains(result.err, "BURSAR_LISEN (environment) is no setting of Bursar; did you mean BURSAR_LISTEN?"))
      << result.err;
  EXPECT_TRUE(contains(result.err, "BURSAR_URL_FILE")) << "only secrets come from files";
}

TEST(Settings, NameAWrongTimeZone) {
  if (!std::filesystem::exists("/usr/share/zoneinfo")) GTEST_SKIP() << "no zones on this machine";
  const std::vector<std::vector<std::string>> verbs = {
      {"up"}, {"serve", "--role", "scheduler"}, {"config", "check"}};
  for (const char* wrong : {"Mars/Phobos", "/etc/passwd", "../zoneinfo/UTC", "Europe"})
    for (const auto& verb : verbs) {
      const Finished refused = run_binary(verb, {{"BURSAR_TIME_ZONE", wrong}});
      EXPECT_EQ(refused.code, 2) << verb.front() << " " << wrong;
      EXPECT_TRUE(contains(refused.err, fmt::format("BURSAR_TIME_ZONE = '{}' (environment)", wrong)))
          << refused.err;
    }
  EXPECT_EQ(run_binary({"config", "check"}, {{"BURSAR_TIME_ZONE", "Europe/Berlin"}}).err, "");
}

TEST(Production, RefusesWhatIsForDevelopment) {
  const Environment environment{{"BURSAR_ENV", "production"},
                                {"BURSAR_JWT_KEYS", test_keys()},
                                {"BURSAR_FAULTS", "intake.committed=crash"}};
  const Finished check = run_binary({"config", "check"}, environment);
  EXPECT_EQ(check.code, 2);
  EXPECT_TRUE(contains(check.err, "'dev-test' is a development key")) << check.err;
  EXPECT_TRUE(contains(check.err, "BURSAR_FAULTS")) << check.err;
  const Finished up = run_binary({"up"}, {{"BURSAR_ENV", "production"}});
  EXPECT_EQ(up.code, 2);
  const Finished serve = run_binary({"serve", "--role", "api,executor,notifier"}, {});
  EXPECT_EQ(serve.code, 2);
  const Finished with_generated_key =
      run_binary({"serve", "--role", "api"}, {{"BURSAR_ENV", "production"},
                                              {"BURSAR_DATABASE_URL", "postgresql://127.0.0.1:1/none"},
                                              {"BURSAR_JWT_KEYS", test_keys()}});
  EXPECT_EQ(with_generated_key.code, 2);
  EXPECT_TRUE(contains(with_generated_key.err, "'dev-test' is a development key, which production refuses"))
      << with_generated_key.err;
  for (const char* missing :
       {"BURSAR_DATABASE_URL", "BURSAR_JWT_KEYS", "BURSAR_GATEWAY_URL", "BURSAR_SMTP_URL", "BURSAR_SMS_URL"})
    EXPECT_TRUE(contains(serve.err, missing)) << missing << "\n" << serve.err;
}

TEST(EnvExample, HasALineForEverySettingAndNoOther) {
  std::set<std::string> settings, lines;
  const json::value all = json::parse(run_binary({"config", "check", "-o", "json"}).out).value();
  for (const json::value& row : all.as_array()) settings.insert(std::string(row.at("name").as_string()));
  std::ifstream example(std::filesystem::path(BURSAR_SOURCE_DIR) / ".env.example");
  for (std::string line; std::getline(example, line);)
    if (line.starts_with("#BURSAR_")) lines.insert(line.substr(1, line.find('=') - 1));
  EXPECT_EQ(settings, lines);
}

TEST(Production, ReadsNoDotEnv) {
  TemporaryFolder folder;
  std::ofstream(folder.path() / ".env") << "BURSAR_LISTEN=127.0.0.1:1\n";
  const Finished result = run_binary({"config", "check"}, {{"BURSAR_ENV", "production"}}, folder.path());
  EXPECT_EQ(result.code, 0);
  EXPECT_FALSE(contains(result.out, ".env")) << result.out;
}

TEST(TokenMint, PrintsATokenWithADevelopmentKeyOnly) {
  const std::vector<std::string> mint{"token", "mint", "--subject", customer, "--role", "customer,support",
                                      "--ttl", "60s"};
  const Environment development{{"BURSAR_ENV", "development"}, {"BURSAR_JWT_KEYS", test_keys()}};
  const Finished minted = run_binary(mint, development);
  EXPECT_EQ(minted.code, 0) << minted.err;
  EXPECT_EQ(std::ranges::count(minted.out, '.'), 2);
  EXPECT_EQ(std::ranges::count(minted.out, '\n'), 1);
  EXPECT_EQ(run_binary(mint, {{"BURSAR_JWT_KEYS", ""}, {"BURSAR_ENV", "development"}}).code, 2);
  EXPECT_EQ(run_binary(mint, {{"BURSAR_ENV", "production"}}).code, 2);
  for (const std::vector<std::string>& wrong : std::vector<std::vector<std::string>>{
           {"token", "mint", "--subject", "me", "--role", "customer"},
           {"token", "mint", "--subject", customer, "--role", "king"},
           {"token", "mint", "--subject", customer, "--role", "customer", "--ttl", "1h"}})
    EXPECT_EQ(run_binary(wrong, development).code, 2);
}

TEST(ClientVerbs, SayWhenNothingAnswers) {
  const Environment nobody{{"BURSAR_URL", "http://127.0.0.1:9"},
                           {"BURSAR_DEVTOOLS_URL", "http://127.0.0.1:9"}};
  for (const std::vector<std::string>& verb :
       std::vector<std::vector<std::string>>{{"payments", "list"},
                                             {"payments", "get", customer},
                                             {"mail", "list"},
                                             {"sms", "list"},
                                             {"analytics", "show"}}) {
    const Finished result = run_binary(verb, nobody);
    EXPECT_EQ(result.code, 7) << result.err;
    EXPECT_TRUE(contains(result.err, "does not answer")) << result.err;
    EXPECT_EQ(result.out, "");
  }
  EXPECT_EQ(run_binary({"payments", "get", "not-an-id"}, nobody).code, 2);
}

}  // namespace
}  // namespace bursar::testing
