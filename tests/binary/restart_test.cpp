// PostgreSQL dies at once and comes back while payments flow through two whole processes.
#include <gtest/gtest.h>

#include "testing/load.hpp"
#include "testing/postgres.hpp"
#include "testing/run.hpp"
#include "tests/binary/peers.hpp"
#include "tests/binary/settings.hpp"

namespace bursar::testing {
namespace {

constexpr double payments_a_second = 60;
constexpr std::size_t payments = 360;

TEST(DatabaseRestart, RobsNobodyAndLeavesNothingStuck) {
  TestCluster cluster(true);
  const TestDatabase database(cluster.url());
  const TemporaryFolder folder("ledgers");
  const Peers peers(folder.path());
  peers.slow_the_gateway(std::chrono::milliseconds(30));  // so that both always hold something
  const auto environment = serve_environment(database.options(), peers.environment());
  Server first("api,executor,notifier,scheduler", environment);
  Server second("api,executor,notifier,scheduler", environment);
  first.wait_until_ready();
  second.wait_until_ready();
  LoadOptions options;
  options.urls = {first.url(), second.url()};
  options.authorization = bearer(customer, "customer");
  options.payments = payments;
  options.per_second = payments_a_second;
  options.wanted = [](std::size_t number) {
    return Wanted{.key = "k" + std::to_string(number), .user_id = customer, .amount = 1234};
  };
  Load load(options);
  const auto half_are_charged = [&] { return charges_in(folder.path()).size() > payments / 3; };
  ASSERT_TRUE(eventually(half_are_charged));
  cluster.restart("immediate");
  const LoadReport said = load.finish();
  EXPECT_EQ(said.acknowledged.size(), payments);
  EXPECT_TRUE(said.refused.empty()) << said.refused.front();

  const auto all_are_told = [&] {
    return database.value("SELECT count(*) FROM deliveries WHERE state = 'sent'") ==
           std::to_string(2 * payments);
  };
  EXPECT_TRUE(eventually(all_are_told));
  EXPECT_EQ(database.value("SELECT count(*) FROM journal WHERE answer LIKE 'worker % is gone'"), "0");
  EXPECT_EQ(database.value("SELECT count(*) FROM payments WHERE status = 'SUCCESS'"),
            std::to_string(payments));
  EXPECT_EQ(database.value("SELECT (SELECT count(*) FROM chunks) + (SELECT count(*) FROM messages)"), "0");
  const auto charges = charges_in(folder.path());
  EXPECT_EQ(charges.size(), payments);
  for (const auto& [id, times] : charges) EXPECT_EQ(times, 1) << id;
}

}  // namespace
}  // namespace bursar::testing
