#include "http/server.hpp"

#include <string.h>
#include <unistd.h>

#include <boost/system/system_error.hpp>
#include <cerrno>

#include "base/check.hpp"
#include "base/fault.hpp"
#include "base/log.hpp"
#include "base/task_group.hpp"
#include "http/answer.hpp"
#include "http/connection.hpp"
#include "http/listener.hpp"

namespace bursar::http {
namespace {

using asio::ip::tcp;

// No descriptors, no memory: the connection stays in the queue of the kernel until there are some again.
bool is_exhaustion(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

SystemRandom& system_random() {
  static SystemRandom instance;
  return instance;
}

// One of the connections that count; counted from the accept on, because the coroutine starts later.
class Place {
 public:
  Place(std::size_t& taken, AddressShares& shares, const Address& peer, bool is_proxy)
      : taken_(&taken), shares_(&shares), peer_(peer), share_(&shares.take(peer, is_proxy)) {
    ++taken;
  }
  Place(Place&& other) noexcept
      : taken_(std::exchange(other.taken_, nullptr)),
        shares_(other.shares_),
        peer_(other.peer_),
        share_(other.share_) {}
  Place& operator=(Place&&) = delete;
  ~Place() {
    if (taken_ == nullptr) return;
    --*taken_;
    shares_->give_back(peer_, share_->is_proxy);
  }
  AddressShare& share() const { return *share_; }

 private:
  std::size_t* taken_;
  AddressShares* shares_;
  Address peer_;
  AddressShare* share_;
};

std::time_t wall_seconds() { return std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()); }

}  // namespace

class Server::Core {
 public:
  Core(Loop& loop, ServerOptions options, Handler handler);

  Task<> run();
  void stop(std::optional<milliseconds> drain);
  void present(std::shared_ptr<const TlsIdentity> identity);
  std::uint16_t port() const { return listener_.port(); }
  std::size_t connections() const { return served_ + turned_away_; }

 private:
  Task<> accept();
  bool accept_some(std::size_t most);
  void say_exhausted(std::string_view reason, std::string_view fix);
  tcp::socket own(int fd);
  void welcome(Listener::Accepted accepted);
  Task<> serve(Place place, tcp::socket socket, std::string remote_address, bool turned_away);
  Task<> keep_time();
  void tick();

