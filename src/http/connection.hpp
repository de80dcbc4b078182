// One client's connection to the server: reads a request, has it answered, writes the answer, in order, until
// one side has enough. Lives in the coroutine that serves it; the server's ticker looks at its deadline.
#pragma once
#include <boost/asio/ip/tcp.hpp>
#include <exception>
#include <list>
#include <memory>
#include <string>

#include "base/async.hpp"
#include "base/clock.hpp"
#include "http/chunks.hpp"
#include "http/input_buffer.hpp"
#include "http/reader.hpp"
#include "http/shared.hpp"
#include "http/tls.hpp"

namespace bursar::http {

class Connection {
 public:
  /// `share` outlives the connection.
  Connection(Shared& shared, AddressShare& share, asio::ip::tcp::socket socket, std::string remote_address);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Ends when the connection is over. Throws operation_aborted when it is cancelled, nothing else.
  Task<> serve();
  /// Instead of serving: 503 without looking at what the client says. Not with TLS.
  Task<> turn_away();

  /// Wakes the coroutine when its time is over.
  void look_at_deadline();
  /// The time until which it waits moves: the process stood still.
  void extend_deadline(milliseconds time);
  /// The server stops: an idle connection ends, a busy one will behind its answer.
  void drain();

 private:
  enum class Phase { idle, head, body, handling, writing, lingering };
  enum class Interrupt { none, expired, drained };
  enum class Heard { request, gone, refused };
  enum class Sent { all, blocked, broken };
  struct Outgoing {
    std::string_view head, body;
    std::size_t sent = 0;
  };

  void enter(Phase phase);
  void wake(Interrupt why);
  Task<> contained(Task<> conversation);
  Task<> converse();
  Task<> say_too_many();
  bool has_had_its_turn();
  Task<Beginning> hear_beginning();
  Task<bool> shake_hands();
  bool begin_handshake();
  void end_handshake();
  Task<bool> wait_for(TlsSession::Step step);
  Task<bool> receive();
  Task<bool> receive_tls();
  bool make_room();
  Heard why_not_received();

  Task<Heard> read_request();
  Task<Heard> read_body();
  Task<Heard> read_chunks();
  void show_body(std::size_t bytes);
  void show_head_again();
  void choose_request_id();
  void name_request();
  void finish_request();

  Task<Response> answer();
  Response answer_to_failure(const std::exception_ptr& failure) const;
  Response internal_error() const;
  Task<bool> send(Response& response, bool close);
  Task<bool> say_continue();
  Sent push(Outgoing& outgoing);
  Sent push_tls(Outgoing& outgoing);
  Task<bool> push_rest(Outgoing& outgoing);
  void hold(std::size_t bytes);
  std::size_t taken_by_client();
  Task<> refuse();
  Task<> linger();
  void end_tls();
  void reset();
  void log_answer(int status, std::size_t bytes) const;

  Shared& shared_;
  AddressShare& share_;
  asio::ip::tcp::socket socket_;
  std::unique_ptr<TlsSession> tls_;  // null: plain, or not yet or no longer TLS
  bool shakes_hands_ = false;        // counts as an unfinished handshake
  std::string remote_address_;
  Address peer_;
  std::list<Connection*>::iterator place_;
  Phase phase_ = Phase::idle;
  Interrupt interrupt_ = Interrupt::none;
  Monotonic entered_, deadline_, started_;
  bool used_ = false;
  InputBuffer input_;
  std::size_t grown_bytes_ = 0;
  HeadReader reader_;
  Refusal refusal_;
  std::size_t request_bytes_ = 0;  // of the request in hand, on the wire
  bool moved_ = false;             // the input, since the head was read
  std::string request_id_, head_text_;
  std::size_t written_bytes_ = 0;  // since the connection began, without what TLS adds
  std::size_t taken_mark_ = 0;     // what the client had taken when its time to take more began
  std::size_t blocked_bytes_ = 0;  // of the answer that the client does not take
  Monotonic blocked_since_;
  std::size_t steps_in_a_row_ = 0;
};

}  // namespace bursar::http
