// What comes behind a chunked body is checked and forgotten: no handler sees it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "live_server.hpp"

namespace bursar::http {
namespace {

using testing::check_problem;
using testing::get;
using testing::LiveServer;
using testing::RawClient;

Task<Response> names_of_fields(const Request& request) {
  Response response;
  response.content_type = "text/plain";
  for (const Header& field : request.headers) response.body += fmt::format("{}={};", field.name, field.value);
  co_return response;
}

std::string chunked_with(std::string_view trailers) {
  return fmt::format("POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n{}\r\n",
                     trailers);
}

TEST(ServerTrailers, NeverBecomeFieldsOfTheRequest) {
  LiveServer server(names_of_fields);
  RawClient client(server.port());
  client.send(chunked_with("X-Forwarded-For: 192.0.2.1\r\nX-Anything: b\r\nHost2: c\r\n") + get("/b"));
  EXPECT_EQ(client.receive().body, "Host=a;Transfer-Encoding=chunked;");
  EXPECT_EQ(client.receive().body, "Host=localhost;");
}

TEST(ServerTrailers, ThatNameFieldsOfTheHeadEndTheConnection) {
  LiveServer server(names_of_fields);
  for (const auto* name : {"Authorization", "Idempotency-Key", "Content-Length", "Host"}) {
    RawClient client(server.port());
    client.send(chunked_with(fmt::format("{}: a\r\n", name)) + get("/never"));
    check_problem(client.receive(), 400, "bad_request");
    EXPECT_TRUE(client.is_closed()) << name;
  }
}

}  // namespace
}  // namespace bursar::http
