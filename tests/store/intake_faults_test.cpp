// The intake when the database fails: an answer that is lost, a backend that is killed, a server that is
// silent, stopped or restarted. Nobody is told a wrong "no", nothing acknowledged is lost, and the lane
// recovers.
#include <atomic>
#include <latch>
#include <thread>

#include "base/fault.hpp"
#include "base/limits.hpp"
#include "callers.hpp"
#include "stage.hpp"
#include "testing/postgres.hpp"
#include "testing/postgres_proxy.hpp"

namespace bursar::store::test {
namespace {

using testing::PostgresProxy;
using testing::TestCluster;
using testing::TestDatabase;

// Within a second, and the noise of a busy machine on top; far below the deadline of a statement.
constexpr auto about_a_second = milliseconds(2500);
static_assert(about_a_second < limits::statement_deadline);

void end_test(const std::string& url, const Callers& callers) { check_acknowledged(url, callers.answers()); }

TEST(IntakeFaults, ALostCommitAnswerIsNoWrongNo) {
  on_stage([](Stage& stage) -> Task<> {
    PostgresProxy proxy(stage.executor(), stage.database());
    Callers callers(stage.executor(), proxy.options());
    co_await callers.start();
    for (int round = 0; round < 5; ++round) {
      const auto reruns = callers.intake().counters().reruns;
      proxy.set(PostgresProxy::Mode::lose_next_answer);
      for (int number = 1; number <= 50; ++number) callers.call(ask(round * 1000 + number));
      co_await callers.all_told();
      EXPECT_EQ(callers.intake().counters().reruns, reruns + 1);
    }
    EXPECT_EQ(proxy.answers_lost(), 5);
    EXPECT_EQ(callers.count("created"), 250U) << "committed before their answer was lost, and theirs";
    EXPECT_EQ(co_await stage.count("payment_intents"), 251);
    co_await callers.check_recovers();
    end_test(stage.database().url, callers);
    co_await callers.stop();
    co_await proxy.stop();
  });
}

TEST(IntakeFaults, AnErrorBehindTheCommitIsNoSecondPayment) {
  on_stage([](Stage& stage) -> Task<> {
    Callers callers(stage.executor(), stage.database());
    co_await callers.start();
    fault::arm("intake.committed=throw@1");
    for (int number = 1; number <= 50; ++number) callers.call(ask(number));
    co_await callers.all_told();
    fault::disarm();
    EXPECT_EQ(callers.count("created"), 50U);
    EXPECT_EQ(callers.intake().counters().reruns, 1U);
    co_await callers.check_recovers();
    end_test(stage.database().url, callers);
    co_await callers.stop();
  });
}

TEST(IntakeFaults, KilledBackendsAreReplacedUnderLoad) {
  on_stage([](Stage& stage) -> Task<> {
    Callers callers(stage.executor(), stage.database());
    co_await callers.start();
    int number = 0;
    for (int kill = 0; kill < 20; ++kill) {
      for (int i = 0; i < 100; ++i) callers.call(ask(++number));
      co_await stage.run(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
          "WHERE application_name = 'bursar_api' AND datname = current_database()");
    }
    co_await callers.all_told();
    EXPECT_EQ(callers.count("created"), 2000U);
    EXPECT_GE(callers.intake().counters().reruns, 1U);
    co_await callers.check_recovers();
    end_test(stage.database().url, callers);
    co_await callers.stop();
  });
}

TEST(IntakeFaults, ASilentServerKeepsNobodyWaiting) {
  on_stage([](Stage& stage) -> Task<> {
    PostgresProxy proxy(stage.executor(), stage.database());
    Callers callers(stage.executor(), proxy.options());
    co_await callers.start();
    proxy.set(PostgresProxy::Mode::silent);
    for (int number = 1; number <= 300; ++number) callers.call(ask(number));
    co_await callers.all_told();
    EXPECT_EQ(callers.count("unavailable"), 300U);
    for (const Told& told : callers.answers()) EXPECT_LT(told.after, about_a_second);
    proxy.set(PostgresProxy::Mode::pass);
    co_await callers.check_recovers();
    // The keys of those whose outcome was open find out.
    for (int number = 1; number <= 300; ++number) callers.call(ask(number));
    co_await callers.all_told();
    const auto found = callers.count("created") + callers.count("replayed");
    EXPECT_EQ(found, 301U);
    end_test(stage.database().url, callers);
    co_await callers.stop();
    co_await proxy.stop();
  });
}

// ── Servers of the test's own
// ────────────────────────────────────────────────────────────────────────────────────

Task<> stop_and_start(TestCluster& cluster, const TestDatabase& database) {
  const auto executor = co_await asio::this_coro::executor;
  Callers callers(executor, database.options());
  co_await callers.start();
  co_await callers.call_and_wait(ask(1));
  cluster.stop("fast");
  for (int number = 2; number <= 20; ++number) callers.call(ask(number));
  co_await callers.all_told();
  EXPECT_EQ(callers.count("unavailable"), 19U);
  EXPECT_FALSE(callers.intake().is_connected());
  for (const Told& told : callers.answers()) EXPECT_LT(told.after, about_a_second);
  cluster.start();
  co_await callers.check_recovers();
  EXPECT_TRUE(callers.intake().is_connected());
  co_await callers.call_and_wait(ask(1));
  EXPECT_EQ(callers.answers().back().what, "replayed");
  end_test(database.options().url, callers);
  co_await callers.stop();
}

TEST(IntakeFaults, AStoppedServerIsUnavailableWithinASecondAndFoundAgain) {
  TestCluster cluster;
  const TestDatabase database(cluster.url());
  run_to_end(stop_and_start(cluster, database));
}

// What the clients' thread and the one that restarts the server know of each other.
struct Watch {
  std::atomic<std::size_t> created = 0;
  std::atomic<bool> over = false;

