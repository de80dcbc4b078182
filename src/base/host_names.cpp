#include "base/host_names.hpp"

#include <charconv>

namespace bursar {
namespace {

using asio::ip::tcp;
using boost::system::error_code;

// What getaddrinfo still needs when its caller has left.
struct LookUp {
  explicit LookUp(const Executor& executor) : resolver(executor), done(executor) {}
  tcp::resolver resolver;
  Event done;
  error_code error;
  Endpoints found;
};

}  // namespace

Task<std::expected<Endpoints, error_code>> look_up_host(std::string host, std::string port,
                                                        milliseconds time) {
  error_code no_address;
  const auto address = asio::ip::make_address(host, no_address);
  if (!no_address) {
    std::uint16_t number = 0;
    std::from_chars(port.data(), port.data() + port.size(), number);
    co_return Endpoints(1, tcp::endpoint(address, number));
  }
  const Executor executor = co_await asio::this_coro::executor;
  const auto look_up = std::make_shared<LookUp>(executor);
  auto on_answer = [look_up](const error_code& error, const tcp::resolver::results_type& results) {
    look_up->error = error;
    for (const auto& entry : results) look_up->found.push_back(entry.endpoint());
    look_up->done.set();
  };
  look_up->resolver.async_resolve(host, port, asio::ip::resolver_base::numeric_service, on_answer);
  const bool answered = co_await look_up->done.wait_for(time);
  if (!answered) co_return std::unexpected(error_code(asio::error::timed_out));
  if (look_up->error) co_return std::unexpected(look_up->error);
  if (look_up->found.empty()) co_return std::unexpected(error_code(asio::error::host_not_found));
  co_return std::move(look_up->found);
}

}  // namespace bursar
