// The inside of the intake: who waits, and the one writer that takes them. For intake.cpp only.
#pragma once
#include <deque>
#include <exception>
#include <functional>

#include "store/database_clock.hpp"
#include "store/intake.hpp"

namespace bursar::store {

class Intake::Lane {
 public:
  Lane(Executor executor, const DatabaseOptions& database, const Clock& clock, Random& random,
       std::function<void()> committed);

  Task<AcceptOutcome> accept(NewPayment payment);
  Task<> run();
  bool is_connected() const { return connection_ != nullptr && connection_->is_open(); }
  const Counters& counters() const { return counters_; }

 private:
  struct Waiting {
    Waiting(const Executor& executor, NewPayment asked, PaymentId made_id, Instant at)
        : payment(std::move(asked)), id(made_id), created_at(at), answered(executor) {}
    NewPayment payment;
    PaymentId id;
    Instant created_at;
    Event answered;
    std::optional<AcceptOutcome> outcome;
    std::exception_ptr failure;
    bool is_split = false;   // in a batch with a culprit, which the database is answering part by part
    bool abandoned = false;  // its caller has gone: not worth a row that is not written yet
  };
  // Shared by its caller, who may be cancelled, and the batch, which may be on its way.
  using Entry = std::shared_ptr<Waiting>;
  using Batch = std::vector<Entry>;
  enum class Sent { taken, refused, away };

  Task<> connect();
  Task<> wait_for_work();
  Batch take_batch();
  Task<> commit(Batch batch);
  Task<Sent> send(const Batch& batch, std::string& sqlstate, std::string& constraint);
  Task<> answer_losers(const Batch& losers);
  void answer(const Entry& entry, AcceptOutcome outcome);
  void fail(const Entry& entry, const std::string& why);
  void answer_culprit(const Entry& entry, const std::string& sqlstate, const std::string& constraint);

  Executor executor_;
  pg::ConnectOptions options_;
  const Clock& clock_;
  Random& random_;
  std::function<void()> committed_;
  DatabaseClock database_clock_;
  std::unique_ptr<pg::Connection> connection_;
  std::deque<Entry> waiting_;
  Event arrived_, full_;
  Monotonic last_commit_{}, next_measurement_{};
  Counters counters_;
};

}  // namespace bursar::store
