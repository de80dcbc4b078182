#include "callers.hpp"

#include <map>

#include "stage.hpp"
#include "testing/postgres.hpp"

namespace bursar::store::test {

NewPayment ask_by(int number, int owner, int payer) {
  NewPayment payment{.key_digest = KeyDigest(uuid(1'000'000 + number)),
                     .idempotency_key = "key-" + std::to_string(number),
                     .fingerprint = {1, static_cast<std::uint8_t>(number)},
                     .created_by = principal(owner),
                     .user_id = user(payer),
                     .money = {100 + number, *Currency::from_code("EUR")}};
  payment.description = "order " + std::to_string(number);
  payment.request_id = "request-" + std::to_string(number);
  return payment;
}

NewPayment ask(int number) { return ask_by(number, 1, 1); }

Callers::Callers(Executor executor, const DatabaseOptions& database)
    : executor_(executor),
      intake_(executor, database, clock_, random_),
      changed_(executor),
      lane_(std::make_unique<TaskGroup>(executor)),
      callers_(std::make_unique<TaskGroup>(executor)) {}

Task<> Callers::start() {
  lane_->spawn("intake", intake_.run());
  while (!intake_.is_connected()) co_await pause(milliseconds(1));
  // Connected comes a round trip before the clock is known.
  bool ready = false;
  while (!ready) {
    co_await call_and_wait(ask(999'999));
    ready = answers_.back().what != "unavailable";
    if (!ready) co_await pause(milliseconds(1));
  }
  answers_.clear();
  called_ = 0;
}

Task<> Callers::stop_lane() {
  lane_->cancel();
  co_await lane_->join();
}

Task<> Callers::stop() {
  co_await callers_->join();
  co_await stop_lane();
}

void Callers::call(NewPayment payment) {
  ++called_;
  callers_->spawn("caller", one(std::move(payment)));
}

Task<> Callers::call_and_wait(NewPayment payment) {
  call(std::move(payment));
  co_await all_told();
}

Task<> Callers::told(std::size_t count) {
  while (answers_.size() < count) {
    changed_.reset();
    co_await changed_.wait();
  }
}
Task<> Callers::all_told() { co_await told(called_); }

Task<> Callers::leave() {
  callers_->cancel();
  co_await callers_->join();
  callers_ = std::make_unique<TaskGroup>(executor_);
  called_ = answers_.size();
}

Task<> Callers::one(NewPayment payment) {
  Told told{.asked = payment, .what = "", .payment = std::nullopt, .message = ""};
  const auto called_at = clock_.monotonic();
  try {
    const AcceptOutcome outcome = co_await intake_.accept(std::move(payment));
    if (const auto* created = std::get_if<Created>(&outcome)) {
      told.what = "created";
      told.payment = created->payment;
    } else if (const auto* replayed = std::get_if<Replayed>(&outcome)) {
      told.what = "replayed";
      told.payment = replayed->payment;
    } else if (const auto* refused = std::get_if<RowRefused>(&outcome)) {
      told.what = "refused " + refused->sqlstate + " " + refused->constraint;
    } else {
      told.what = "key reused";
    }
  } catch (const Unavailable& away) {
    told.what = "unavailable";
    told.message = away.what();
  }
  told.after = std::chrono::duration_cast<milliseconds>(clock_.monotonic() - called_at);
  answers_.push_back(std::move(told));
  changed_.set();
}

std::size_t Callers::count(std::string_view what) const {
  return static_cast<std::size_t>(std::ranges::count(answers_, what, &Told::what));
}

const Told& Callers::answer_of(int number) const {
  static const Told nothing{.asked = ask(0), .what = "nothing", .payment = std::nullopt, .message = ""};
  const auto digest = ask(number).key_digest;
  const auto found = std::ranges::find(answers_, digest, [](const Told& t) { return t.asked.key_digest; });
  return found == answers_.end() ? nothing : *found;
}

Task<> Callers::check_recovers() {
  const auto give_up = clock_.monotonic() + seconds(10);
  std::string last;
  for (int number = 900'000; clock_.monotonic() < give_up; ++number) {
    co_await call_and_wait(ask(number));
    last = answers_.back().what;
    if (last == "created") co_return;
    co_await pause(milliseconds(50));
  }
  ADD_FAILURE() << "the intake does not recover; the last caller was told " << last;
}

void check_acknowledged(const std::string& url, const std::vector<Told>& answers) {
  std::map<std::string, std::string> stored;
  for (const auto& row : testing::query(url, "SELECT payment_id, key_digest FROM payment_intents"))
    stored.emplace(row[1], row[0]);
  for (const Told& told : answers)
    if (told.payment) EXPECT_EQ(stored[told.asked.key_digest.text()], told.payment->id.text()) << told.what;
  const auto faults = testing::query(url, "SELECT * FROM conservation_faults LIMIT 3");
  EXPECT_EQ(faults.size(), 0U) << (faults.empty() ? "" : faults[0][0]);
  const auto twice = testing::query(
      url, "SELECT item FROM chunks, unnest(items) item GROUP BY item HAVING count(*) > 1 LIMIT 3");
  EXPECT_EQ(twice.size(), 0U) << "a payment is in two chunks";
}

}  // namespace bursar::store::test
