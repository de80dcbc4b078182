#include "events/lane.hpp"

#include <algorithm>
#include <cmath>

#include "base/fault.hpp"
#include "base/limits.hpp"
#include "base/log.hpp"

namespace bursar::events {

template <class Side>
Lane<Side>::Lane(Executor executor, LaneOptions options, Incarnation& incarnation, Consumer<Side>& consumer,
                 const Clock& clock)
    : options_(std::move(options)),
      incarnation_(incarnation),
      consumer_(consumer),
      clock_(clock),
      claims_(executor, store::connect_as(options_.database, Side::role)),
      finishes_(executor, store::connect_as(options_.database, Side::role)),
      wake_(executor),
      answered_(executor),
      full_(executor),
      idle_(executor),
      tasks_(executor) {
  idle_.set();
}

template <class Side>
void Lane<Side>::start() {
  tasks_.spawn(options_.name + " claims", claim_loop());
  tasks_.spawn(options_.name + " finishes", finish_loop());
}

template <class Side>
Task<> Lane<Side>::drain(milliseconds time) {
  draining_ = true;
  // What a claim under way brings is handed back too, as it came.
  const auto end = clock_.monotonic() + time;
  while (claiming_ && clock_.monotonic() < end) co_await pause(milliseconds(1));
  while (!waiting_.empty()) {
    Item item = std::move(waiting_.front());
    waiting_.pop_front();
    answered(Side::postponed(std::move(item)), generation_);
  }
  co_await idle_.wait_for(
      std::max(milliseconds(0), std::chrono::floor<milliseconds>(end - clock_.monotonic())));
}

template <class Side>
Task<> Lane<Side>::stop() {
  tasks_.cancel();
  co_await tasks_.join();
}

// ── Claiming
// ──────────────────────────────────────────────────────────────────────────────────────────────────────

template <class Side>
Task<> Lane<Side>::claim_loop() {
  while (true) {
    bool found = false;
    milliseconds wait = limits::finish_pace;
    try {
      claiming_ = true;
      found = co_await claim_some();
    } catch (const Unavailable& away) {
      log::warning("claim_failed", {{"lane", options_.name}, {"reason", away.what()}});
      wait = limits::reconnect_pause;
      adopt_until_ = clock_.monotonic() + limits::adopt_for;
    } catch (const pg::StatementFailed& failed) {
      log::error("claim_failed",
                 {{"lane", options_.name}, {"sqlstate", failed.sqlstate()}, {"reason", failed.what()}});
      wait = limits::beat_every;
    }
    claiming_ = false;
    // Who cannot claim does not keep the other lanes from it.
    if (wait != limits::finish_pace) stand_back();
    if (found || wait != limits::finish_pace) {
      co_await pause(wait);
    } else {
      co_await wake_.wait_for(limits::idle_poll);
      wake_.reset();
    }
  }
}

template <class Side>
Task<bool> Lane<Side>::claim_some() {
  ++counters_.rounds;
  if (incarnation_.worker() != worker_) forget_everything();
  const Appetite appetite = consumer_.appetite();
  if (draining_ || appetite == Appetite::none || !incarnation_.may_call()) {
    stand_back();
    co_return false;
  }
  auto* queue = co_await claim_queue();
  if (worker_ != incarnation_.worker()) co_return true;
  co_await adopt_lost_claims(*queue);
  if (co_await claim_suspect(*queue)) co_return true;
  if (waiting_.size() >= options_.concurrency) co_return false;
  const auto message_items = co_await claim_into(*queue, true, appetite);
  if (appetite == Appetite::trial && message_items > 0) co_return true;
  const auto chunk_items = co_await claim_into(*queue, false, appetite);
  co_return chunk_items + message_items > 0;
}

template <class Side>
Task<typename Side::Queue*> Lane<Side>::claim_queue() {
  auto* connection = co_await claims_.get();
  if (queue_ == nullptr || queue_made_for_ != claims_.opened()) {
    queue_ = std::make_unique<typename Side::Queue>(*connection, options_.queue, worker_);
    queue_made_for_ = claims_.opened();
    next_low_water_ = clock_.monotonic();
  }
  if (clock_.monotonic() >= next_low_water_) {
    next_low_water_ = clock_.monotonic() + seconds(1);
    co_await queue_->refresh_low_water();
  }
  co_return queue_.get();
}

// Chunks or due messages, unless a lane waits for the process to itself.
template <class Side>
Task<std::size_t> Lane<Side>::claim_into(typename Side::Queue& queue, bool messages, Appetite appetite) {
  auto& holdings = incarnation_.holdings();
  if (!holdings.begin_claim()) co_return 0;
  if (std::exchange(suspect_found_, false)) next_suspects_ = clock_.monotonic() + 2 * limits::idle_poll;
  std::vector<Item> items;
  try {
    if (messages) {
      const int most = appetite == Appetite::trial ? 1 : static_cast<int>(limits::message_claim_items);
      auto batch = co_await queue.claim_messages(most);
      items = std::move(batch.items);
    } else {
      // The mean size of the last chunks keeps what is locked near what is taken.
      const int most = appetite == Appetite::trial ? 1 : static_cast<int>(limits::claim_items);
      auto batch = co_await queue.claim(static_cast<int>(std::max(1.0, most / chunk_size_)), most);
      items = std::move(batch.items);
    }
  } catch (...) {
    holdings.end_claim(0);
    throw;
  }
  const auto count = items.size();
  holdings.end_claim(count);
  take(std::move(items));
  co_return count;
}

// A claim may have been committed although its answer was lost with the connection. What this worker holds
// without knowing is taken up; repeated while the server may still be at the old statement.
template <class Side>
Task<> Lane<Side>::adopt_lost_claims(typename Side::Queue& queue) {
  const auto now = clock_.monotonic();
  if (now > adopt_until_ || now < next_adoption_) co_return;
  auto& holdings = incarnation_.holdings();
  if (!holdings.begin_claim()) co_return;
  std::vector<Item> items;
  try {
    std::vector<std::int64_t> claims;
    for (const auto& [number, open] : message_claims_) claims.push_back(number);
    auto batch = co_await queue.held_besides(chunks_.ids(), claims);
    items = std::move(batch.items);
  } catch (...) {
    holdings.end_claim(0);
    throw;
  }
  holdings.end_claim(items.size());
  next_adoption_ = now + seconds(1);
  if (!items.empty()) log::info("claims_adopted", {{"lane", options_.name}, {"items", items.size()}});
  take(std::move(items));
}

// A suspect is claimed alone: the process runs empty first. Once a second one that is due is reserved, so
// that one process does so and the others go on, and again until its turn has come; a reservation that is not
// renewed ends by itself. Who dies with a poison is a suspect with it, so there may be many: behind one the
// next is asked for as soon as this lane has had a claim and every other lane the time for one.
template <class Side>
Task<bool> Lane<Side>::claim_suspect(typename Side::Queue& queue) {
  auto& holdings = incarnation_.holdings();
  if (clock_.monotonic() >= next_suspects_ && holdings.may_want_alone(this)) {
    next_suspects_ = clock_.monotonic() + limits::suspects_looked_for_every;
    reserved_ = co_await queue.reserve_suspect(reserved_);
    if (reserved_)
      holdings.want_alone(this);
    else
      holdings.give_up(this);
  }
  if (!reserved_ || !holdings.begin_alone(this)) co_return false;
  const Instant reserved = *std::exchange(reserved_, std::nullopt);
  std::vector<Item> items;
  try {
    auto batch = co_await queue.claim_suspect(reserved);
    items = std::move(batch.items);
  } catch (...) {
    holdings.end_alone(0);
    throw;
  }
  const auto count = items.size();
  holdings.end_alone(count);
  suspect_found_ = count > 0;
  take(std::move(items));
  co_return count > 0;
}

template <class Side>
void Lane<Side>::stand_back() {
  reserved_.reset();
  incarnation_.holdings().give_up(this);
}

template <class Side>
void Lane<Side>::take(std::vector<Item> items) {
  if (items.empty()) return;
  fault::point(Side::role == store::Role::executor ? "executor.claimed" : "notifier.claimed");
  counters_.claimed += items.size();
  open_ += items.size();
  idle_.reset();
  std::size_t chunk_items = 0;
  const auto chunks_before = chunks_.count();
  for (Item& item : items) {
    if (item.claim.chunk_id > 0) {
      chunks_.add(item.claim);
      ++chunk_items;
    } else {
      ++message_claims_[item.claim.number];
    }
    waiting_.push_back(std::move(item));
  }
  const auto chunks = chunks_.count() - chunks_before;
  if (chunks > 0) chunk_size_ = static_cast<double>(chunk_items) / static_cast<double>(chunks);
  if (draining_) {
    // Claimed while the drain began: handed back as it came.
    for (; !waiting_.empty(); waiting_.pop_front()) answered(Side::postponed(waiting_.front()), generation_);
    return;
  }
  start_more();
}

// ── Working
// ───────────────────────────────────────────────────────────────────────────────────────────────────────

template <class Side>
void Lane<Side>::start_more() {
  while (running_ < options_.concurrency && !waiting_.empty()) {
    Item item = std::move(waiting_.front());
    waiting_.pop_front();
    if (!is_mine(item.claim)) continue;
    ++running_;
    tasks_.spawn(options_.name + " item", work(std::move(item), generation_));
  }
  if (waiting_.size() < options_.concurrency) wake_.set();
}

template <class Side>
Task<> Lane<Side>::work(Item item, std::uint64_t generation) {
  // An own beat that is too old: another process may be about to take this over. Nothing is started.
  Answer answer;
  const MayCall may_call = [this, generation] {
    return generation == generation_ && incarnation_.may_call();
  };
  if (may_call()) {
    answer = co_await consumer_.handle(std::move(item), may_call);
  } else {
    answer = Side::postponed(std::move(item));
  }
  --running_;
  answered(std::move(answer), generation);
  start_more();
}

template <class Side>
void Lane<Side>::answered(Answer answer, std::uint64_t generation) {
  if (generation != generation_ || !is_mine(answer.item.claim)) {
    ++counters_.lost;
    return;
  }
  answers_.push_back(std::move(answer));
  answered_.set();
  if (answers_.size() >= limits::batch_rows) full_.set();
}

// ── Accounts
// ──────────────────────────────────────────────────────────────────────────────────────────────────────

template <class Side>
bool Lane<Side>::is_mine(const store::Claim& claim) const {
  return claim.chunk_id == 0 || chunks_.holds(claim);
}

template <class Side>
void Lane<Side>::settle(const Answer& answer) {
  const store::Claim& claim = answer.item.claim;
  if (claim.chunk_id > 0)
    chunks_.settle(claim, 1);
  else
    forget_message(claim);
  release(1);
}

template <class Side>
void Lane<Side>::lose(const Answer& answer) {
  const store::Claim& claim = answer.item.claim;
  std::size_t items = 1;
  if (claim.chunk_id > 0)
    items = chunks_.forget(claim);
  else
    forget_message(claim);
  counters_.lost += items;
  release(items);
}

template <class Side>
void Lane<Side>::forget_message(const store::Claim& claim) {
  const auto found = message_claims_.find(claim.number);
  CHECK(found != message_claims_.end());
  if (--found->second == 0) message_claims_.erase(found);
}

template <class Side>
void Lane<Side>::forget_everything() {
  if (open_ > 0) log::warning("claims_lost", {{"lane", options_.name}, {"items", open_}});
  worker_ = incarnation_.worker();
  ++generation_;
  counters_.lost += open_;
  waiting_.clear();
  answers_.clear();
  aside_.clear();
  answered_.reset();
  chunks_ = HeldChunks();
  message_claims_.clear();
  queue_ = nullptr;
  release(open_);
}

template <class Side>
void Lane<Side>::release(std::size_t items) {
  CHECK(items <= open_);
  open_ -= items;
  incarnation_.holdings().release(items);
  if (open_ == 0) idle_.set();
}

// Members defined here; those of lane_write.cpp are instantiated there.
template class Lane<ExecuteSide>;
template class Lane<ChannelSide>;

}  // namespace bursar::events
