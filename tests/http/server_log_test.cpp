// What the server writes down when a handler fails.
#include <gtest/gtest.h>

#include "base/log.hpp"
#include "live_server.hpp"

namespace bursar::http {
namespace {

using testing::check_problem;
using testing::get;
using testing::LiveServer;
using testing::RawClient;

TEST(ServerLog, NamesWhatNobodyExpectedWithTheRequestsIdAndNoSecret) {
  LiveServer server([](const Request&) -> Task<Response> {
    throw std::logic_error("the reason");
    co_return Response();
  });
  ::testing::internal::CaptureStderr();
  RawClient client(server.port());
  client.send(get("/a", "X-Request-Id: r-77\r\nAuthorization: Bearer eyJhbGciOi\r\nCookie: c-secret\r\n"));
  check_problem(client.receive(), 500, "internal");
  log::flush();
  const std::string written = ::testing::internal::GetCapturedStderr();
  EXPECT_NE(written.find("\"event\":\"http_handler_failed\""), std::string::npos) << written;
  EXPECT_NE(written.find("\"r-77\""), std::string::npos) << written;
  EXPECT_NE(written.find("the reason"), std::string::npos) << written;
  for (const auto* secret : {"eyJ", "c-secret"})
    EXPECT_EQ(written.find(secret), std::string::npos) << written;
}

}  // namespace
}  // namespace bursar::http
