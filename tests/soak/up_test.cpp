// Ten thousand payments through `bursar up`, as a newcomer starts it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/text.hpp"
#include "tests/binary/settings.hpp"
#include "tests/soak/books.hpp"
#include "tests/soak/mix.hpp"
#include "tests/soak/summary.hpp"

namespace bursar::testing {
namespace {

constexpr std::size_t payments = 10'000;
constexpr std::size_t connections = 64;
const std::string service = "0192f0c1-7b1e-7c3a-8f00-0123456789ad";

/// A value of dev.env.
std::string setting_in(const std::filesystem::path& folder, const std::string& name) {
  std::ifstream file(folder / "dev.env");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(name + "=\"")) return line.substr(name.size() + 2, line.size() - name.size() - 3);
  ADD_FAILURE() << "dev.env has no " << name;
  return "";
}

TEST(Up, TenThousandPaymentsOverSixtyFourConnectionsAreChargedAndToldOnce) {
  const TemporaryFolder folder("data");
  Environment environment{{"BURSAR_DATA_DIR", folder.path().string()}};
  for (const char* name : {"BURSAR_LISTEN", "BURSAR_OPS_LISTEN", "BURSAR_GATEWAY_SIM_LISTEN",
                           "BURSAR_SMTP_SINK_LISTEN", "BURSAR_SINKS_LISTEN"})
    environment.emplace_back(name, "127.0.0.1:0");
  Binary up({"up"}, environment);
  up.wait_for_output("Ctrl-C stops everything");
  const Environment of_up{{"BURSAR_DATA_DIR", folder.path().string()}};
  const Finished token = run_binary({"token", "mint", "--subject", service, "--role", "service"}, of_up);
  ASSERT_EQ(token.code, 0) << token.err;

  LoadOptions load;
  load.urls = {setting_in(folder.path(), "BURSAR_URL")};
  load.authorization = "Bearer " + token.out.substr(0, token.out.find('\n'));
  load.payments = payments;
  load.connections = connections;
  load.wanted = ordinary_payment;
  report_title("10,000 payments over 64 connections to `bursar up`");
  const auto begun = std::chrono::steady_clock::now();
  const LoadReport said = Load(load).finish();
  report_load(said);
  report("connections kept", std::to_string(said.connections));
  EXPECT_EQ(said.acknowledged.size(), payments);
  EXPECT_EQ(said.attempts, payments) << "an answer that was not 202";
  EXPECT_EQ(said.connections, connections);

  const Books books{setting_in(folder.path(), "BURSAR_DATABASE_URL"), folder.path() / "peers"};
  EXPECT_TRUE(settles_within(books, std::chrono::seconds(60))) << what_is_left(books);
  const std::chrono::duration<double> lived = std::chrono::steady_clock::now() - begun;
  report("until the last was told",
         fmt::format("{:.1f} s, {:.0f} whole lives a second", lived.count(), payments / lived.count()));
  const Tally tally = expect_the_books_agree(books, said.acknowledged);
  report_tally(tally);
  EXPECT_EQ(tally.failed, payments / 10);
  EXPECT_EQ(tally.repeated_mails + tally.repeated_texts, 0U) << "nobody died, so nothing comes again";
  expect_counted(books, tally);
  const Finished audit = run_binary({"audit", "--settled-after", "0s", "--gateway-ledger",
                                     (folder.path() / "peers" / "gateway-ledger.jsonl").string()},
                                    of_up);
  EXPECT_EQ(audit.code, 0) << audit.out << audit.err;
  report("bursar audit", audit.code == 0 ? "clean" : "BROKEN");
  up.signal(SIGINT);
  EXPECT_EQ(up.wait().code, 0);
}

}  // namespace
}  // namespace bursar::testing
