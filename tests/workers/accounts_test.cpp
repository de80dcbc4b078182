// The pure parts of a lane: what it remembers of its claims, and who may claim a suspect.
#include <gtest/gtest.h>

#include "events/held_chunks.hpp"
#include "events/holdings.hpp"

namespace bursar::events {
namespace {

store::Claim claim_of(std::int64_t chunk, std::int64_t number) {
  return {.queue = queues::simulator, .chunk_id = chunk, .number = number};
}

TEST(HeldChunks, SettledAnsweredAndRemainingAddUpToTheItems) {
  HeldChunks chunks;
  const auto claim = claim_of(7, 1);
  for (int i = 0; i < 5; ++i) chunks.add(claim);
  EXPECT_EQ(chunks.part(claim, 2).settled, 0);
  EXPECT_EQ(chunks.part(claim, 2).remaining, 3);
  chunks.settle(claim, 2);
  EXPECT_EQ(chunks.part(claim, 3).settled, 2);
  EXPECT_EQ(chunks.part(claim, 3).remaining, 0);
}

TEST(HeldChunks, AChunkWithoutARemainderIsGone) {
  HeldChunks chunks;
  const auto claim = claim_of(7, 1);
  chunks.add(claim);
  EXPECT_TRUE(chunks.holds(claim));
  chunks.settle(claim, 1);
  EXPECT_FALSE(chunks.holds(claim));
  EXPECT_EQ(chunks.count(), 0U);
}

TEST(HeldChunks, AnotherClaimOfTheSameChunkIsNotHeld) {
  HeldChunks chunks;
  chunks.add(claim_of(7, 1));
  EXPECT_FALSE(chunks.holds(claim_of(7, 2)));
  EXPECT_EQ(chunks.forget(claim_of(7, 2)), 0U);
  EXPECT_TRUE(chunks.holds(claim_of(7, 1)));
}

TEST(HeldChunks, ForgettingCountsOnlyWhatWasOpen) {
  HeldChunks chunks;
  const auto claim = claim_of(7, 1);
  for (int i = 0; i < 5; ++i) chunks.add(claim);
  chunks.settle(claim, 2);
  EXPECT_EQ(chunks.forget(claim), 3U);
  EXPECT_EQ(chunks.forget(claim), 0U);
}

TEST(Holdings, ASuspectIsClaimedOnlyByAProcessThatHoldsNothing) {
  Holdings holdings;
  const int lane = 0;
  ASSERT_TRUE(holdings.begin_claim());
  holdings.end_claim(2);
  holdings.want_alone(&lane);
  EXPECT_FALSE(holdings.begin_alone(&lane));
  holdings.release(2);
  EXPECT_TRUE(holdings.begin_alone(&lane));
}

TEST(Holdings, NobodyClaimsWhileALaneWaitsToBeAloneOrIs) {
  Holdings holdings;
  const int lane = 0;
  holdings.want_alone(&lane);
  EXPECT_FALSE(holdings.begin_claim());
  ASSERT_TRUE(holdings.begin_alone(&lane));
  holdings.end_alone(1);
  EXPECT_FALSE(holdings.begin_claim());
  holdings.release(1);
  EXPECT_TRUE(holdings.begin_claim());
}

TEST(Holdings, AClaimUnderWayIsWaitedFor) {
  Holdings holdings;
  const int lane = 0;
  ASSERT_TRUE(holdings.begin_claim());
  holdings.want_alone(&lane);
  EXPECT_FALSE(holdings.begin_alone(&lane));
  holdings.end_claim(0);
  EXPECT_TRUE(holdings.begin_alone(&lane));
}

TEST(Holdings, TheTurnBelongsToTheLaneThatAskedFirst) {
  Holdings holdings;
  const int first = 0, second = 0;
  holdings.want_alone(&first);
  holdings.want_alone(&second);
  EXPECT_FALSE(holdings.begin_alone(&second));
  EXPECT_TRUE(holdings.begin_alone(&first));
}

TEST(Holdings, ALaneThatCannotTakeItsTurnLetsTheOthersGoOn) {
  Holdings holdings;
  const int first = 0, second = 0;
  holdings.want_alone(&first);
  holdings.give_up(&second);
  EXPECT_FALSE(holdings.begin_claim());
  holdings.give_up(&first);
  EXPECT_TRUE(holdings.begin_claim());
}

TEST(Holdings, ALaneThatFoundNoSuspectLetsTheOthersGoOn) {
  Holdings holdings;
  const int lane = 0;
  holdings.want_alone(&lane);
  ASSERT_TRUE(holdings.begin_alone(&lane));
  holdings.end_alone(0);
  EXPECT_TRUE(holdings.begin_claim());
}

}  // namespace
}  // namespace bursar::events
