#include "tests/binary/settings.hpp"

#include <fmt/format.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "auth/token.hpp"
#include "base/async.hpp"
#include "base/text.hpp"

namespace bursar::testing {
namespace {

auth::Key test_key() {
  auth::Key key;
  key.id = "dev-test";
  key.verification = std::vector<std::uint8_t>(32, 'Z');
  key.signing = key.verification;
  return key;
}

std::string url_of(const boost::json::object& event, std::string_view name) {
  const std::string address(event.at(name).as_string());
  if (address.empty()) return address;
  return (event.at("tls").as_bool() ? "https://" : "http://") + address;
}

}  // namespace

std::string test_keys() { return "dev-test:HS256:" + to_base64url(test_key().verification); }

std::string bearer(const std::string& subject, const std::string& role) {
  const auth::MintRequest request{
      parse_uuid(subject).value(), {auth::parse_role(role).value()}, std::chrono::seconds(900)};
  return "Bearer " + auth::mint(test_key(), auth::VerifierOptions(), request, SystemClock().now());
}

std::string answer_to(const std::string& url, std::string_view bytes) {
  namespace ip = asio::ip;
  const auto port = static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
  asio::io_context context;
  ip::tcp::socket socket(context);
  socket.connect({ip::make_address("127.0.0.1"), port});
  asio::write(socket, asio::buffer(bytes));
  std::string answer;
  boost::system::error_code end;
  asio::read(socket, asio::dynamic_buffer(answer), end);
  return answer;
}

Environment serve_environment(const store::DatabaseOptions& database, const Environment& more) {
  Environment environment{{"BURSAR_ENV", "development"},
                          {"BURSAR_DATABASE_URL", database.url},
                          {"BURSAR_ROLE_PREFIX", database.role_prefix},
                          {"BURSAR_JWT_KEYS", test_keys()},
                          {"BURSAR_LISTEN", "127.0.0.1:0"},
                          {"BURSAR_OPS_LISTEN", "127.0.0.1:0"},
                          {"BURSAR_API_LOOPS", "2"},
                          {"BURSAR_GATEWAY_URL", "http://127.0.0.1:9"},
                          {"BURSAR_SMTP_URL", "smtp://127.0.0.1:9"},
                          {"BURSAR_SMS_URL", "http://127.0.0.1:9/messages"}};
  for (const auto& [name, value] : more) {
    std::erase_if(environment, [&](const auto& entry) { return entry.first == name; });
    environment.emplace_back(name, value);
  }
  return environment;
}

Server::Server(const std::string& roles, const Environment& environment)
    : process_({"serve", "--role", roles}, environment) {
  const auto event = process_.wait_for_event("serving");
  url_ = url_of(event, "listen");
  ops_url_ = url_of(event, "ops_listen");
}

Reply Server::pay(const std::string& key, std::int64_t amount) const {
  const std::string body =
      fmt::format(R"({{"user_id":"{}","amount":{},"currency":"EUR"}})", customer, amount);
  return request(url_, "POST", "/payments",
                 {{"Authorization", bearer(customer, "customer")}, {"Idempotency-Key", key}}, body);
}

}  // namespace bursar::testing
