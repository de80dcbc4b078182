// The consumer loop of one queue in one process: claim → work → write, with bounded concurrency, paced
// commits and partial finishes, so that stragglers hold nobody. Everything a lane cannot decide it reads back
// (store/review.hpp); what it cannot write is degraded, never dropped. One loop; two instantiations
// (sides.hpp).
#pragma once
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/backoff.hpp"
#include "base/clock.hpp"
#include "base/limits.hpp"
#include "base/task_group.hpp"
#include "events/consumer.hpp"
#include "events/held_chunks.hpp"
#include "events/incarnation.hpp"
#include "events/sides.hpp"
#include "store/link.hpp"

namespace bursar::events {

struct LaneOptions {
  store::DatabaseOptions database;
  QueueNumber queue = 0;
  std::string name;
  /// Items worked on at once.
  std::size_t concurrency = 64;
  /// Called after each commit that may have made work for others.
  std::function<void()> committed;
};

template <class Side>
class Lane {
 public:
  Lane(Executor executor, LaneOptions options, Incarnation& incarnation, Consumer<Side>& consumer,
       const Clock& clock);

  void start();
  /// There may be work: look now instead of at the next idle poll.
  void wake() { wake_.set(); }
  /// Claims nothing more and hands unstarted items back; returns when nothing is open or the time is over.
  Task<> drain(milliseconds time);
  /// Cancels what still runs and joins it. What is open then is left to Incarnation::leave().
  Task<> stop();

  struct Counters {
    std::uint64_t rounds = 0, claimed = 0, written = 0, lost = 0, reviewed = 0, degraded = 0, commits = 0;
  };
  const Counters& counters() const { return counters_; }
  std::size_t open() const { return open_; }
  const std::string& name() const { return options_.name; }

 private:
  using Item = typename Side::Item;
  using Answer = typename Side::Answer;
  using Queue = typename Side::Queue;
  struct Batch {
    std::vector<Answer> answers;
    bool chunks = true;
  };
  enum class Written { all, in_part, bad_row, blocked, away };

  Task<> claim_loop();
  Task<bool> claim_some();
  Task<bool> claim_suspect(Queue& queue);
  void stand_back();
  Task<> adopt_lost_claims(Queue& queue);
  Task<std::size_t> claim_into(Queue& queue, bool messages, Appetite appetite);
  Task<Queue*> claim_queue();
  void take(std::vector<Item> items);
  void start_more();
  Task<> work(Item item, std::uint64_t generation);
  void answered(Answer answer, std::uint64_t generation);

  Task<> finish_loop();
  Task<> wait_for_pace();
  Task<> write_aside();
  Batch take_batch();
  Task<> write(Batch batch);
  Task<Written> write_once(const Batch& batch);
  Task<> write_in_halves(Batch batch);
  Task<> put_aside(Answer answer, Written why);
  Task<> review_until_decided(Batch batch);
  void settle(const Answer& answer);
  void lose(const Answer& answer);
  void forget_message(const store::Claim& claim);
  void forget_everything();
  void release(std::size_t items);
  bool is_mine(const store::Claim& claim) const;
  LaneOptions options_;
  Incarnation& incarnation_;
  Consumer<Side>& consumer_;
  const Clock& clock_;
  store::Link claims_, finishes_;
  std::unique_ptr<Queue> queue_;
  std::uint64_t queue_made_for_ = 0;  // claims_.opened() when queue_ was made
  store::WorkerNumber worker_ = 0;    // as which everything open was claimed
  std::uint64_t generation_ = 0;      // counts changes of worker_
  HeldChunks chunks_;
  std::deque<Item> waiting_;
  std::deque<Answer> answers_, aside_;  // aside: what the database does not take now, each tried alone
  Backoff finish_pause_{limits::reconnect_pause, limits::finish_retry_max}, aside_pause_ = finish_pause_;
  std::size_t running_ = 0, open_ = 0;
  double chunk_size_ = limits::chunk_items;             // mean of the last claim
  std::map<std::int64_t, std::size_t> message_claims_;  // open messages by claim number
  Monotonic next_low_water_{}, next_suspects_{}, last_finish_{}, next_adoption_{}, adopt_until_{};
  Monotonic next_aside_{};
  std::optional<Instant> reserved_;                                   // a suspect, until then
  bool suspect_found_ = false, draining_ = false, claiming_ = false;  // found: and no claim since
  Event wake_, answered_, full_, idle_;
  TaskGroup tasks_;
  Counters counters_;
};

extern template class Lane<ExecuteSide>;
extern template class Lane<ChannelSide>;

}  // namespace bursar::events
