// Outbound calls: the line for a connection, the deadlines, and one attempt from resolve to the last byte of
// the answer. Beast parses; sockets are client_connection's, bytes of a request client_wire's.
#include "http/client.hpp"

#include <boost/asio/ssl/context.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/system/system_error.hpp>
#include <list>

#include "base/error.hpp"
#include "base/host_names.hpp"
#include "http/client_connection.hpp"
#include "http/client_turns.hpp"
#include "http/message.hpp"

namespace bursar::http {
namespace {

namespace beast = boost::beast;
using std::chrono::steady_clock;
using TimePoint = steady_clock::time_point;

// Collects an answer. Fields behind the head are trailers: Beast reports them like fields, here they are
// dropped.
class AnswerParser final : public beast::http::basic_parser<false> {
 public:
  explicit AnswerParser(ClientResponse& response) : response_(response) {}

 private:
  using ErrorOut = beast::error_code&;

  void on_request_impl(beast::http::verb, beast::string_view, beast::string_view, int, ErrorOut) override {}
  void on_response_impl(int status, beast::string_view, int, ErrorOut) override { response_.status = status; }
  void on_field_impl(beast::http::field, beast::string_view name, beast::string_view value,
                     ErrorOut) override {
    if (!is_header_done()) response_.headers.emplace_back(name, value);
  }
  void on_header_impl(ErrorOut error) override {
    // RFC 9112 §6.3: both in one answer may be an attempt at smuggling; never guess where it ends.
    if (response_.count("Transfer-Encoding") > 0 && response_.count("Content-Length") > 0)
      error = beast::http::error::bad_transfer_encoding;
  }
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, ErrorOut) override {
    if (length) response_.body.reserve(static_cast<std::size_t>(*length));  // body_limit was checked before
  }
  std::size_t on_body_impl(beast::string_view part, ErrorOut) override {
    response_.body.append(part.data(), part.size());
    return part.size();
  }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, ErrorOut) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view part, ErrorOut) override {
    response_.body.append(part.data(), part.size());
    return part.size();
  }
  void on_finish_impl(ErrorOut) override {}

  ClientResponse& response_;
};

[[noreturn]] void throw_cancelled() { throw boost::system::system_error(asio::error::operation_aborted); }

}  // namespace

std::optional<std::string> ClientResponse::header(std::string_view name) const {
  for (const auto& [known, value] : headers)
    if (equal_name(known, name)) return value;
  return std::nullopt;
}

std::size_t ClientResponse::count(std::string_view name) const {
  return static_cast<std::size_t>(std::count_if(
      headers.begin(), headers.end(), [&](const auto& field) { return equal_name(field.first, name); }));
}

class Client::Core : public std::enable_shared_from_this<Client::Core> {
 public:
  Core(Executor executor, ClientOptions options)
      : executor_(std::move(executor)),
        origin_(parse_origin(options.base_url)),
        turns_(executor_, options.connections, origin_.authority),
        timer_(executor_) {
    if (origin_.tls) tls_ = make_tls_context(options.trusted_certificates_file);
  }

  static Task<ClientResponse> call(std::shared_ptr<Core> core, ClientRequest request, milliseconds deadline);
  void close();
  std::size_t idle() const { return kept_.size(); }

 private:
  struct Kept {
    std::unique_ptr<ClientConnection> connection;
    TimePoint since;
  };

  // A call under way: when its time is over its connection is closed, which ends whatever waits on it.
  class Attempt {
   public:
    Attempt(Core& core, TimePoint end) : core_(core) {
      place_ = core_.attempts_.insert(core_.attempts_.end(), this);
      limit(end);
    }
    Attempt(const Attempt&) = delete;
    ~Attempt() {
      core_.attempts_.erase(place_);
      if (!core_.attempts_.empty()) return;
      core_.timer_.cancel();
      core_.watched_ = TimePoint::max();
    }
    void limit(TimePoint end) {
      until = end;
      timed_out = false;
      core_.watch(end);
    }

    TimePoint until;
    bool timed_out = false;
    ClientConnection* connection = nullptr;

   private:
    Core& core_;
    std::list<Attempt*>::iterator place_;
  };

