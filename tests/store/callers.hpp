// Callers of an intake and what each of them was told, in the order of the answers. Every fault test ends
// with check_recovers().
#pragma once
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/task_group.hpp"
#include "store/intake.hpp"

namespace bursar::store::test {

/// A payment with a key of its own; the same number is the same key, payer and body.
NewPayment ask(int number);
NewPayment ask_by(int number, int owner, int payer);

struct Told {
  NewPayment asked;
  /// "created", "replayed", "key reused", "refused <SQLSTATE> <constraint>" or "unavailable".
  std::string what;
  std::optional<Payment> payment;
  milliseconds after{0};  // since the call
  std::string message;    // of an Unavailable
};

class Callers {
 public:
  Callers(Executor executor, const DatabaseOptions& database);
  Callers(const Callers&) = delete;
  Callers& operator=(const Callers&) = delete;

  /// The lane runs and has its connection.
  Task<> start();
  /// The lane stops; who waits is told nothing until their time is over.
  Task<> stop_lane();
  /// Before the end of every test.
  Task<> stop();

  void call(NewPayment payment);
  Task<> call_and_wait(NewPayment payment);
  /// Returns when so many have been told something.
  Task<> told(std::size_t count);
  Task<> all_told();
  /// Whoever still waits goes away and is told nothing.
  Task<> leave();

  const std::vector<Told>& answers() const { return answers_; }
  std::size_t count(std::string_view what) const;
  /// What the caller with this number's key was told.
  const Told& answer_of(int number) const;
  Intake& intake() { return intake_; }

  /// The lane works again by itself: a payment is accepted within ten seconds.
  Task<> check_recovers();

 private:
  Task<> one(NewPayment payment);

  Executor executor_;
  SystemClock clock_;
  SystemRandom random_;
  Intake intake_;
  std::size_t called_ = 0;
  std::vector<Told> answers_;
  Event changed_;
  std::unique_ptr<TaskGroup> lane_, callers_;
};

/// What a test knows of the payments that were acknowledged: each is stored once, as it was told, and waits
/// in exactly one chunk. `url` of the server itself.
void check_acknowledged(const std::string& url, const std::vector<Told>& answers);

}  // namespace bursar::store::test
