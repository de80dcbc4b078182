// The database's clock, known without asking it each time.
#include "store/database_clock.hpp"

#include "stage.hpp"
#include "testing/postgres_proxy.hpp"

namespace bursar::store::test {
namespace {

// The real monotonic clock, seen as if a round trip began earlier or a measurement was wrong.
class SkewedClock final : public Clock {
 public:
  Instant now() const override { return SystemClock().now(); }
  Monotonic monotonic() const override {
    const auto skew = at_ < skews.size() ? skews[at_++] : milliseconds(0);
    return SystemClock().monotonic() + skew;
  }
  std::vector<milliseconds> skews;

 private:
  mutable std::size_t at_ = 0;
};

Task<milliseconds> distance(DatabaseClock& clock, Stage& stage) {
  const auto asked = co_await stage.number("(SELECT extract(epoch FROM clock_timestamp()) * 1000)::bigint");
  const auto now = std::chrono::floor<milliseconds>(clock.now()).time_since_epoch();
  co_return std::chrono::abs(now - milliseconds(asked));
}

constexpr auto near = milliseconds(500);

TEST(DatabaseClock, IsUnavailableBeforeItIsKnown) {
  const SystemClock local;
  DatabaseClock clock(local);
  EXPECT_FALSE(clock.is_set());
  EXPECT_THROW(clock.now(), Unavailable);
}

TEST(DatabaseClock, IsTheDatabasesAndStrictlyIncreases) {
  on_stage([](Stage& stage) -> Task<> {
    const SystemClock local;
    DatabaseClock clock(local);
    auto* connection = co_await stage.as(Role::api);
    co_await clock.measure(*connection);
    EXPECT_LT(co_await distance(clock, stage), near);
    Instant last = clock.now();
    for (int i = 0; i < 1000; ++i) {
      const Instant next = clock.now();
      EXPECT_GT(next, last);
      last = next;
    }
  });
}

// Notes at each look how often the server has spoken.
class ListeningClock final : public Clock {
 public:
  explicit ListeningClock(const bursar::testing::PostgresProxy& proxy) : proxy_(proxy) {}
  Instant now() const override { return SystemClock().now(); }
  Monotonic monotonic() const override {
    heard.push_back(proxy_.answers());
    return SystemClock().monotonic();
  }
  mutable std::vector<int> heard;

 private:
  const bursar::testing::PostgresProxy& proxy_;
};

TEST(DatabaseClock, MeasuresOneAnswerAlsoAtFirst) {
  on_stage([](Stage& stage) -> Task<> {
    bursar::testing::PostgresProxy proxy(stage.executor(), stage.database());
    const ListeningClock local(proxy);
    DatabaseClock clock(local);
    const auto connection =
        co_await pg::Connection::open(stage.executor(), connect_as(proxy.options(), Role::api));
    co_await clock.measure(*connection);
    EXPECT_EQ(local.heard.size(), 2u);
    EXPECT_EQ(local.heard.back() - local.heard.front(), 1) << "not the preparation too";
    co_await proxy.stop();
  });
}

TEST(DatabaseClock, ASlowAnswerDoesNotMoveIt) {
  on_stage([](Stage& stage) -> Task<> {
    SkewedClock local;
    // The second round trip seems to have begun four seconds ago, so its middle is two seconds off.
    local.skews = {milliseconds(0), milliseconds(0), milliseconds(-4000)};
    DatabaseClock clock(local);
    auto* connection = co_await stage.as(Role::api);
    co_await clock.measure(*connection);
    co_await clock.measure(*connection);
    EXPECT_LT(co_await distance(clock, stage), near);
  });
}

TEST(DatabaseClock, FollowsADatabaseWhoseClockWasSetButNeverGoesBack) {
  on_stage([](Stage& stage) -> Task<> {
    SkewedClock local;
    // Measured at first as if the database were an hour ahead.
    local.skews = {std::chrono::hours(-1), std::chrono::hours(-1)};
    DatabaseClock clock(local);
    auto* connection = co_await stage.as(Role::api);
    co_await clock.measure(*connection);
    const Instant ahead = clock.now();
    co_await clock.measure(*connection);
    const Instant next = clock.now();
    EXPECT_GT(next, ahead);
    EXPECT_LT(next - ahead, std::chrono::minutes(1)) << "it stands still until the database has caught up";
    DatabaseClock fresh(local);
    co_await fresh.measure(*connection);
    EXPECT_LT(co_await distance(fresh, stage), near);
  });
}

}  // namespace
}  // namespace bursar::store::test