  std::unique_ptr<ClientConnection> take_kept();
  void keep(std::unique_ptr<ClientConnection> connection);
  Task<std::unique_ptr<ClientConnection>> open(Attempt& attempt, TimePoint until);
  Task<Endpoints> resolve(TimePoint until);
  Task<ClientResponse> exchange(Attempt& attempt, const ClientRequest& request, bool& reusable);
  Task<> read_answer(Attempt& attempt, AnswerParser& parser);
  void watch(TimePoint end);
  void end_what_is_over();
  [[noreturn]] void fail(const Attempt& attempt, const ErrorCode& error, std::string_view doing,
                         bool sent) const;

  Executor executor_;
  Origin origin_;
  std::unique_ptr<asio::ssl::context> tls_;  // before the connections that use it
  std::vector<Kept> kept_;                   // the last used is the warmest
  Turns turns_;
  std::list<Attempt*> attempts_;
  asio::steady_timer timer_;  // at or before the earliest end of an attempt
  TimePoint watched_ = TimePoint::max();
};

Task<ClientResponse> Client::Core::call(std::shared_ptr<Core> core, ClientRequest request,
                                        milliseconds deadline) {
  const TimePoint until = steady_clock::now() + deadline;
  if (const auto refused = refusal_of(request))
    throw CallFailed(fmt::format("not sent to {}: {}", core->origin_.authority, *refused), false, false);
  const Turns::Turn turn = co_await core->turns_.take(until);
  Attempt attempt(*core, until);
  std::unique_ptr<ClientConnection> connection = core->take_kept();
  if (!connection) connection = co_await core->open(attempt, until);
  attempt.connection = connection.get();
  // Sending what nobody waits for any more would turn a certain "not sent" into a doubt.
  if (attempt.timed_out || steady_clock::now() >= until)
    throw CallFailed("not sent to " + core->origin_.authority + ": the time for this call was over", false,
                     true);
  bool reusable = false;
  ClientResponse response = co_await core->exchange(attempt, request, reusable);
  attempt.connection = nullptr;
  if (reusable) core->keep(std::move(connection));
  co_return response;
}

std::unique_ptr<ClientConnection> Client::Core::take_kept() {
  const TimePoint oldest = steady_clock::now() - limits::outbound_idle;
  while (!kept_.empty()) {
    Kept last = std::move(kept_.back());
    kept_.pop_back();
    if (last.since >= oldest && last.connection->silent()) return std::move(last.connection);
  }
  return nullptr;
}

void Client::Core::keep(std::unique_ptr<ClientConnection> connection) {
  if (turns_.closed()) return;
  const TimePoint now = steady_clock::now();
  std::erase_if(kept_, [&](const Kept& kept) { return kept.since < now - limits::outbound_idle; });
  kept_.push_back({std::move(connection), now});
}

Task<Endpoints> Client::Core::resolve(TimePoint until) {
  const auto left = std::chrono::ceil<milliseconds>(until - steady_clock::now());
  auto found = co_await look_up_host(origin_.host, origin_.port, left);
  if (found) co_return std::move(*found);
  const bool timed_out = found.error() == asio::error::timed_out;
  throw CallFailed(
      timed_out ? fmt::format("not sent: the name {} was not resolved in time", origin_.host)
                : fmt::format("not sent: cannot resolve {}: {}", origin_.host, found.error().message()),
      false, timed_out);
}

// Each address in turn; one that does not answer gets its share of the time, so that the next is still tried.
Task<std::unique_ptr<ClientConnection>> Client::Core::open(Attempt& attempt, TimePoint until) {
  const Endpoints peers = co_await resolve(until);
  ErrorCode error;
  for (std::size_t i = 0; i < peers.size(); ++i) {
    const TimePoint now = steady_clock::now();
    const auto share = static_cast<TimePoint::duration::rep>(peers.size() - i);
    attempt.limit(now + (until - now) / share);
    auto connection = std::make_unique<ClientConnection>(executor_, origin_, tls_.get());
    attempt.connection = connection.get();
    error = co_await connection->connect(peers[i]);
    attempt.connection = nullptr;
    if (error == asio::error::operation_aborted && !attempt.timed_out) throw_cancelled();
    if (error) continue;
    attempt.limit(until);
    attempt.connection = connection.get();
    error = co_await connection->handshake();
    attempt.connection = nullptr;
    if (error || attempt.timed_out) fail(attempt, error, "not sent: no secure connection to", false);
    co_return connection;
  }
  fail(attempt, error, "not sent: cannot connect to", false);
}