  Executor executor_;
  std::size_t max_connections_, max_per_address_;
  Listener listener_;
  Shared shared_;
  std::time_t dated_ = 0;
  std::size_t served_ = 0, turned_away_ = 0;
  bool running_ = false;
  bool exhausted_ = false;
  Monotonic drain_until_ = Monotonic::max();
  Event stopped_;
  TaskGroup background_, conversations_;
};

Server::Core::Core(Loop& loop, ServerOptions options, Handler handler)
    : executor_(loop.get_executor()),
      max_connections_(options.max_connections == 0 ? limits::connections_per_loop : options.max_connections),
      max_per_address_(options.max_connections_per_address == 0 ? limits::connections_per_address
                                                                : options.max_connections_per_address),
      listener_(executor_, options.listen, options.reuse_port),
      shared_{.handler = std::move(handler),
              .deadlines = options.deadlines,
              .proxies = std::move(options.proxies),
              .is_secret = std::move(options.is_secret),
              .ids = RequestIds(options.random == nullptr ? system_random() : *options.random),
              .tls = std::move(options.tls),
              .now = std::chrono::steady_clock::now(),
              .date = to_fixdate(wall_seconds())},
      stopped_(executor_),
      background_(executor_),
      conversations_(executor_) {}

Task<> Server::Core::run() {
  CHECK(!running_);
  running_ = true;
  shared_.now = std::chrono::steady_clock::now();
  background_.spawn("http ticker", keep_time());
  if (!shared_.stopping) background_.spawn("http accept", accept());
  std::exception_ptr cancelled;
  try {
    co_await stopped_.wait();
    co_await conversations_.join();
  } catch (const boost::system::system_error&) {
    cancelled = std::current_exception();
  }
  if (cancelled) {
    shared_.stopping = true;
    listener_.close();
    conversations_.cancel();
    // Also a cancelled caller joins its children.
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    co_await conversations_.join();
  }
  background_.cancel();
  co_await background_.join();
  if (cancelled) std::rethrow_exception(cancelled);
}

void Server::Core::stop(std::optional<milliseconds> drain) {
  if (shared_.stopping) return;
  shared_.stopping = true;
  shared_.now = std::chrono::steady_clock::now();
  drain_until_ = shared_.now + drain.value_or(shared_.deadlines.drain);
  // Whoever the kernel has connected already would get a reset.
  if (running_) accept_some(limits::listen_backlog);
  listener_.close();
  for (Connection* connection : shared_.connections) connection->drain();
  stopped_.set();
}

void Server::Core::present(std::shared_ptr<const TlsIdentity> identity) {
  CHECK(identity != nullptr && shared_.tls != nullptr);
  shared_.tls = std::move(identity);
}

Task<> Server::Core::accept() {
  while (!shared_.stopping) {
    const bool open = co_await listener_.wait();
    if (!open || shared_.stopping) co_return;
    const bool enough = accept_some(limits::accepts_at_once);
    if (!enough) {
      constexpr milliseconds time = limits::accept_pause;
      co_await pause(time);
    }
  }
}

// False when there are no descriptors or no memory left.
bool Server::Core::accept_some(std::size_t most) {
  for (std::size_t i = 0; i < most; ++i) {
    Listener::Accepted accepted = listener_.accept_waiting();
    if (is_exhaustion(accepted.error)) {
      say_exhausted(::strerrordesc_np(accepted.error), "raise the limit of open files (ulimit -n)");
      return false;
    }
    if (accepted.error != 0) continue;  // that one connection failed
    if (accepted.fd < 0) return true;
    try {
      welcome(std::move(accepted));
    } catch (const std::exception& failure) {
      say_exhausted(failure.what(), "give this process more memory");
      return false;
    }
    if (exhausted_) log::info("http_accept_resumed", {{"connections", connections()}});
    exhausted_ = false;
  }
  return true;
}

void Server::Core::say_exhausted(std::string_view reason, std::string_view fix) {
  if (!exhausted_)
    log::warning("http_accept_paused", {{"reason", reason}, {"connections", connections()}, {"fix", fix}});
  exhausted_ = true;
}

tcp::socket Server::Core::own(int fd) {
  tcp::socket socket(executor_);
  try {
    socket.assign(listener_.protocol(), fd);
  } catch (...) {
    ::close(fd);
    throw;
  }
  return socket;
}

// Throws when there is no memory for the connection, which then is dropped.
void Server::Core::welcome(Listener::Accepted accepted) {
  tcp::socket socket = own(accepted.fd);
  fault::point("http.welcome");
  std::string remote = std::move(accepted.remote_address);
  const Address peer = parse_ip(remote).value_or(Address());
  const bool is_proxy = shared_.proxies.contains(peer);
  Place served(served_, shared_.shares, peer, is_proxy);
  const AddressShare& share = served.share();
  if (served_ <= max_connections_ && (share.connections <= max_per_address_ || is_proxy))
    return conversations_.spawn("http connection",
                                serve(std::move(served), std::move(socket), remote, false));
  Place refused(turned_away_, shared_.shares, peer, is_proxy);
  if (turned_away_ <= limits::refused_connections && !shared_.tls)
    conversations_.spawn("http refusal", serve(std::move(refused), std::move(socket), remote, true));
}

// What a connection does not contain itself is that there is no memory to begin one.
Task<> Server::Core::serve(Place place, tcp::socket socket, std::string remote_address, bool turned_away) {
  try {
    fault::point("http.serve");
    Connection connection(shared_, place.share(), std::move(socket), std::move(remote_address));
    Task<> conversation = turned_away ? connection.turn_away() : connection.serve();
    co_await std::move(conversation);
  } catch (const boost::system::system_error&) {
    throw;  // it was cancelled
  } catch (const std::exception& failure) {
    log::error("http_connection_dropped", {{"reason", failure.what()}});
  }
}

Task<> Server::Core::keep_time() {
  asio::steady_timer timer(executor_);
  while (true) {
    timer.expires_after(shared_.deadlines.tick);
    co_await timer.async_wait(asio::use_awaitable);
    tick();
  }
}

void Server::Core::tick() {
  const Monotonic now = std::chrono::steady_clock::now();
  const auto late = std::chrono::duration_cast<milliseconds>(now - shared_.now) - shared_.deadlines.tick;
  shared_.now = now;
  const std::time_t seconds = wall_seconds();
  if (seconds != dated_) shared_.date = to_fixdate(dated_ = seconds);
  // After a stand-still of the process (SIGSTOP, a paused machine) what clients sent meanwhile waits in the
  // sockets.
  const bool stood_still = late > shared_.deadlines.tick * 8;
  for (Connection* connection : shared_.connections) {
    if (stood_still) connection->extend_deadline(late);
    connection->look_at_deadline();
  }
  if (now < drain_until_) return;
  drain_until_ = Monotonic::max();
  if (connections() == 0) return;
  log::warning("http_drain_ended_early", {{"connections", connections()}});
  conversations_.cancel();
}

Server::Server(Loop& loop, ServerOptions options, Handler handler)
    : core_(std::make_unique<Core>(loop, std::move(options), std::move(handler))) {}
Server::~Server() = default;
Task<> Server::run() { return core_->run(); }
void Server::stop(std::optional<milliseconds> drain) { core_->stop(drain); }
void Server::present(std::shared_ptr<const TlsIdentity> identity) { core_->present(std::move(identity)); }
std::uint16_t Server::port() const { return core_->port(); }
std::size_t Server::connections() const { return core_->connections(); }

}  // namespace bursar::http
