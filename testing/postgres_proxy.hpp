// Stands between a program and a PostgreSQL cluster on its Unix socket and loses answers: the fault "the
// COMMIT had no answer" and the server that says nothing any more. Same loop as the test; waits for no time.
#pragma once
#include <boost/asio/local/stream_protocol.hpp>
#include <memory>
#include <string>

#include "base/task_group.hpp"
#include "store/database.hpp"

namespace bursar::testing {

class PostgresProxy {
 public:
  enum class Mode {
    pass,
    /// The next bytes from the server are thrown away and their connection is cut; then pass again. Whoever
    /// sent a statement that is already prepared so loses the answer to what has been committed.
    lose_next_answer,
    /// Statements go through, answers do not, connections stay.
    silent,
  };

  PostgresProxy(const Executor& executor, const store::DatabaseOptions& server);
  ~PostgresProxy();
  PostgresProxy(const PostgresProxy&) = delete;
  PostgresProxy& operator=(const PostgresProxy&) = delete;

  /// The server's options with this proxy in front.
  const store::DatabaseOptions& options() const { return options_; }
  void set(Mode mode) { mode_ = mode; }
  int answers_lost() const { return answers_lost_; }
  /// How often the server said something.
  int answers() const { return answers_; }
  /// Ends every connection and takes no more.
  Task<> stop();

 private:
  using Protocol = asio::local::stream_protocol;
  struct Link {
    explicit Link(const Executor& executor) : client(executor), server(executor) {}
    void close();
    Protocol::socket client, server;
  };

  Task<> accept();
  Task<> pump_questions(std::shared_ptr<Link> link);
  Task<> pump_answers(std::shared_ptr<Link> link);

  Executor executor_;
  std::string server_path_, folder_;
  store::DatabaseOptions options_;
  Protocol::acceptor acceptor_;
  TaskGroup tasks_;
  Mode mode_ = Mode::pass;
  int answers_ = 0, answers_lost_ = 0;
};

}  // namespace bursar::testing
