// Every rule finds what was planted for it, at its line, and lets its neighbour pass.
#include "planted.hpp"

#include <gtest/gtest.h>

namespace bursar::tidy {
namespace {

TEST(TidyRules, FindWhatIsPlantedAndNothingBesideIt) {
  for (const auto& file : planted()) {
    const Violations found = file.rule(around(file));
    std::string said;
    for (const auto& violation : found) said += "\n  " + violation.what;
    EXPECT_EQ(found.size(), file.violations) << file.path << ":\n" << file.text << said;
    for (const auto& violation : found) EXPECT_EQ(violation.path, file.path);
  }
}

TEST(TidyRules, NameTheLine) {
  const Planted file{awaits_names, "src/a.cpp", "/* one\n two */\nR\"(three\n)\";\nco_await f(T{'\"'});\n",
                     1};
  const Violations found = file.rule(around(file));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().line, 5);
}

TEST(TidyRules, SeeCodeWithoutCommentsAndLiterals) {
  EXPECT_EQ(blank_cpp("a(\"x\\\"y\"); // z"), "a(\"    \");     ");
  EXPECT_EQ(blank_cpp("1'000 + 'x' /* y */ + 2"), "1'000 + ' '         + 2");
  EXPECT_EQ(blank_cpp("R\"q(a\"b)q\" + 1"), "R\"         + 1");
  EXPECT_EQ(blank_sql("SELECT 'it''s' -- x\n, 1"), "SELECT '  '' '     \n, 1");
}

TEST(TidyRules, ReadTheLayersOfTheProject) {
  const Layers layers = parse_layers("set(L \"base:\" \"pg:base\" \"store:base pg\")");
  EXPECT_EQ(layers.at("store"), (std::set<std::string>{"base", "pg"}));
  EXPECT_TRUE(layers.at("base").empty());
}

}  // namespace
}  // namespace bursar::tidy
