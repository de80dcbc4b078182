#include "pg/connection.hpp"

#include <fcntl.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/system/system_error.hpp>

#include "base/check.hpp"
#include "base/limits.hpp"
#include "pg/core.hpp"
#include "pg/parameters.hpp"

namespace bursar::pg {
namespace {

std::string without_line_end(const char* message) {
  std::string text = message == nullptr ? "" : message;
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

// The server cannot serve, whatever is asked of it: an outage, not a bad statement.
bool is_outage(std::string_view sqlstate) {
  return sqlstate.starts_with("08") || sqlstate.starts_with("53") || sqlstate.starts_with("58") ||
         sqlstate == "57P01" || sqlstate == "57P02" || sqlstate == "57P03" || sqlstate == "57P05" ||
         sqlstate == "25006";
}

}  // namespace

// ── Core
// ──────────────────────────────────────────────────────────────────────────────────────────────────────────

Task<> Connection::Core::connect(const ConnectOptions& options) {
  clear_environment();
  auto parameters = connection_parameters(options);
  const auto until = std::chrono::steady_clock::now() + limits::connect_deadline;
  co_await resolve_host(parameters, limits::connect_deadline);
  std::vector<const char*> keywords, values;
  for (const auto& [keyword, value] : parameters) {
    keywords.push_back(keyword.c_str());
    values.push_back(value.c_str());
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  connection_ = PQconnectStartParams(keywords.data(), values.data(), 0);
  CHECK(connection_ != nullptr);
  start_deadline(std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now()));
  try {
    co_await poll_until_connected();
  } catch (...) {
    end_deadline();
    drop();
    throw;
  }
  end_deadline();
  PQsetnonblocking(connection_, 1);
  // Notices are for people at a terminal; what matters comes as an error.
  PQsetNoticeReceiver(connection_, [](void*, const PGresult*) {}, nullptr);
}

Task<> Connection::Core::poll_until_connected() {
  auto state = PGRES_POLLING_WRITING;
  while (true) {
    if (PQstatus(connection_) == CONNECTION_BAD) lose(without_line_end(PQerrorMessage(connection_)));
    // libpq may have gone on to another address, and so to another socket.
    socket_ = nullptr;
    const int duplicate = ::fcntl(PQsocket(connection_), F_DUPFD_CLOEXEC, 0);
    if (duplicate < 0)
      lose("no file descriptor is left for a database connection; raise the limit (ulimit -n)");
    socket_ = std::make_unique<asio::posix::stream_descriptor>(executor_, duplicate);
    if (state == PGRES_POLLING_OK) co_return;
    const For what = state == PGRES_POLLING_READING ? For::reading : For::writing;
    co_await wait(what);
    state = PQconnectPoll(connection_);
    if (state == PGRES_POLLING_FAILED) lose(without_line_end(PQerrorMessage(connection_)));
  }
}

Task<> Connection::Core::wait(For what) {
  boost::system::error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  const auto kind = what == For::reading ? asio::posix::descriptor_base::wait_read
                                         : asio::posix::descriptor_base::wait_write;
  co_await socket_->async_wait(kind, token);
  if (timed_out_) lose("the database did not answer in time");
  if (error) throw boost::system::system_error(error);
}

void Connection::Core::start_deadline(milliseconds deadline) {
  timed_out_ = false;
  timer_.expires_after(deadline);
  timer_.async_wait([weak = weak_from_this(), serial = ++serial_](const boost::system::error_code& error) {
    const auto core = weak.lock();
    if (error || !core || core->serial_ != serial) return;
    core->timed_out_ = true;
    if (core->socket_) core->socket_->cancel();
  });
}

void Connection::Core::end_deadline() {
  ++serial_;
  timer_.cancel();
}

void Connection::Core::drop() {
  socket_ = nullptr;
  if (connection_ != nullptr) PQfinish(connection_);
  connection_ = nullptr;
  prepared_.clear();
}

bool Connection::Core::is_idle() const {
  return connection_ != nullptr && PQtransactionStatus(connection_) == PQTRANS_IDLE;
}

bool Connection::Core::is_alive() {
  CHECK(!busy_);
  if (connection_ == nullptr) return false;
  // The first read may bring the server's last words, the second then the end of the stream.
  const bool open =
      PQconsumeInput(connection_) == 1 && PQisBusy(connection_) == 0 && PQconsumeInput(connection_) == 1;
  if (!open || PQstatus(connection_) != CONNECTION_OK) drop();
  return connection_ != nullptr;
}

void Connection::Core::lose(const std::string& why) { throw ConnectionLost("database: " + why); }

// An error of the server becomes an exception of the right kind; without a SQLSTATE the connection itself is
// gone.
void Connection::Core::fail(std::string_view statement, const PGresult* result) {
  const char* sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  if (sqlstate == nullptr) lose(without_line_end(PQerrorMessage(connection_)));
  const std::string message = without_line_end(PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY));
  if (is_outage(sqlstate)) lose(message + " (" + sqlstate + ")");
  const char* constraint = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);
  throw StatementFailed(sqlstate, statement, message, constraint == nullptr ? "" : constraint);
}