Task<ClientResponse> Client::Core::exchange(Attempt& attempt, const ClientRequest& request, bool& reusable) {
  const std::string text = request_text(origin_, request);
  const ClientConnection::Written written = co_await attempt.connection->write(text);
  if (written.error || attempt.timed_out)
    fail(attempt, written.error, written.sent ? "cannot send the whole request to" : "not sent to",
         written.sent);
  ClientResponse response;
  for (int interim = 0; interim <= limits::outbound_interim_answers; ++interim) {
    response = ClientResponse();
    AnswerParser parser(response);
    parser.header_limit(limits::outbound_head_bytes);
    parser.body_limit(request.max_answer_bytes);
    parser.eager(true);
    parser.skip(request.method == "HEAD");
    co_await read_answer(attempt, parser);
    if (response.status == 101)
      throw CallFailed(origin_.authority + " wants another protocol, which was not asked for", true, false);
    if (response.status / 100 == 1) continue;
    reusable = parser.keep_alive() && attempt.connection->unread().empty();
    co_return response;
  }
  throw CallFailed(origin_.authority + " sends interim answers without end", true, false);
}

Task<> Client::Core::read_answer(Attempt& attempt, AnswerParser& parser) {
  ClientConnection& connection = *attempt.connection;
  bool ended = false;
  while (!parser.is_done()) {
    const std::string_view unread = connection.unread();
    ErrorCode error;
    if (!unread.empty()) connection.consume(parser.put(asio::buffer(unread), error));
    if (parser.is_done() && !error) break;
    if (error == beast::http::error::need_more) error.clear();
    if (!error && ended) parser.put_eof(error);
    if (error)
      throw CallFailed(fmt::format("the answer of {} is unusable: {}", origin_.authority, error.message()),
                       true, false);
    if (ended || parser.is_done()) continue;
    if (connection.full())
      throw CallFailed("the head of the answer of " + origin_.authority + " is too long", true, false);
    error = co_await connection.read_more();
    ended = error == asio::error::eof;
    if (ended && !parser.got_some() && connection.unread().empty())
      throw CallFailed(origin_.authority + " closed the connection without an answer", true, false);
    if ((error && !ended) || attempt.timed_out) fail(attempt, error, "no whole answer from", true);
  }
}

void Client::Core::watch(TimePoint end) {
  if (end >= watched_) return;
  watched_ = end;
  timer_.expires_at(end);
  auto on_time = [weak = weak_from_this()](const ErrorCode& error) {
    const auto core = weak.lock();
    if (core && !error) core->end_what_is_over();
  };
  timer_.async_wait(on_time);
}

void Client::Core::end_what_is_over() {
  const TimePoint now = steady_clock::now();
  watched_ = TimePoint::max();
  TimePoint next = TimePoint::max();
  for (Attempt* attempt : attempts_) {
    if (attempt->timed_out) continue;
    if (attempt->until > now) {
      next = std::min(next, attempt->until);
      continue;
    }
    attempt->timed_out = true;
    if (attempt->connection != nullptr) attempt->connection->close();
  }
  watch(next);
}

void Client::Core::fail(const Attempt& attempt, const ErrorCode& error, std::string_view doing,
                        bool sent) const {
  if (attempt.timed_out)
    throw CallFailed(fmt::format("{} {}: the time for this call is over", doing, origin_.authority), sent,
                     true);
  if (error == asio::error::operation_aborted) throw_cancelled();
  throw CallFailed(fmt::format("{} {}: {}", doing, origin_.authority, error.message()), sent, false);
}

void Client::Core::close() {
  kept_.clear();
  turns_.close();
}

Client::Client(Executor executor, ClientOptions options)
    : core_(std::make_shared<Core>(std::move(executor), std::move(options))) {}
Client::~Client() { core_->close(); }
Task<ClientResponse> Client::call(ClientRequest request, milliseconds deadline) {
  return Core::call(core_, std::move(request), deadline);
}
void Client::close() { core_->close(); }
std::size_t Client::idle() const { return core_->idle(); }

}  // namespace bursar::http
