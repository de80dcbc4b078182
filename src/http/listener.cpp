#include "http/listener.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <charconv>
#include <map>
#include <mutex>

#include "base/error.hpp"
#include "base/limits.hpp"

namespace bursar::http {
namespace {

using asio::ip::tcp;

std::optional<tcp::endpoint> try_address(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  std::string_view host = std::string_view(address).substr(0, std::min(colon, address.size()));
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  boost::system::error_code error;
  const auto ip = asio::ip::make_address(host, error);
  std::uint16_t port = 0;
  const std::string_view digits =
      colon == std::string::npos ? std::string_view() : std::string_view(address).substr(colon + 1);
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  const bool whole = !digits.empty() && read.ec == std::errc() && read.ptr == digits.data() + digits.size();
  if (error || !whole || ip.is_v6() != bracketed) return std::nullopt;
  return tcp::endpoint(ip, port);
}

tcp::endpoint parse_address(const std::string& address) {
  const auto endpoint = try_address(address);
  if (!endpoint)
    throw UsageError(
        fmt::format("cannot listen on '{}': it is no IP address with a port; write 127.0.0.1:8000 or "
                    "[::1]:8000, or port 0 for a free one",
                    address));
  return *endpoint;
}

std::string advice(int error) {
  switch (error) {
    case EADDRINUSE:
      return "another program listens there; stop it (`ss -ltnp` names it) or choose another port";
    case EADDRNOTAVAIL:
      return "this machine has no such address; 127.0.0.1 is always there";
    case EACCES:
      return "ports below 1024 need rights; choose a higher one";
    case EMFILE:
    case ENFILE:
      return "there are no file descriptors left; raise `ulimit -n`";
    default:
      return "check the address";
  }
}

[[noreturn]] void fail(const std::string& address, int error) {
  throw UsageError(fmt::format("cannot listen on {}: {} ({})", address, advice(error),
                               std::generic_category().message(error)));
}

// SO_REUSEPORT also lets other processes of the same user bind, and the kernel then hands them part of the
// connections. So whoever comes first for an address checks that nobody listens; this table knows who is
// first.
struct SharedAddresses {
  std::mutex mutex;
  std::map<tcp::endpoint, int> listeners;
};
SharedAddresses& shared_addresses() {
  static SharedAddresses instance;
  return instance;
}

void set_option(int fd, int level, int option, int value = 1) {
  ::setsockopt(fd, level, option, &value, sizeof value);
}

// −1 with errno when it is refused.
int bound_socket(const tcp::endpoint& endpoint, bool reuse_port) {
  const int fd =
      ::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
  if (fd < 0) return -1;
  set_option(fd, SOL_SOCKET, SO_REUSEADDR);
  if (reuse_port) set_option(fd, SOL_SOCKET, SO_REUSEPORT);
  if (endpoint.protocol() == tcp::v6()) set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY);
  if (::bind(fd, endpoint.data(), static_cast<socklen_t>(endpoint.size())) == 0) return fd;
  const int error = errno;
  ::close(fd);
  errno = error;
  return -1;
}

int open_socket(const tcp::endpoint& endpoint, bool reuse_port, const std::string& address) {
  if (reuse_port && endpoint.port() != 0 && !shared_addresses().listeners.contains(endpoint)) {
    const int probe = bound_socket(endpoint, false);
    if (probe < 0) fail(address, errno);
    ::close(probe);
  }
  const int fd = bound_socket(endpoint, reuse_port);
  if (fd < 0) fail(address, errno);
  if (::listen(fd, limits::listen_backlog) != 0) {
    const int error = errno;
    ::close(fd);
    fail(address, error);
  }
  return fd;
}

std::string address_text(const sockaddr_storage& peer) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = &reinterpret_cast<const sockaddr_in&>(peer).sin_addr;
  if (peer.ss_family == AF_INET6) bytes = &reinterpret_cast<const sockaddr_in6&>(peer).sin6_addr;
  return ::inet_ntop(peer.ss_family, bytes, text.data(), text.size()) == nullptr ? "unknown" : text.data();
}

}  // namespace

bool is_loopback(const std::string& address) {
  const auto endpoint = try_address(address);
  return endpoint && endpoint->address().is_loopback();
}

Listener::Listener(const Executor& executor, const std::string& address, bool reuse_port)
    : endpoint_(parse_address(address)), acceptor_(executor), shared_(reuse_port) {
  const std::lock_guard lock(shared_addresses().mutex);
  const int fd = open_socket(endpoint_, reuse_port, address);
  acceptor_.assign(endpoint_.protocol(), fd);
  endpoint_ = acceptor_.local_endpoint();
  if (shared_) ++shared_addresses().listeners[endpoint_];
}

Listener::~Listener() { close(); }

void Listener::close() {
  if (!acceptor_.is_open()) return;
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  if (!shared_) return;
  const std::lock_guard lock(shared_addresses().mutex);
  if (--shared_addresses().listeners[endpoint_] == 0) shared_addresses().listeners.erase(endpoint_);
}

Listener::Accepted Listener::accept_waiting() {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  const int fd = ::accept4(acceptor_.native_handle(), reinterpret_cast<sockaddr*>(&peer), &size,
                           SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0) return Accepted{.error = errno == EAGAIN || errno == EWOULDBLOCK ? 0 : errno};
  set_option(fd, IPPROTO_TCP, TCP_NODELAY);
  set_option(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, limits::unsent_bytes);
  return Accepted{.fd = fd, .remote_address = address_text(peer)};
}

Task<bool> Listener::wait() {
  boost::system::error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  co_await acceptor_.async_wait(tcp::acceptor::wait_read, token);
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  if (cancellation.cancelled() != asio::cancellation_type::none)
    throw boost::system::system_error(asio::error::operation_aborted);
  co_return acceptor_.is_open();
}

}  // namespace bursar::http
