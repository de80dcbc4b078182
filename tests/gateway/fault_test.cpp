// The adapter against the real simulator over HTTP: every fault, the right verdict, exactly one charge by the
// gateway's own ledger, and the way to the end that the executor takes (look-up, then a resend under the same
// key).
#include "devtools/gateway_sim_faults.hpp"
#include "simulated.hpp"

namespace bursar::testing {
namespace {

using devtools::Fault;
using devtools::FaultKind;
using gateway::Answer;
using gateway::Charge;
using gateway::Verdict;

struct Expectation {
  Verdict first;
  bool alarm;
  int charges;
  Verdict last;
};

Expectation expectation_of(FaultKind kind) {
  switch (kind) {
    case FaultKind::decline:
      return {Verdict::declined, false, 0, Verdict::declined};
    case FaultKind::slow:
    case FaultKind::timeout_before:
    case FaultKind::timeout_after:
    case FaultKind::timeout_late:
    case FaultKind::reset_before:
    case FaultKind::reset_after:
    case FaultKind::error_before:
    case FaultKind::error_after:
    case FaultKind::bad_gateway:
    case FaultKind::unavailable:
    case FaultKind::key_in_use:
    case FaultKind::garbage:
    case FaultKind::huge:
    case FaultKind::processing_then_succeeded:
      return {Verdict::unknown, false, 1, Verdict::succeeded};
    case FaultKind::wrong_amount:
    case FaultKind::wrong_currency:
    case FaultKind::wrong_payment:
      return {Verdict::unknown, true, 1, Verdict::succeeded};
    case FaultKind::rate_limit:
    case FaultKind::rate_limit_long:
      return {Verdict::not_executed, false, 1, Verdict::succeeded};
    case FaultKind::unauthorized:
      return {Verdict::not_executed, true, 1, Verdict::succeeded};
    case FaultKind::processing_then_declined:
      return {Verdict::unknown, false, 0, Verdict::declined};
    case FaultKind::requires_action:
    case FaultKind::error_stored:
      return {Verdict::unknown, false, 0, Verdict::unknown};
  }
  return {Verdict::unknown, true, -1, Verdict::unknown};
}

bool makes_wait(FaultKind kind) {
  return kind == FaultKind::slow || kind == FaultKind::timeout_before || kind == FaultKind::timeout_after ||
         kind == FaultKind::timeout_late;
}

// What the executor does with what is not decided: look up; where the gateway knows nothing, send the same
// again.
Task<Answer> follow_up(Simulated& simulated, Charge charge, Instant claimed) {
  Answer answer;
  for (int step = 0; step < 60; ++step) {
    answer = co_await simulated.stripe().look_up(charge, claimed);
    EXPECT_NE(static_cast<int>(answer.verdict), static_cast<int>(Verdict::not_executed)) << answer.evidence;
    if (answer.verdict == Verdict::not_found) answer = co_await simulated.stripe().charge(charge);
    if (answer.verdict == Verdict::succeeded || answer.verdict == Verdict::declined) break;
    co_await pause(milliseconds(20));
  }
  co_return answer;
}

Task<> meet(Simulated& simulated, const Fault& fault, bool by_order, Charge& charge) {
  const Expectation expected = expectation_of(fault.kind);
  charge = simulated.payment(by_order ? 4711 : fault.amount);
  if (by_order) co_await simulated.order(std::string(fault.name));
  const Instant claimed = simulated.now();
  const Answer first = co_await simulated.stripe().charge(charge);
  EXPECT_EQ(static_cast<int>(first.verdict), static_cast<int>(expected.first)) << first.evidence;
  EXPECT_EQ(first.alarm, expected.alarm) << first.evidence;
  if (fault.kind == FaultKind::decline) EXPECT_EQ(first.failure_code, fault.code);
  if (fault.kind == FaultKind::rate_limit) EXPECT_EQ(first.retry_after, seconds(1));
  if (fault.kind == FaultKind::rate_limit_long)
    EXPECT_EQ(first.retry_after, seconds(limits::retry_after_max));
  const Answer last = co_await follow_up(simulated, charge, claimed);
  EXPECT_EQ(static_cast<int>(last.verdict), static_cast<int>(expected.last)) << last.evidence;
  EXPECT_FALSE(last.alarm) << last.evidence;
}

class EveryFault : public ::testing::TestWithParam<std::tuple<std::size_t, bool>> {};

TEST_P(EveryFault, EndsAsItsTableSaysWithAtMostOneCharge) {
  const Fault& fault = devtools::all_faults()[std::get<0>(GetParam())];
  const bool by_order = std::get<1>(GetParam());
  const TemporaryFolder folder;
  const auto ledger = folder.path() / "ledger.jsonl";
  Charge charge = {.payment = PaymentId(), .money = {1, *Currency::from_code("EUR")}};
  with_simulator(
      ledger, [&](Simulated& simulated) { return meet(simulated, fault, by_order, charge); }, {},
      makes_wait(fault.kind) ? impatient : patient);
  const LedgerCounts counts = count_ledger(ledger);
  const auto charged = counts.charges.find(charge.payment.text());
  EXPECT_EQ(charged == counts.charges.end() ? 0 : charged->second, expectation_of(fault.kind).charges);
  ASSERT_EQ(counts.creates.size(), 1u) << "one payment, one key";
  EXPECT_EQ(counts.creates.begin()->first, gateway::idempotency_key_of(charge.payment));
  EXPECT_EQ(counts.bodies.begin()->second.size(), 1u) << "a resend is byte-equal";
  // The ledger's own reader is not the adapter: the end in the table for people must agree with what was
  // seen.
  const bool succeeds = expectation_of(fault.kind).last == Verdict::succeeded;
  EXPECT_EQ(fault.ends.starts_with("SUCCESS"), succeeds) << fault.ends;
}

INSTANTIATE_TEST_SUITE_P(Simulator, EveryFault,
                         ::testing::Combine(::testing::Range<std::size_t>(0, devtools::all_faults().size()),
                                            ::testing::Bool()),
                         [](const auto& info) {
                           const Fault& fault = devtools::all_faults()[std::get<0>(info.param)];
                           return std::string(fault.name) +
                                  (std::get<1>(info.param) ? "_ordered" : "_by_amount");
                         });

TEST(FaultTable, HasDistinctNamesAndAmountsAndIsReadable) {
  std::set<std::string_view> names;
  std::set<std::int64_t> amounts;
  for (const Fault& fault : devtools::all_faults()) {
    EXPECT_TRUE(names.insert(fault.name).second) << fault.name;
    EXPECT_TRUE(amounts.insert(fault.amount).second) << fault.amount;
    EXPECT_EQ(devtools::fault_named(fault.name), &fault);
    EXPECT_EQ(devtools::fault_of_amount(fault.amount), &fault);
    EXPECT_NE(devtools::fault_table().find(fmt::format("| {} | `{}` |", fault.amount, fault.name)),
              std::string::npos);
  }
  EXPECT_EQ(devtools::fault_named("nonsense"), nullptr);
  EXPECT_EQ(devtools::fault_of_amount(1), nullptr);
}

}  // namespace
}  // namespace bursar::testing
