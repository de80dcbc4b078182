// The writing half of a lane: answers to the database, and what to do when it does not take them.
#include "base/fault.hpp"
#include "base/limits.hpp"
#include "base/log.hpp"
#include "events/lane.hpp"

namespace bursar::events {

template <class Side>
Task<> Lane<Side>::finish_loop() {
  while (true) {
    if (aside_.empty()) {
      co_await answered_.wait();
    } else {
      const auto left = std::chrono::ceil<milliseconds>(next_aside_ - clock_.monotonic());
      co_await answered_.wait_for(std::max(left, milliseconds(0)));
    }
    if (!aside_.empty() && clock_.monotonic() >= next_aside_) co_await write_aside();
    co_await wait_for_pace();
    Batch batch = take_batch();
    if (batch.answers.empty()) continue;
    co_await write(std::move(batch));
    last_finish_ = clock_.monotonic();
    if (options_.committed) options_.committed();
  }
}

// A full batch goes at once, an idle lane at once, else commits are apart: further while calls are still
// under way.
template <class Side>
Task<> Lane<Side>::wait_for_pace() {
  const milliseconds gap =
      running_ > 0 ? milliseconds(limits::partial_finish_every) : milliseconds(limits::finish_pace);
  const auto since = clock_.monotonic() - last_finish_;
  if (since >= gap || answers_.size() >= limits::batch_rows) co_return;
  full_.reset();
  co_await full_.wait_for(std::chrono::ceil<milliseconds>(gap - since));
}

// Answers of one kind: those of chunks or those of messages, plain or not; each kind has its statement.
template <class Side>
typename Lane<Side>::Batch Lane<Side>::take_batch() {
  Batch batch;
  std::deque<Answer> others;
  while (!answers_.empty() && batch.answers.size() < limits::batch_rows) {
    Answer answer = std::move(answers_.front());
    answers_.pop_front();
    if (!is_mine(answer.item.claim)) {
      ++counters_.lost;
      continue;
    }
    const bool of_chunk = answer.item.claim.chunk_id > 0;
    if (batch.answers.empty()) batch.chunks = of_chunk;
    const bool fits =
        batch.answers.empty() ||
        (of_chunk == batch.chunks && Side::is_plain(answer) == Side::is_plain(batch.answers.front()));
    if (fits)
      batch.answers.push_back(std::move(answer));
    else
      others.push_back(std::move(answer));
  }
  for (; !others.empty(); others.pop_back()) answers_.push_front(std::move(others.back()));
  if (answers_.empty()) answered_.reset();
  return batch;
}

template <class Side>
Task<> Lane<Side>::write(Batch batch) {
  const auto generation = generation_;
  const Written written = co_await write_once(batch);
  if (generation != generation_) co_return;
  switch (written) {
    case Written::all:
      ++counters_.commits;
      finish_pause_.reset();
      for (const Answer& answer : batch.answers) settle(answer);
      co_return;
    case Written::in_part:
    case Written::away:
      co_await review_until_decided(std::move(batch));
      co_return;
    case Written::bad_row:
    case Written::blocked:
      if (batch.answers.size() > 1)
        co_await write_in_halves(std::move(batch));
      else
        co_await put_aside(std::move(batch.answers.front()), written);
      co_return;
  }
}

template <class Side>
Task<typename Lane<Side>::Written> Lane<Side>::write_once(const Batch& batch) {
  std::vector<store::ChunkPart> parts;
  if (batch.chunks) {
    std::map<std::int64_t, std::pair<store::Claim, std::int32_t>> answered;
    for (const Answer& answer : batch.answers) {
      auto& entry = answered[answer.item.claim.chunk_id];
      entry.first = answer.item.claim;
      ++entry.second;
    }
    for (const auto& [id, entry] : answered) parts.push_back(chunks_.part(entry.first, entry.second));
  }
  try {
    fault::point(Side::role == store::Role::executor ? "executor.finishing" : "notifier.finishing");
    auto* connection = co_await finishes_.get();
    typename Side::Queue queue(*connection, options_.queue, worker_);
    std::int64_t taken = 0;
    if (batch.chunks)
      taken = co_await Side::write_chunks(queue, batch.answers, parts);
    else
      taken = co_await Side::write_messages(queue, batch.answers);
    fault::point(Side::role == store::Role::executor ? "executor.finished" : "notifier.finished");
    counters_.written += static_cast<std::uint64_t>(taken);
    co_return taken == std::ssize(batch.answers) ? Written::all : Written::in_part;
  } catch (const Unavailable& away) {
    log::warning("finish_failed",
                 {{"lane", options_.name}, {"items", batch.answers.size()}, {"reason", away.what()}});
    co_return Written::away;
  } catch (const pg::StatementFailed& failed) {
    log::warning("finish_refused", {{"lane", options_.name},
                                    {"items", batch.answers.size()},
                                    {"sqlstate", failed.sqlstate()},
                                    {"reason", failed.what()}});
    if (failed.is_unique_violation()) co_return Written::in_part;
    if (failed.is_about_rows()) co_return Written::bad_row;
    // Too slow, or in another's way: nothing of it was written, and no answer is to blame.
    if (failed.is_about_the_moment()) co_return Written::away;
    co_return Written::blocked;
  }
}

// Something in the batch, or a lock on something, is to blame: halved until the culprit is alone.
template <class Side>
Task<> Lane<Side>::write_in_halves(Batch batch) {
  const auto generation = generation_;
  Batch second;
  second.chunks = batch.chunks;
  const auto middle = batch.answers.begin() + static_cast<std::ptrdiff_t>(batch.answers.size() / 2);
  std::move(middle, batch.answers.end(), std::back_inserter(second.answers));
  batch.answers.erase(middle, batch.answers.end());
  co_await write(std::move(batch));
  if (generation != generation_) co_return;
  std::erase_if(second.answers, [this](const Answer& answer) { return !is_mine(answer.item.claim); });
  if (!second.answers.empty()) co_await write(std::move(second));
}

// An answer that the database will never take is degraded; one that it does not take now stays what it is,
// for only the answer knows what the outside did, and is tried again by itself.
template <class Side>
Task<> Lane<Side>::put_aside(Answer answer, Written why) {
  if (!is_mine(answer.item.claim)) co_return;
  if (why == Written::blocked) {
    if (aside_.empty()) next_aside_ = clock_.monotonic() + aside_pause_.next();
    aside_.push_back(std::move(answer));
    co_return;
  }
  ++counters_.degraded;
  Side::degrade(answer, "the database refused the answer; see the log line finish_refused");
  answers_.push_back(std::move(answer));
  answered_.set();
  co_await pause(limits::reconnect_pause);
}

template <class Side>
Task<> Lane<Side>::write_aside() {
  const auto generation = generation_;
  std::deque<Answer> tried = std::exchange(aside_, {});
  next_aside_ = clock_.monotonic() + aside_pause_.next();
  for (Answer& answer : tried) {
    if (!is_mine(answer.item.claim)) continue;
    Batch alone;
    alone.chunks = answer.item.claim.chunk_id > 0;
    alone.answers.push_back(std::move(answer));
    co_await write(std::move(alone));
    if (generation != generation_) co_return;
  }
  if (aside_.empty()) aside_pause_.reset();
}

template <class Side>
Task<> Lane<Side>::review_until_decided(Batch batch) {
  const auto generation = generation_;
  std::vector<store::Standing> standings;
  while (standings.empty()) {
    try {
      auto* connection = co_await finishes_.get();
      standings = co_await store::review(*connection, options_.queue, worker_, batch.answers);
    } catch (const std::runtime_error& failed) {
      log::warning("review_failed", {{"lane", options_.name}, {"reason", failed.what()}});
    }
    if (standings.empty()) co_await pause(limits::reconnect_pause);
    if (generation != generation_) co_return;
  }
  ++counters_.reviewed;
  bool progress = false;
  for (std::size_t i = 0; i < batch.answers.size(); ++i) {
    Answer& answer = batch.answers[i];
    progress |= standings[i] != store::Standing::held;
    if (!is_mine(answer.item.claim)) continue;
    if (standings[i] == store::Standing::settled) settle(answer);
    if (standings[i] == store::Standing::lost) lose(answer);
    if (standings[i] == store::Standing::held) answers_.push_front(std::move(answer));
  }
  if (!answers_.empty()) answered_.set();
  // Everything is still mine: it was an outage, and is written again after a pause, longer each time.
  if (!progress) co_await pause(finish_pause_.next());
}

template class Lane<ExecuteSide>;
template class Lane<ChannelSide>;

}  // namespace bursar::events
