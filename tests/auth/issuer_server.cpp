#include "tests/auth/issuer_server.hpp"

namespace bursar::testing {

IssuerServer::IssuerServer(Loop& loop)
    : released_(loop.get_executor()),
      server_(loop, {.listen = "127.0.0.1:0"},
              [this](const http::Request& request) { return answer(request); }) {
  released_.set();
}

Task<http::Response> IssuerServer::answer(const http::Request& request) {
  http::Response response;
  response.content_type = "application/json";
  if (request.path == "/realm/.well-known/openid-configuration") {
    response.body = fmt::format(R"({{"issuer":"{}","jwks_uri":"{}"}})", name(), keys_url());
    co_return response;
  }
  if (request.path != "/realm/protocol/openid-connect/certs") {
    response.status = 404;
    co_return response;
  }
  ++fetches_;
  response.status = status_;
  response.body = body_;  // as it was when the fetch came
  co_await released_.wait();
  co_return response;
}

}  // namespace bursar::testing
