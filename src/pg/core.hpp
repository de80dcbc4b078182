// The inside of a Connection: libpq, non-blocking, under Asio. For src/pg only.
#pragma once
#include <libpq-fe.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <memory>
#include <set>
#include <string>

#include "pg/connection.hpp"

namespace bursar::pg {

class Connection::Core : public std::enable_shared_from_this<Connection::Core> {
 public:
  explicit Core(Executor executor) : executor_(executor), timer_(executor) {}
  ~Core() { drop(); }

  Task<> connect(const ConnectOptions& options);
  Task<Result> run(const Statement& statement, const Params& params, milliseconds deadline);
  Task<> prepare_first(const Statement& statement, const Params& params, milliseconds deadline);
  Task<Result> run_script(std::string_view sql, milliseconds deadline);
  bool is_open() const { return connection_ != nullptr; }
  bool is_idle() const;
  bool is_alive();
  void drop();

 private:
  enum class For { reading, writing };
  class Call;

  Task<> poll_until_connected();
  Task<> wait(For what);
  void start_deadline(milliseconds deadline);
  void end_deadline();
  Task<Result> execute(const Statement& statement, const Params& params);
  Task<> prepare(const Statement& statement, const Params& params);
  Task<Result> collect(std::string_view statement);
  [[noreturn]] void fail(std::string_view statement, const PGresult* result);
  [[noreturn]] void lose(const std::string& why);
  bool forget_if_stale(const StatementFailed& failed, const Statement& statement);

  Executor executor_;
  asio::steady_timer timer_;
  PGconn* connection_ = nullptr;
  std::unique_ptr<asio::posix::stream_descriptor> socket_;  // of a duplicate: libpq closes its own
  std::set<std::string, std::less<>> prepared_;
  std::uint64_t serial_ = 0;  // of the running statement, so that an old deadline cannot end a new one
  bool timed_out_ = false;
  bool busy_ = false;
};

}  // namespace bursar::pg
