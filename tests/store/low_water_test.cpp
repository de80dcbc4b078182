// From where claims look: never past a chunk that somebody may still commit.
#include "store/low_water.hpp"
#include "stage.hpp"

namespace bursar::store::test {
namespace {

Task<> refresh_three_times(LowWater& mark, Stage& stage) {
  auto* connection = co_await stage.as(Role::executor);
  for (int call = 0; call < 3; ++call) co_await mark.refresh(*connection, queues::simulator);
}

TEST(LowWater, PassesWhatIsDoneButNotWhatIsFree) {
  on_stage([](Stage& stage) -> Task<> {
    co_await stage.pay(1, 10);
    LowWater mark;
    co_await refresh_three_times(mark, stage);
    const auto drawn = co_await stage.number("(SELECT last_value FROM chunks_chunk_id_seq)");
    EXPECT_EQ(mark.mark(), drawn);
    co_await stage.accept(11, 20);
    const auto free = co_await stage.number("(SELECT max(chunk_id) FROM chunks WHERE queue = 1)");
    co_await stage.accept(21, 30);
    co_await refresh_three_times(mark, stage);
    EXPECT_EQ(mark.mark(), free);
  });
}

TEST(LowWater, WaitsForATransactionThatHasDrawnANumber) {
  on_stage([](Stage& stage) -> Task<> {
    auto late = co_await stage.another(Role::api);
    co_await late->run_script(
        "BEGIN; INSERT INTO chunks (queue, sequence, items) VALUES (1, 0, '{" + payment(1).text() + "}')",
        milliseconds(5000));
    co_await stage.pay(2, 10);
    LowWater mark;
    co_await refresh_three_times(mark, stage);
    EXPECT_EQ(mark.mark(), 0);
    co_await late->run_script("COMMIT", milliseconds(5000));
    co_await refresh_three_times(mark, stage);
    const auto free = co_await stage.number("(SELECT min(chunk_id) FROM chunks WHERE queue = 1)");
    EXPECT_EQ(mark.mark(), free);
  });
}

TEST(LowWater, ClaimsFindEverythingFromTheMarkOn) {
  on_stage([](Stage& stage) -> Task<> {
    co_await stage.pay(1, 10);
    const auto worker = co_await stage.worker("executor");
    auto* connection = co_await stage.as(Role::executor);
    ExecuteQueue queue(*connection, queues::simulator, worker);
    for (int call = 0; call < 3; ++call) co_await queue.refresh_low_water();
    co_await stage.accept(11, 20);
    const auto batch = co_await queue.claim(5);
    EXPECT_EQ(batch.items.size(), 10u);
  });
}

}  // namespace
}  // namespace bursar::store::test
