// A database connection that is opened again when it was lost.
#pragma once
#include <memory>

#include "pg/connection.hpp"

namespace bursar::store {

class Link {
 public:
  Link(Executor executor, pg::ConnectOptions options)
      : executor_(std::move(executor)), options_(std::move(options)) {}

  /// The open connection, a new one if the last was lost (`opened()` then counts one up). One attempt; throws
  /// pg::ConnectionLost.
  Task<pg::Connection*> get() {
    if (connection_ == nullptr || !connection_->is_open()) {
      connection_ = nullptr;
      connection_ = co_await pg::Connection::open(executor_, options_);
      ++opened_;
    }
    co_return connection_.get();
  }
  void drop() { connection_ = nullptr; }
  std::uint64_t opened() const { return opened_; }
  bool is_open() const { return connection_ != nullptr && connection_->is_open(); }

 private:
  Executor executor_;
  pg::ConnectOptions options_;
  std::unique_ptr<pg::Connection> connection_;
  std::uint64_t opened_ = 0;
};

}  // namespace bursar::store
