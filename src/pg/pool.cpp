#include "pg/pool.hpp"

#include <list>

#include "base/check.hpp"
#include "base/limits.hpp"

namespace bursar::pg {

class Pool::Core {
 public:
  Core(Executor executor, ConnectOptions options, std::size_t size)
      : executor_(std::move(executor)), options_(std::move(options)), size_(size) {
    CHECK(size > 0);
  }
  ~Core() { CHECK(waiters_.empty()); }

  Task<std::unique_ptr<Connection>> take(milliseconds deadline) {
    drop_closed();
    if (!idle_.empty()) {
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      co_return connection;
    }
    if (count_ >= size_) {
      auto given = co_await wait_in_line(deadline);
      if (given) co_return given;
    } else {
      ++count_;
    }
    // The place is ours: open a connection for it, or leave it to the next in line.
    try {
      co_return co_await Connection::open(executor_, options_);
    } catch (...) {
      give_up_place();
      throw;
    }
  }

  void give_back(std::unique_ptr<Connection> connection) {
    if (!connection->is_idle()) {
      connection = nullptr;  // lost, or left inside a transaction
      give_up_place();
    } else if (!waiters_.empty()) {
      Waiter* next = waiters_.front();
      waiters_.pop_front();
      next->given = std::move(connection);
      next->turn.set();
    } else {
      idle_.push_back(std::move(connection));
    }
  }

 private:
  struct Waiter {
    explicit Waiter(const Executor& executor) : turn(executor) {}
    Event turn;
    std::unique_ptr<Connection> given;  // null with its turn set: a free place instead
  };

  // A connection, or null when a place became free that is the caller's now.
  Task<std::unique_ptr<Connection>> wait_in_line(milliseconds deadline) {
    Waiter waiter(executor_);
    waiters_.push_back(&waiter);
    bool in_time = false;
    try {
      in_time = co_await waiter.turn.wait_for(deadline);
    } catch (...) {
      leave_line(waiter);
      throw;
    }
    if (!in_time) {
      waiters_.remove(&waiter);
      throw ConnectionLost("all " + std::to_string(size_) + " database connections of this pool are busy");
    }
    co_return std::move(waiter.given);
  }

  // Cancelled while waiting: what was already handed over goes on to the next.
  void leave_line(Waiter& waiter) {
    waiters_.remove(&waiter);
    if (!waiter.turn.is_set()) return;
    if (waiter.given)
      give_back(std::move(waiter.given));
    else
      give_up_place();
  }

  void give_up_place() {
    if (waiters_.empty()) {
      --count_;
      return;
    }
    Waiter* next = waiters_.front();
    waiters_.pop_front();
    next->turn.set();
  }

  void drop_closed() {
    while (!idle_.empty() && !idle_.back()->is_alive()) {
      idle_.pop_back();
      --count_;
    }
  }

  Executor executor_;
  ConnectOptions options_;
  std::size_t size_;
  std::size_t count_ = 0;  // places taken: leased, idle or being opened
  std::vector<std::unique_ptr<Connection>> idle_;
  std::list<Waiter*> waiters_;
};

Pool::Pool(Executor executor, ConnectOptions options, std::size_t size)
    : core_(std::make_unique<Core>(std::move(executor), std::move(options), size)) {}
Pool::~Pool() = default;

Pool::Lease::Lease(Pool& pool, std::unique_ptr<Connection> connection)
    : pool_(&pool), connection_(std::move(connection)) {}
Pool::Lease::Lease(Lease&&) noexcept = default;
Pool::Lease::~Lease() {
  if (connection_) pool_->core_->give_back(std::move(connection_));
}

Task<Pool::Lease> Pool::lease(milliseconds deadline) {
  auto connection = co_await core_->take(deadline);
  co_return Lease(*this, std::move(connection));
}

Task<Result> Pool::run(const Statement& statement, const Params& params) {
  auto lease = co_await this->lease(limits::connect_deadline);
  co_return co_await lease->run(statement, params);
}

}  // namespace bursar::pg