  void wait_for_more(std::size_t payments) const {
    const auto enough = created + payments;
    for (std::size_t seen = created; seen < enough; seen = created) created.wait(seen);
  }
};

// A client that pays again and again.
Task<> pay_on(Callers& callers, int first, Watch& watch) {
  for (int number = first; !watch.over; ++number) {
    const auto told = callers.answers().size();
    callers.call(ask(number));
    co_await callers.told(told + 1);
    watch.created = callers.count("created");
    watch.created.notify_all();
  }
}

Task<> pay_through_restarts(const TestDatabase& database, Watch& watch) {
  const auto executor = co_await asio::this_coro::executor;
  Callers callers(executor, database.options());
  co_await callers.start();
  TaskGroup clients(executor);
  for (int client = 0; client < 20; ++client)
    clients.spawn("client", pay_on(callers, client * 10'000, watch));
  co_await clients.join();
  co_await callers.all_told();
  co_await callers.check_recovers();
  EXPECT_GE(callers.intake().counters().reruns, 2U) << "no batch met a restart";
  end_test(database.options().url, callers);
  co_await callers.stop();
}

TEST(IntakeFaults, ImmediateRestartsLoseNothingAcknowledged) {
  TestCluster cluster;
  const TestDatabase database(cluster.url());
  Watch watch;
  std::thread clients([&] { run_to_end(pay_through_restarts(database, watch)); });
  watch.wait_for_more(200);
  cluster.restart("immediate");
  watch.wait_for_more(200);
  cluster.kill();
  cluster.start();
  watch.wait_for_more(200);
  watch.over = true;
  clients.join();
}

// ── Two processes
// ────────────────────────────────────────────────────────────────────────────────────────────────

Task<> call_together(const DatabaseOptions& database, std::latch& ready, std::vector<Told>& answers) {
  Callers callers(co_await asio::this_coro::executor, database);
  co_await callers.start();
  ready.arrive_and_wait();
  for (int i = 0; i < 100; ++i) callers.call(ask(1));
  co_await callers.all_told();
  answers = callers.answers();
  co_await callers.stop();
}

TEST(IntakeFaults, TwoHundredCallsWithOneKeyOnTwoLanesAreOnePayment) {
  const TestDatabase database;
  std::latch ready(2);
  std::vector<Told> here, there;
  std::thread other([&] { run_to_end(call_together(database.options(), ready, there)); });
  run_to_end(call_together(database.options(), ready, here));
  other.join();
  here.insert(here.end(), there.begin(), there.end());
  ASSERT_EQ(here.size(), 200U);
  EXPECT_EQ(std::ranges::count(here, "created", &Told::what), 1);
  EXPECT_EQ(std::ranges::count(here, "replayed", &Told::what), 199);
  for (const Told& told : here) {
    if (!told.payment) continue;
    EXPECT_EQ(told.payment->id, here[0].payment->id);
    EXPECT_EQ(told.payment->created_at, here[0].payment->created_at);
    EXPECT_EQ(told.payment->money, here[0].payment->money);
    EXPECT_EQ(told.payment->description, here[0].payment->description);
  }
  EXPECT_EQ(database.value("SELECT count(*) FROM payment_intents WHERE idempotency_key = 'key-1'"), "1");
  check_acknowledged(database.options().url, here);
}

}  // namespace
}  // namespace bursar::store::test
