#include "store/intake.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/fault.hpp"
#include "base/limits.hpp"
#include "base/log.hpp"
#include "sql.hpp"
#include "store/intake_lane.hpp"
#include "store/payment_rows.hpp"

namespace bursar::store {

Intake::Intake(Executor executor, const DatabaseOptions& database, const Clock& clock, Random& random,
               std::function<void()> committed)
    : lane_(std::make_unique<Lane>(std::move(executor), database, clock, random, std::move(committed))) {}
Intake::~Intake() = default;
Task<AcceptOutcome> Intake::accept(NewPayment payment) { return lane_->accept(std::move(payment)); }
Task<> Intake::run() { return lane_->run(); }
bool Intake::is_connected() const { return lane_->is_connected(); }
const Intake::Counters& Intake::counters() const { return lane_->counters(); }

namespace {

pg::ConnectOptions writer_of(const DatabaseOptions& database) {
  auto options = connect_as(database, Role::api);
  options.lock_timeout = limits::accept_lock_timeout;
  return options;
}

// Whoever holds the key decides. 23505 too: ids are ours, so it can only be an earlier try of the same row
// that is being committed beside this one.
bool is_undecided(std::string_view sqlstate) {
  return sqlstate == "55P03" || sqlstate == "57014" || sqlstate == "40P01" || sqlstate == "40001" ||
         sqlstate == "23505";
}

}  // namespace

Intake::Lane::Lane(Executor executor, const DatabaseOptions& database, const Clock& clock, Random& random,
                   std::function<void()> committed)
    : executor_(executor),
      options_(writer_of(database)),
      clock_(clock),
      random_(random),
      committed_(std::move(committed)),
      database_clock_(clock),
      arrived_(executor),
      full_(executor) {}

// ── The callers' side
// ─────────────────────────────────────────────────────────────────────────────────────────────

Task<AcceptOutcome> Intake::Lane::accept(NewPayment payment) {
  if (waiting_.size() >= limits::intake_waiting)
    throw Unavailable(
        fmt::format("{} payments wait for the database already; try again later", waiting_.size()));
  const Instant now = database_clock_.now();
  const PaymentId id(time_ordered_uuid(now, random_));
  const auto entry = std::make_shared<Waiting>(executor_, std::move(payment), id, now);
  waiting_.push_back(entry);
  arrived_.set();
  if (waiting_.size() >= limits::batch_rows) full_.set();
  struct Abandon {
    Waiting& entry;
    ~Abandon() { entry.abandoned = true; }
  } abandon_when_leaving{*entry};
  bool is_answered = co_await entry->answered.wait_for(limits::intake_give_up);
  if (!is_answered && entry->is_split)
    is_answered = co_await entry->answered.wait_for(limits::split_patience);
  if (!is_answered)
    throw Unavailable(
        "the database did not take the payment in time; the same request with the same key finds out");
  if (entry->failure) std::rethrow_exception(entry->failure);
  co_return std::move(*entry->outcome);
}

void Intake::Lane::answer(const Entry& entry, AcceptOutcome outcome) {
  if (std::holds_alternative<Created>(outcome))
    ++counters_.accepted;
  else if (std::holds_alternative<Replayed>(outcome))
    ++counters_.replayed;
  else
    ++counters_.refused;
  entry->outcome = std::move(outcome);
  entry->answered.set();
}

void Intake::Lane::fail(const Entry& entry, const std::string& why) {
  entry->failure = std::make_exception_ptr(Unavailable(why));
  entry->answered.set();
}

// ── The writer's side
// ─────────────────────────────────────────────────────────────────────────────────────────────

Task<> Intake::Lane::run() {
  while (true) {
    try {
      if (!is_connected()) co_await connect();
      co_await wait_for_work();
      Batch batch = take_batch();
      if (!batch.empty()) co_await commit(std::move(batch));
    } catch (const Unavailable& away) {
      log::warning("intake_waits", {{"waiting", waiting_.size()}, {"reason", away.what()}});
      connection_ = nullptr;
    } catch (const pg::StatementFailed& failed) {
      log::error("intake_failed", {{"sqlstate", failed.sqlstate()}, {"reason", failed.what()}});
      connection_ = nullptr;
    }
    if (!is_connected()) {
      std::erase_if(waiting_, [](const Entry& entry) { return entry->abandoned; });
      co_await pause(limits::reconnect_pause);
    }
  }
}

Task<> Intake::Lane::connect() {
  connection_ = nullptr;
  // Only then connected: without the database's clock a payment has no id, and readiness must not say
  // otherwise.
  auto opened = co_await pg::Connection::open(executor_, options_);
  co_await database_clock_.measure(*opened);
  connection_ = std::move(opened);
  next_measurement_ = clock_.monotonic() + limits::clock_measured_every;
  log::info("intake_connected");
}

// A full batch goes at once, an idle lane at once, else commits keep their distance. An idle lane looks after
// its connection, so that readiness tells the truth.
Task<> Intake::Lane::wait_for_work() {
  while (!co_await arrived_.wait_for(limits::idle_connection_check)) {
    if (!connection_->is_alive()) throw pg::ConnectionLost("the database closed an idle connection");
    if (clock_.monotonic() >= next_measurement_) break;
  }
  if (clock_.monotonic() >= next_measurement_) {
    next_measurement_ = clock_.monotonic() + limits::clock_measured_every;
    co_await database_clock_.measure(*connection_);
  }
  const auto since = clock_.monotonic() - last_commit_;
  if (since >= limits::accept_pace || waiting_.size() >= limits::batch_rows) co_return;
  full_.reset();
  co_await full_.wait_for(std::chrono::ceil<milliseconds>(limits::accept_pace - since));
}

// At most a statement's rows, in the order of their key digests: two batches that meet cannot deadlock.
Intake::Lane::Batch Intake::Lane::take_batch() {
  Batch batch;
  while (!waiting_.empty() && batch.size() < limits::batch_rows) {
    if (!waiting_.front()->abandoned) batch.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  if (waiting_.empty()) arrived_.reset();
  // Of one key the first to come is first: ids of a loop are in the order of their instants.
  std::ranges::sort(batch, {},
                    [](const Entry& entry) { return std::pair(entry->payment.key_digest, entry->id); });
  return batch;
}

// Splits what fails until the culprits are alone. They are answered last; what was lost on the way is run
// again, with the same ids: ON CONFLICT then waits for the transaction whose COMMIT had no answer, and finds
// our own rows.
Task<> Intake::Lane::commit(Batch batch) {
  struct Culprit {
    Entry entry;
    std::string sqlstate, constraint;
  };
  std::vector<Culprit> culprits;
  std::deque<Batch> parts;
  parts.push_back(std::move(batch));
  bool away_before = false;
  while (!parts.empty()) {
    Batch part = std::move(parts.front());
    parts.pop_front();
    const bool is_alone = part.size() == 1;
    std::string sqlstate, constraint;
    const Sent sent = co_await send(part, sqlstate, constraint);
    // A connection that was lost is often good again at once.
    if (sent == Sent::away && away_before) co_await pause(limits::reconnect_pause);
    away_before = sent == Sent::away;
    if (sent == Sent::away) ++counters_.reruns;
    // What failed in its second statement has answered some already.
    std::erase_if(part, [](const Entry& entry) { return entry->abandoned || entry->answered.is_set(); });
    if (part.empty()) continue;
    if (sent == Sent::away) {
      parts.push_front(std::move(part));
    } else if (sent == Sent::refused && is_alone) {
      culprits.push_back({part.front(), sqlstate, constraint});
    } else if (sent == Sent::refused) {
      ++counters_.halvings;
      for (const Entry& entry : part) entry->is_split = true;
      const std::size_t size = (part.size() + limits::accept_split - 1) / limits::accept_split;
      for (std::size_t at = 0; at < part.size(); at += size) {
        const auto from = part.begin() + static_cast<std::ptrdiff_t>(at);
        const auto to = part.begin() + static_cast<std::ptrdiff_t>(std::min(at + size, part.size()));
        parts.emplace_back(from, to);
      }
    }
  }
  for (const Culprit& culprit : culprits) answer_culprit(culprit.entry, culprit.sqlstate, culprit.constraint);
}

void Intake::Lane::answer_culprit(const Entry& entry, const std::string& sqlstate,
                                  const std::string& constraint) {
  log::warning("row_refused",
               {{"payment_id", entry->id.text()}, {"sqlstate", sqlstate}, {"constraint", constraint}});
  if (is_undecided(sqlstate))
    fail(entry, "another request with this idempotency key is still being decided; try again later");
  else
    answer(entry, RowRefused{sqlstate, constraint});
}

Task<Intake::Lane::Sent> Intake::Lane::send(const Batch& batch, std::string& sqlstate,
                                            std::string& constraint) {
  try {
    if (!is_connected()) co_await connect();
    const auto params = accept_params(
        batch, [](const Entry& entry) { return RowToAccept{&entry->payment, entry->id, entry->created_at}; });
    fault::point("intake.sent");
    const auto result = co_await connection_->run(sql::accept, params);
    fault::point("intake.committed");
    ++counters_.commits;
    last_commit_ = clock_.monotonic();
    std::set<Uuid> created;
    for (const auto row : result)
      for (const Uuid& id : row.get<std::vector<Uuid>>("items")) created.insert(id);
    Batch losers;
    for (const Entry& entry : batch) {
      if (created.contains(entry->id.value))
        answer(entry, Created{payment_of(entry->payment, entry->id, entry->created_at)});
      else
        losers.push_back(entry);
    }
    if (committed_ && !created.empty()) committed_();
    if (!losers.empty()) co_await answer_losers(losers);
    co_return Sent::taken;
  } catch (const Unavailable& away) {
    log::warning("accept_lost", {{"rows", batch.size()}, {"reason", away.what()}});
    co_return Sent::away;
  } catch (const pg::StatementFailed& failed) {
    sqlstate = failed.sqlstate();
    constraint = failed.constraint();
    // A caller waits for each row: also what only the moment is to blame for is split, so that a key that
    // somebody holds keeps nobody but its own callers waiting.
    if (!failed.is_about_rows() && !is_undecided(sqlstate)) {
      log::error("accept_failed",
                 {{"rows", batch.size()}, {"sqlstate", sqlstate}, {"reason", failed.what()}});
      for (const Entry& entry : batch)
        fail(entry, "the database cannot take payments right now; it says " + sqlstate);
      co_return Sent::taken;
    }
    co_return Sent::refused;
  }
}

Task<> Intake::Lane::answer_losers(const Batch& losers) {
  pg::Params params;
  params.array<Uuid>(losers, [](const Entry& entry) { return entry->payment.key_digest.value; });
  const auto result = co_await connection_->run(sql::losers, params);
  std::map<Uuid, StoredPayment> stored;
  for (const auto row : result)
    stored.insert_or_assign(row.get<Uuid>("key_digest"), read_stored_payment(row));
  for (const Entry& entry : losers) {
    const auto found = stored.find(entry->payment.key_digest.value);
    // Made by me: the COMMIT before had lost its answer.
    if (found == stored.end())
      fail(entry, "the payment with this key is still being decided; try again later");
    else if (found->second.payment.id == entry->id)
      answer(entry, Created{found->second.payment});
    else if (found->second.fingerprint == entry->payment.fingerprint)
      answer(entry, Replayed{found->second.payment});
    else
      answer(entry, KeyReused{});
  }
}

}  // namespace bursar::store