// One call at a time, under its deadline. Unless it says that it came to rest (an answer, or an error of the
// server), what the statement did is open at its end, so the connection is of no use any more.
class Connection::Core::Call {
 public:
  Call(Core& core, milliseconds deadline) : core_(core.shared_from_this()) {
    if (core_->connection_ == nullptr) core_->lose("the connection is closed");
    CHECK(!core_->busy_);
    core_->busy_ = true;
    core_->start_deadline(deadline);
  }
  ~Call() {
    core_->end_deadline();
    core_->busy_ = false;
    if (!at_rest_) core_->drop();
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  void rests() { at_rest_ = true; }

 private:
  std::shared_ptr<Core> core_;
  bool at_rest_ = false;
};

Task<Result> Connection::Core::run(const Statement& statement, const Params& params, milliseconds deadline) {
  Call call(*this, deadline);
  try {
    bool again = false;
    try {
      auto result = co_await execute(statement, params);
      call.rests();
      co_return result;
    } catch (const StatementFailed& failed) {
      again = forget_if_stale(failed, statement);
      if (!again) throw;
    }
    auto result = co_await execute(statement, params);
    call.rests();
    co_return result;
  } catch (const StatementFailed&) {
    call.rests();
    throw;
  }
}

Task<> Connection::Core::prepare_first(const Statement& statement, const Params& params,
                                       milliseconds deadline) {
  Call call(*this, deadline);
  try {
    if (!prepared_.contains(statement.name)) co_await prepare(statement, params);
    call.rests();
  } catch (const StatementFailed&) {
    call.rests();
    throw;
  }
}

bool Connection::Core::forget_if_stale(const StatementFailed& failed, const Statement& statement) {
  const bool stale = failed.sqlstate() == "0A000" || failed.sqlstate() == "26000";
  const auto known = prepared_.find(statement.name);
  if (!stale || known == prepared_.end() || !is_idle()) return false;
  prepared_.erase(known);
  return true;
}

Task<Result> Connection::Core::execute(const Statement& statement, const Params& params) {
  if (!prepared_.contains(statement.name)) co_await prepare(statement, params);
  const std::string name(statement.name);
  const auto pointers = params.pointers();
  const std::vector<int> formats(params.size(), 1);
  const int sent = PQsendQueryPrepared(connection_, name.c_str(), static_cast<int>(params.size()),
                                       pointers.data(), params.lengths().data(), formats.data(), 1);
  if (sent == 0) lose(without_line_end(PQerrorMessage(connection_)));
  co_return co_await collect(statement.name);
}

Task<> Connection::Core::prepare(const Statement& statement, const Params& params) {
  const std::string name(statement.name), text(statement.text);
  const std::string forget = "DEALLOCATE \"" + name + "\"";
  // A statement forgotten by us may still be known to the server under its name; unknown ones are no error
  // here.
  const int sent = PQsendPrepare(connection_, name.c_str(), text.c_str(), static_cast<int>(params.size()),
                                 params.oids().data());
  if (sent == 0) lose(without_line_end(PQerrorMessage(connection_)));
  bool known = false;
  try {
    co_await collect(statement.name);
  } catch (const StatementFailed& failed) {
    known = failed.sqlstate() == "42P05";
    if (!known) throw;
  }
  if (known) {
    if (PQsendQuery(connection_, forget.c_str()) == 0) lose(without_line_end(PQerrorMessage(connection_)));
    co_await collect(statement.name);
    if (PQsendPrepare(connection_, name.c_str(), text.c_str(), static_cast<int>(params.size()),
                      params.oids().data()) == 0)
      lose(without_line_end(PQerrorMessage(connection_)));
    co_await collect(statement.name);
  }
  prepared_.insert(name);
}

// Sends what is buffered, then reads to the end of the statement. The last result counts, an error before all
// others.
Task<Result> Connection::Core::collect(std::string_view statement) {
  while (true) {
    const int left = PQflush(connection_);
    if (left < 0) lose(without_line_end(PQerrorMessage(connection_)));
    if (left == 0) break;
    co_await wait(For::writing);
  }
  struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
  };
  std::unique_ptr<PGresult, Clear> last;
  while (true) {
    while (PQisBusy(connection_) == 1) {
      co_await wait(For::reading);
      if (PQconsumeInput(connection_) == 0) lose(without_line_end(PQerrorMessage(connection_)));
    }
    std::unique_ptr<PGresult, Clear> next(PQgetResult(connection_));
    if (!next) break;
    // libpq answers COPY with the same result for ever.
    const auto status = PQresultStatus(next.get());
    if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH)
      lose("COPY is not for this connection");
    const bool failed_before = last && PQresultStatus(last.get()) == PGRES_FATAL_ERROR;
    if (!failed_before) last = std::move(next);
  }
  if (!last) lose("the connection was closed by the server");
  const auto status = PQresultStatus(last.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && status != PGRES_EMPTY_QUERY)
    fail(statement, last.get());
  co_return Result(last.release());
}

