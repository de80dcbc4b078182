#include "testing/postgres_proxy.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>

#include "base/check.hpp"
#include "base/random.hpp"
#include "base/uuid.hpp"

namespace bursar::testing {
namespace {

using boost::system::error_code;

constexpr std::string_view socket_name = "/.s.PGSQL.5432";

std::string folder_in(const std::string& url) {
  const auto from = url.find("host=");
  CHECK(from != std::string::npos);
  const auto end = std::min(url.find(' ', from), url.size());
  return url.substr(from + 5, end - from - 5);
}

std::string make_folder() {
  SystemRandom random;
  const std::string folder = "/tmp/bursar-proxy-" + random_uuid(random).text().substr(0, 13);
  std::filesystem::create_directory(folder);
  return folder;
}

}  // namespace

PostgresProxy::PostgresProxy(const Executor& executor, const store::DatabaseOptions& server)
    : executor_(executor),
      server_path_(folder_in(server.url) + std::string(socket_name)),
      folder_(make_folder()),
      options_(server),
      acceptor_(executor, Protocol::endpoint(folder_ + std::string(socket_name))),
      tasks_(executor) {
  const std::string host = folder_in(server.url);
  options_.url.replace(options_.url.find(host), host.size(), folder_);
  tasks_.spawn("postgres proxy", accept());
}

PostgresProxy::~PostgresProxy() { std::filesystem::remove_all(folder_); }

Task<> PostgresProxy::stop() {
  tasks_.cancel();
  co_await tasks_.join();
}

void PostgresProxy::Link::close() {
  error_code ignored;
  client.close(ignored);
  server.close(ignored);
}

Task<> PostgresProxy::accept() {
  while (true) {
    auto link = std::make_shared<Link>(executor_);
    co_await acceptor_.async_accept(link->client, asio::use_awaitable);
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    const Protocol::endpoint server(server_path_);
    co_await link->server.async_connect(server, token);
    if (error) continue;  // the client sees its connection closed
    tasks_.spawn("proxy questions", pump_questions(link));
    tasks_.spawn("proxy answers", pump_answers(link));
  }
}

Task<> PostgresProxy::pump_questions(std::shared_ptr<Link> link) {
  error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  std::array<char, 16 * 1024> buffer;
  while (!error) {
    const auto bytes = co_await link->client.async_read_some(asio::buffer(buffer), token);
    if (!error) co_await asio::async_write(link->server, asio::buffer(buffer, bytes), token);
  }
  link->close();
}

Task<> PostgresProxy::pump_answers(std::shared_ptr<Link> link) {
  error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  std::array<char, 16 * 1024> buffer;
  while (!error) {
    const auto bytes = co_await link->server.async_read_some(asio::buffer(buffer), token);
    if (error) break;
    ++answers_;
    if (mode_ != Mode::pass) ++answers_lost_;
    if (mode_ == Mode::silent) continue;
    if (mode_ == Mode::lose_next_answer) {
      mode_ = Mode::pass;
      break;
    }
    co_await asio::async_write(link->client, asio::buffer(buffer, bytes), token);
  }
  link->close();
}

}  // namespace bursar::testing
