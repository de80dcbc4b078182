// The database core as a play on a real PostgreSQL: accepting APIs, workers that claim, answer, die and come
// back, and operators. A test is a story told by its calls; every story ends with check_conserved().
#pragma once
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "hand.hpp"
#include "pg/connection.hpp"
#include "store/database.hpp"
#include "store/staff_log.hpp"
#include "store/worker_registry.hpp"

namespace bursar::store::test {

/// Deterministic ids: the same number at the same instant is the same payment.
inline constexpr Instant noon =
    std::chrono::sys_days{std::chrono::year{2024} / 7 / 11} + std::chrono::hours(12);
Uuid uuid(int number, Instant at = noon);
inline PaymentId payment(int number, Instant at = noon) { return PaymentId(uuid(number, at)); }
inline PrincipalId principal(int number) { return PrincipalId(uuid(number)); }
inline UserId user(int number) { return UserId(uuid(number)); }
/// Somebody of the staff, who decides something.
StaffAction staff(int number, std::string operation = "decide");
inline EventId outcome_of(int number) { return EventId{payment(number), 1}; }

/// Payments `first` … `last`, one each; their keys start at `first_key` and repeat after `keys`.
struct Order {
  int first = 1;
  int last = 1;
  int first_key = 0;  // 0 = a key of its own for every payment
  int keys = 1'000'000;
  std::uint8_t body = 1;
  int owner = 1;
  int payer = 1;
  std::int64_t amount = 1;
  std::string currency = "EUR";
  Instant at = noon;
};

class Stage {
 public:
  Stage(Executor executor, DatabaseOptions database)
      : executor_(std::move(executor)), database_(std::move(database)) {}

  const DatabaseOptions& database() const { return database_; }
  const Executor& executor() const { return executor_; }
  /// One connection per role, opened at first use. A second one where a story needs two at once.
  Task<pg::Connection*> as(Role role);
  Task<pg::Connection*> owner();
  Task<std::unique_ptr<pg::Connection>> another(Role role);

  /// How many were created; the others lost against a stored key.
  Task<int> accept(Order order);
  Task<int> accept(int first, int last);
  /// Accepted, charged and fanned out to the channels by a worker of its own.
  Task<> pay(int first, int last);

  Task<WorkerNumber> worker(std::string name);
  Task<std::size_t> claim(ExecuteHand& hand);
  Task<std::size_t> claim(ChannelHand& hand);
  Task<std::size_t> claim_messages(ExecuteHand& hand, bool suspects = false);
  Task<std::size_t> claim_messages(ChannelHand& hand, bool suspects = false);

  /// The holder answers its first `most` open items; returns how many of them the database took.
  Task<std::int64_t> finish(ExecuteHand& hand, ExecuteResult result, std::size_t most = 240,
                            std::string why = "");
  /// By deliver().
  Task<std::int64_t> deliver(ChannelHand& hand, DeliveryResult result, std::size_t most = 240);
  Task<std::int64_t> settle(ChannelHand& hand, DeliveryResult result, std::size_t most = 240,
                            std::string why = "", std::optional<std::int32_t> retry_after = std::nullopt);

  /// `died` is unseen for an hour, `taker` beats without a gap since yesterday; then the take-over of both
  /// sides.
  struct TakenOver {
    WorkerRegistry::TakenOver execute, channel;
  };
  Task<TakenOver> take_over(WorkerNumber taker, WorkerNumber died);
  Task<TakenOver> leave(WorkerNumber leaving);
  Task<> let_die(WorkerNumber worker);

  Task<> everything_is_due();
  Task<> run(std::string sql);
  Task<std::int64_t> number(std::string expression);
  Task<std::int64_t> count(std::string from) { return number("(SELECT count(*) FROM " + from + ")"); }
  Task<std::string> text(std::string expression);
  /// The SQLSTATE with which `sql` fails as `role`; "" when it succeeds. Nothing of it stays.
  Task<std::string> refusal(Role role, std::string sql);
  Task<> check_conserved();

 private:
  Task<pg::Result> ask(std::string sql);
  Task<> keep_alive(WorkerNumber worker);

  Executor executor_;
  DatabaseOptions database_;
  std::map<Role, std::unique_ptr<pg::Connection>> connections_;
  std::unique_ptr<pg::Connection> owner_;
  std::map<std::string, std::string> asked_;  // statement text → its name
};

/// The SQLSTATE of what was thrown, "" when nothing was.
template <class T>
Task<std::string> sqlstate_of(Task<T> task) {
  try {
    (void)co_await std::move(task);
  } catch (const pg::StatementFailed& failed) {
    co_return failed.sqlstate();
  }
  co_return "";
}

/// Tells a story on a migrated database of its own.
void on_stage(Task<> (*story)(Stage&));

}  // namespace bursar::store::test
