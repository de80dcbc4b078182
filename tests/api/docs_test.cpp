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

TEST_F(Docs, OtherFilesAreNotThere) {
  for (const auto* path :
       {"/docs/x", "/docs/index.html", "/docs/swagger-ui.css.map", "/docs/swagger-ui.css/"})
    check_refused(send({.target = path}), 404, "no_such_route");
}

}  // namespace
}  // namespace bursar::api::test
