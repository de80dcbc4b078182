#include "api/assets.hpp"
#include "stage.hpp"

namespace bursar::api::test {
namespace {

class Docs : public ApiTest {};

TEST_F(Docs, ThePageComesUnderAPolicyThatKnowsNoOtherOrigin) {
  for (const auto* path : {"/docs", "/docs/"}) {
    const Answer answer = send({.target = path});
    ASSERT_EQ(answer.status, 200);
    EXPECT_EQ(answer.field("Content-Type"), "text/html; charset=utf-8");
    const std::string policy = answer.field("Content-Security-Policy");
    EXPECT_TRUE(policy.starts_with("default-src 'none'")) << policy;
    EXPECT_EQ(policy.find("http"), std::string::npos) << policy;
    EXPECT_EQ(policy.find("script-src 'self' "), std::string::npos) << "nothing but own scripts: " << policy;
    EXPECT_EQ(answer.body.find("://"), std::string::npos) << "the page names another origin";
  }
}

TEST_F(Docs, EveryFileOfThePageIsThere) {
  const Answer page = send({.target = "/docs"});
  if (assets().empty()) {
    EXPECT_NE(page.body.find("BURSAR_UI=OFF"), std::string::npos);
    return;
  }
  int files = 0;
  for (auto at = page.body.find("\"/docs/"); at != std::string::npos;
       at = page.body.find("\"/docs/", at + 1)) {
    const std::string path = page.body.substr(at + 1, page.body.find('"', at + 1) - at - 1);
    const Answer answer = send({.target = path, .headers = {{"Accept-Encoding", "gzip"}}});
    EXPECT_EQ(answer.status, 200) << path;
    EXPECT_EQ(answer.field("Content-Encoding"), "gzip");
    EXPECT_EQ(answer.body.substr(0, 2), "\x1F\x8B") << path;
    const std::string type = answer.field("Content-Type");
    EXPECT_TRUE((path.ends_with(".js") && type.starts_with("text/javascript")) ||
                (path.ends_with(".css") && type.starts_with("text/css")) ||
                (path.ends_with(".png") && type == "image/png"))
        << path << " " << type;
    EXPECT_EQ(send({.target = path, .headers = {{"If-None-Match", answer.field("ETag")}}}).status, 304);
    EXPECT_EQ(send({.target = path, .headers = {{"If-None-Match", "\"other\""}}}).status, 200);
    check_refused(send({.target = path, .headers = {{"Accept-Encoding", "identity"}}}), 406,
                  "not_acceptable");
    ++files;
  }
  EXPECT_EQ(files, 4);
}

TEST_F(Docs, TokensAreOfferedInDevelopmentOnly) {
  const Stage development(database_.options(), {}, [] {
    return std::vector<DevelopmentTokenBody>{{"customer", std::string(alice), customer(alice)}};
  });
  const Answer page = development.send({.target = "/docs"});
  if (!assets().empty()) EXPECT_NE(page.body.find("id=\"development\""), std::string::npos);
  EXPECT_EQ(send({.target = "/docs"}).body.find("id=\"development\""), std::string::npos);
  check_refused(send({.target = "/docs/development-tokens"}), 404, "no_such_route");

  const Answer offered = development.send({.target = "/docs/development-tokens"});
  ASSERT_EQ(offered.status, 200) << offered.body;
  EXPECT_EQ(offered.field("Cache-Control"), "no-store");
  const std::string token(offered.object().at("tokens").at(0).at("token").as_string());
  EXPECT_EQ(development.send(get("/payments", token)).status, 200);
}

TEST_F(Docs, TokensGoToNobodyWhoCallsThisMachineBySomeOtherName) {
  const Stage development(database_.options(), {}, [] { return std::vector<DevelopmentTokenBody>(); });
  const auto ask = [&](std::string_view host) {
    return development.send_raw(
        fmt::format("GET /docs/development-tokens HTTP/1.1\r\nHost: {}\r\n\r\n", host));
  };
  for (const auto* host : {"localhost:8000", "LOCALHOST", "127.0.0.1:8000", "[::1]:8000"})
    EXPECT_EQ(ask(host).status, 200) << host;
  for (const auto* host :
       {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example:8000", "10.0.0.1"})
    check_refused(ask(host), 404, "no_such_route");
}

TEST_F(Docs, OtherFilesAreNotThere) {
  for (const auto* path :
       {"/docs/x", "/docs/index.html", "/docs/swagger-ui.css.map", "/docs/swagger-ui.css/"})
    check_refused(send({.target = path}), 404, "no_such_route");
}

}  // namespace
}  // namespace bursar::api::test
