// The executor alone: what it calls, and what it must not call any more.
#include <gtest/gtest.h>

#include "testing/manual_clock.hpp"
#include "testing/memory_gateway.hpp"
#include "testing/run.hpp"
#include "workers/executor.hpp"

namespace bursar::workers {
namespace {

using store::ExecuteResult;
using testing::MemoryGateway;

store::ExecuteItem item_of(const Clock& clock, bool unsure) {
  store::ExecuteItem item;
  item.payment = PaymentId(parse_uuid("0199a3c2-7f10-7abc-8def-0123456789ab").value());
  item.amount_minor = 100;
  item.currency = "EUR";
  item.first_claimed_at = clock.now();
  item.unsure = unsure;
  return item;
}

/// How often it asks before it hears no.
events::MayCall yes_for(int times) {
  return [left = times]() mutable { return left-- > 0; };
}

struct Fenced {
  bool unsure;
  int yes;
  int look_ups, calls;
  ExecuteResult result;
};

TEST(ExecutorAlone, CallsNothingOnceAnotherProcessMayHoldTheItem) {
  const std::vector<Fenced> table = {{false, 0, 0, 0, ExecuteResult::postponed},
                                     {false, 1, 0, 1, ExecuteResult::succeeded},
                                     {true, 0, 0, 0, ExecuteResult::postponed},
                                     {true, 1, 1, 0, ExecuteResult::postponed},
                                     {true, 2, 1, 1, ExecuteResult::succeeded}};
  auto body = [](const Fenced& row) -> Task<> {
    testing::ManualClock clock;
    MemoryGateway gateway(co_await asio::this_coro::executor);
    PaymentExecutor executor("memory", gateway, clock);
    const auto item = item_of(clock, row.unsure);
    const auto answer = co_await executor.handle(item, yes_for(row.yes));
    EXPECT_EQ(answer.result, row.result) << row.unsure << row.yes;
    EXPECT_EQ(gateway.look_ups(item.payment), row.look_ups) << row.unsure << row.yes;
    EXPECT_EQ(gateway.calls(item.payment), row.calls) << row.unsure << row.yes;
  };
  for (const auto& row : table) testing::run(body(row));
}

TEST(ExecutorAlone, AGatewayThatIsDownTurnsPaymentsAwayUncounted) {
  auto body = []() -> Task<> {
    testing::ManualClock clock;
    MemoryGateway gateway(co_await asio::this_coro::executor);
    gateway.script = [](PaymentId, int) { return MemoryGateway::Behaviour::refuse_connection; };
    PaymentExecutor executor("memory", gateway, clock);
    const auto item = item_of(clock, false);
    for (int i = 0; i < limits::breaker_failures; ++i) {
      const auto answer = co_await executor.handle(item, yes_for(2));
      EXPECT_EQ(answer.result, ExecuteResult::retry);
    }
    const auto answer = co_await executor.handle(item, yes_for(2));
    EXPECT_EQ(answer.result, ExecuteResult::postponed);
    EXPECT_EQ(gateway.calls(item.payment), limits::breaker_failures);
    EXPECT_EQ(executor.appetite(), events::Appetite::none);
    clock.advance(limits::breaker_pause_min);
    EXPECT_EQ(executor.appetite(), events::Appetite::trial);
  };
  testing::run(body());
}

}  // namespace
}  // namespace bursar::workers
