// From where claims look: never past a chunk that somebody may still commit.
#include "store/low_water.hpp"
#include "stage.hpp"

namespace bursar::store::test {
namespace {

Task<> refresh(LowWater& mark, Stage& stage, int times) {
  auto* connection = co_await stage.as(Role::executor);
  for (int call = 0; call < times; ++call) co_await mark.refresh(*connection, queues::simulator);
}

// The horizon is that of the whole cluster: what other tests run holds it back for a moment.
Task<> refresh_until(LowWater& mark, Stage& stage, std::int64_t expected) {
  co_await refresh(mark, stage, 3);
  while (mark.mark() < expected) {
    co_await pause(milliseconds(5));
    co_await refresh(mark, stage, 1);
  }
  EXPECT_EQ(mark.mark(), expected);
}

TEST(LowWater, PassesWhatIsDoneButNotWhatIsFree) {
  on_stage([](Stage& stage) -> Task<> {
    co_await stage.pay(1, 10);
    LowWater mark;
    const auto drawn = co_await stage.number("(SELECT last_value FROM chunks_chunk_id_seq)");
    co_await refresh_until(mark, stage, drawn);
    co_await stage.accept(11, 20);
    const auto free = co_await stage.number("(SELECT max(chunk_id) FROM chunks WHERE queue = 1)");
    co_await stage.accept(21, 30);
    co_await refresh_until(mark, stage, free);
    co_await refresh(mark, stage, 10);
    EXPECT_EQ(mark.mark(), free);
  });
}

TEST(LowWater, WaitsForATransactionThatHasDrawnANumber) {
  on_stage([](Stage& stage) -> Task<> {
    auto late = co_await stage.another(Role::api);
    const auto insert =
        "BEGIN; INSERT INTO chunks (queue, sequence, items) VALUES (1, 0, '{" + payment(1).text() + "}')";
    co_await late->run_script(insert, milliseconds(5000));
    co_await stage.pay(2, 10);
    LowWater mark;
    co_await refresh(mark, stage, 10);
    EXPECT_EQ(mark.mark(), 0);
    co_await late->run_script("COMMIT", milliseconds(5000));
    const auto free = co_await stage.number("(SELECT min(chunk_id) FROM chunks WHERE queue = 1)");
    co_await refresh_until(mark, stage, free);
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
