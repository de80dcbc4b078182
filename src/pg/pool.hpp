// A few connections for statements that need no state of their own: reads of the API.
#pragma once
#include <memory>

#include "pg/connection.hpp"

namespace bursar::pg {

/// At most `size` connections, opened when needed, replaced when lost, handed to waiters in order.
class Pool {
 public:
  Pool(Executor executor, ConnectOptions options, std::size_t size);
  ~Pool();

  class Lease {
   public:
    Lease(Pool& pool, std::unique_ptr<Connection> connection);
    Lease(Lease&&) noexcept;
    Lease& operator=(Lease&&) = delete;
    ~Lease();
    Connection& operator*() const { return *connection_; }
    Connection* operator->() const { return connection_.get(); }

   private:
    Pool* pool_;
    std::unique_ptr<Connection> connection_;
  };

  /// Waits at most `deadline` for a connection; then throws ConnectionLost.
  Task<Lease> lease(milliseconds deadline);

  /// One statement on any connection.
  Task<Result> run(const Statement& statement, const Params& params);

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

}  // namespace bursar::pg
