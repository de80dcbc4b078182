#include <gtest/gtest.h>

#include <boost/system/system_error.hpp>

#include "base/error.hpp"
#include "base/task_group.hpp"
#include "testing/run.hpp"

namespace bursar {
namespace {

using namespace std::chrono_literals;
using testing::run;

Task<> wait_then_count(Event& event, int& count) {
  co_await event.wait();
  ++count;
}

Task<> wait_for_ever(int& cancelled) {
  auto executor = co_await asio::this_coro::executor;
  Event never(executor);
  try {
    co_await never.wait();
  } catch (const boost::system::system_error&) {
    ++cancelled;
    throw;
  }
}

Task<> fail() {
  co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
  throw Unavailable("the peer is away");
}

Task<> joins_all() {
  auto executor = co_await asio::this_coro::executor;
  TaskGroup group(executor);
  Event event(executor);
  int count = 0;
  for (int i = 0; i < 3; ++i) group.spawn("counter", wait_then_count(event, count));
  EXPECT_EQ(group.size(), 3U);
  event.set();
  co_await group.join();
  EXPECT_EQ(count, 3);
  EXPECT_EQ(group.size(), 0U);
}
TEST(TaskGroup, JoinReturnsWhenEveryChildHasEnded) { run(joins_all()); }

Task<> cancels_all() {
  TaskGroup group(co_await asio::this_coro::executor);
  int cancelled = 0;
  for (int i = 0; i < 5; ++i) group.spawn("waiter", wait_for_ever(cancelled));
  co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
  group.cancel();
  co_await group.join();
  EXPECT_EQ(cancelled, 5);
}
TEST(TaskGroup, CancelEndsEveryChildQuietly) { run(cancels_all()); }

Task<> cancels_late_comers() {
  TaskGroup group(co_await asio::this_coro::executor);
  int cancelled = 0;
  group.cancel();
  group.spawn("late", wait_for_ever(cancelled));
  co_await group.join();
}
TEST(TaskGroup, AChildOfACancelledGroupIsCancelledToo) { run(cancels_late_comers()); }

Task<> ends_at_once() { co_return; }
Task<> cancels_one_that_ends_at_once() {
  TaskGroup group(co_await asio::this_coro::executor);
  group.cancel();
  group.spawn("short", ends_at_once());
  co_await group.join();
  EXPECT_EQ(group.size(), 0U);
}
TEST(TaskGroup, AChildOfACancelledGroupMayEndAtOnce) { run(cancels_one_that_ends_at_once()); }

Task<> joins_nothing() {
  TaskGroup group(co_await asio::this_coro::executor);
  co_await group.join();
}
TEST(TaskGroup, JoiningAnEmptyGroupReturnsAtOnce) { run(joins_nothing()); }

Task<> lets_an_error_escape() {
  TaskGroup group(co_await asio::this_coro::executor);
  group.spawn("leaky", fail());
  co_await group.join();
}
TEST(TaskGroupDeathTest, AnErrorThatEscapesStopsTheProcessWithTheTasksName) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(run(lets_an_error_escape()), "task 'leaky' let an error escape: the peer is away");
}

Task<> leaves_a_child() {
  auto executor = co_await asio::this_coro::executor;
  int cancelled = 0;
  TaskGroup group(executor);
  group.spawn("orphan", wait_for_ever(cancelled));
}
TEST(TaskGroupDeathTest, AGroupThatDiesBeforeItsChildrenIsABug) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(run(leaves_a_child()), "children_.empty");
}

TEST(RunToEnd, RethrowsWhatTheCoroutineThrew) { EXPECT_THROW(run(fail()), Unavailable); }

Task<> waits_for_event() {
  auto executor = co_await asio::this_coro::executor;
  Event event(executor);
  EXPECT_FALSE(co_await event.wait_for(1ms));
  EXPECT_FALSE(event.is_set());
  event.set();
  EXPECT_TRUE(co_await event.wait_for(1ms));
  co_await event.wait();
  event.reset();
  EXPECT_FALSE(co_await event.wait_for(1ms));
}
TEST(Event, StaysSetUntilItIsReset) { run(waits_for_event()); }

Task<> cancels_one_of_two() {
  auto executor = co_await asio::this_coro::executor;
  Event event(executor);
  int count = 0;
  TaskGroup patient(executor);
  TaskGroup impatient(executor);
  patient.spawn("patient", wait_then_count(event, count));
  impatient.spawn("impatient", wait_then_count(event, count));
  co_await asio::post(executor, asio::use_awaitable);
  impatient.cancel();
  co_await impatient.join();
  EXPECT_EQ(count, 0);
  EXPECT_EQ(patient.size(), 1U) << "cancelling one waiter woke the other";
  event.set();
  co_await patient.join();
  EXPECT_EQ(count, 1);
}
TEST(Event, CancellingOneWaiterLeavesTheOthersWaiting) { run(cancels_one_of_two()); }

}  // namespace
}  // namespace bursar
