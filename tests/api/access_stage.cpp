#include "access_stage.hpp"

#include <boost/json/array.hpp>

#include "testing/binary.hpp"

namespace bursar::api::test {

Answer AccessTest::admin_sends(std::string method, std::string target, std::string body) const {
  Request request{.method = std::move(method), .target = std::move(target), .token = admin()};
  if (!body.empty()) request.headers = {{"Content-Type", "application/json"}};
  request.body = std::move(body);
  return send(request);
}

Account AccessTest::create(std::string_view role) const {
  const Answer made =
      admin_sends("POST", "/ops/principals", fmt::format(R"({{"name":"Somebody","role":"{}"}})", role));
  EXPECT_EQ(made.status, 201) << made.body;
  const auto body = made.object();
  const auto& secret = body.at("secrets").as_array().at(0).as_object();
  return {std::string(body.at("id").as_string()), std::string(secret.at("id").as_string()),
          std::string(secret.at("client_secret").as_string())};
}

Answer AccessTest::log_in(const Account& account) const {
  return send({.method = "POST",
               .target = "/auth/token",
               .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
               .body = fmt::format("grant_type=client_credentials&client_id={}&client_secret={}", account.id,
                                   account.secret)});
}

std::string AccessTest::token_of(const Account& account) const {
  const Answer answer = log_in(account);
  EXPECT_EQ(answer.status, 200) << answer.body;
  return answer.text("access_token");
}

std::string AccessTest::make_keys() const {
  const Answer made = admin_sends("POST", "/ops/keys");
  EXPECT_EQ(made.status, 200) << made.body;
  const std::string signing = value("SELECT key_id FROM token_keys WHERE state = 'active'");
  EXPECT_TRUE(testing::eventually(
      [&] { return send({.target = "/.well-known/jwks.json"}).body.find(signing) != std::string::npos; }));
  return signing;
}

void AccessTest::wait_for_status(const Request& request, int status) const {
  int last = 0;
  EXPECT_TRUE(testing::eventually([&] { return (last = send(request).status) == status; }))
      << request.target << " still answers " << last;
}

}  // namespace bursar::api::test
