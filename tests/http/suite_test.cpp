// The public suite of raw HTTP/1.1 requests against the real server.
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>

#include "live_server.hpp"

namespace bursar::http {
namespace {

Task<Response> get_and_post(const Request& request) {
  Response response;
  response.content_type = "text/plain";
  response.body = "here";
  if (request.method == "GET" || request.method == "POST") co_return response;
  response.status = 405;
  response.with("Allow", "GET, POST");
  co_return response;
}

TEST(PublicSuite, NoScoredRequestIsAnsweredWrongly) {
  const auto script = std::filesystem::path(BURSAR_SOURCE_DIR) / "../shared/corpora/http1/play.py";
  if (!std::filesystem::exists(script)) GTEST_SKIP() << "the suite is not here: " << script;
  const testing::LiveServer server(get_and_post);
  const std::string command = "python3 '" + script.string() + "' " + std::to_string(server.port()) + " 2>&1";
  FILE* pipe = ::popen(command.c_str(), "re");
  ASSERT_NE(pipe, nullptr);
  std::string output;
  std::array<char, 4096> part;
  while (const std::size_t bytes = std::fread(part.data(), 1, part.size(), pipe))
    output.append(part.data(), bytes);
  EXPECT_EQ(::pclose(pipe), 0) << output;
  EXPECT_NE(output.find("scored {'Pass': "), std::string::npos) << output;
  std::puts(output.c_str());
}

}  // namespace
}  // namespace bursar::http
