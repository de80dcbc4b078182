// /docs in Debian's Chromium, which may reach nothing but the server.
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include "api/assets.hpp"
#include "stage.hpp"

namespace bursar::api::test {
namespace {

class DocsInABrowser : public ApiTest {
 protected:
  DocsInABrowser() { std::filesystem::create_directories(folder_); }
  ~DocsInABrowser() override { std::filesystem::remove_all(folder_); }

  std::string read(const std::string& name) const {
    std::ifstream file(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  // In development, where the page has most on it.
  Stage development_{database_.options(), {}, [] { return std::vector<DevelopmentTokenBody>(); }};

  // Opens the page, lets its scripts run, and leaves the document, the console and a log of the network.
  int open_page() const {
    // The browser's own errands are off; what is left are the page's requests.
    constexpr std::string_view quiet =
        "--headless=new --no-sandbox --disable-gpu --no-first-run --disable-background-networking "
        "--disable-sync "
        "--disable-component-update --disable-default-apps --disable-client-side-phishing-detection "
        "--disable-features=OptimizationHints,Translate,MediaRouter --no-pings";
    const std::string command = fmt::format(
        "timeout 100 chromium {0} --user-data-dir='{1}/profile' --virtual-time-budget=20000 "
        "--enable-logging=stderr "
        "--log-net-log='{1}/network' --dump-dom http://127.0.0.1:{2}/docs > '{1}/document' 2> '{1}/console'",
        quiet, folder_.string(), development_.port());
    return std::system(command.c_str());
  }

  std::filesystem::path folder_ =
      std::filesystem::path(::testing::TempDir()) / fmt::format("bursar_docs_{}", ::getpid());
};

TEST_F(DocsInABrowser, RendersWithoutARequestToAnotherOrigin) {
  if (std::system("command -v chromium > /dev/null") != 0) GTEST_SKIP() << "no chromium here";
  if (assets().empty()) GTEST_SKIP() << "built with BURSAR_UI=OFF";
  ASSERT_EQ(open_page(), 0) << read("console");
  const std::string document = read("document");
  for (const auto* text :
       {"Accept a payment", "operations-Payments-createPayment", "operations-Analytics-getDailyFigures",
        "Use the development token of the", "service</button>"})
    EXPECT_NE(document.find(text), std::string::npos) << "the page does not show " << text;
  const std::string console = read("console");
  EXPECT_EQ(console.find("Content Security Policy"), std::string::npos) << console;
  EXPECT_EQ(console.find("Uncaught"), std::string::npos) << console;

  // What the page asked for has the page as its initiator; the browser's own errands have none. An event is a
  // line.
  const std::string origin = fmt::format("http://127.0.0.1:{}", development_.port());
  std::istringstream network(read("network"));
  std::set<std::string> paths;
  for (std::string line; std::getline(network, line);) {
    if (line.find("\"initiator\":\"" + origin + "\"") == std::string::npos) continue;
    constexpr std::string_view key = "\"url\":\"";
    const auto at = line.find(key);
    if (at == std::string::npos) continue;
    const std::string url = line.substr(at + key.size(), line.find('"', at + key.size()) - at - key.size());
    if (url.starts_with("data:")) continue;
    EXPECT_TRUE(url.starts_with(origin + "/")) << "the page asked " << url;
    paths.insert(url.substr(std::min(origin.size(), url.size())));
  }
  for (const auto* path :
       {"/openapi.json", "/docs/docs.js", "/docs/swagger-ui-bundle.js", "/docs/swagger-ui.css"})
    EXPECT_TRUE(paths.contains(path)) << path << " was not asked for";
}

}  // namespace
}  // namespace bursar::api::test