Task<Result> Connection::Core::run_script(std::string_view sql, milliseconds deadline) {
  Call call(*this, deadline);
  try {
    const std::string text(sql);
    if (PQsendQuery(connection_, text.c_str()) == 0) lose(without_line_end(PQerrorMessage(connection_)));
    auto result = co_await collect("script");
    call.rests();
    co_return result;
  } catch (const StatementFailed&) {
    call.rests();
    throw;
  }
}

// ── Connection
// ────────────────────────────────────────────────────────────────────────────────────────────────────

Connection::Connection(std::shared_ptr<Core> core) : core_(std::move(core)) {}
Connection::~Connection() { core_->drop(); }

Task<std::unique_ptr<Connection>> Connection::open(Executor executor, ConnectOptions options) {
  auto core = std::make_shared<Core>(std::move(executor));
  co_await core->connect(options);
  co_return std::unique_ptr<Connection>(new Connection(std::move(core)));
}

Task<Result> Connection::run(const Statement& statement, const Params& params, milliseconds deadline) {
  return core_->run(statement, params, deadline);
}
Task<Result> Connection::run(const Statement& statement, const Params& params) {
  return core_->run(statement, params, limits::statement_deadline);
}
Task<> Connection::prepare(const Statement& statement, const Params& params) {
  return core_->prepare_first(statement, params, limits::statement_deadline);
}
Task<Result> Connection::run_script(std::string_view sql, milliseconds deadline) {
  return core_->run_script(sql, deadline);
}
bool Connection::is_open() const { return core_->is_open(); }
bool Connection::is_idle() const { return core_->is_idle(); }
bool Connection::is_alive() { return core_->is_alive(); }

// ── Transaction
// ───────────────────────────────────────────────────────────────────────────────────────────────────

Task<Transaction> Transaction::begin(Connection& connection) {
  co_await connection.run_script("BEGIN", limits::statement_deadline);
  co_return Transaction(connection);
}

Task<> Transaction::commit() {
  const auto result = co_await connection_->run_script("COMMIT", limits::statement_deadline);
  if (result.command_tag() != "COMMIT")
    throw StatementFailed("25P02", "COMMIT", "the server rolled the transaction back", "");
}

Task<> Transaction::rollback() { co_await connection_->run_script("ROLLBACK", limits::statement_deadline); }

}  // namespace bursar::pg
