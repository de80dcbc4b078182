// The map of promises (docs/security.md) is read by scripts/security_map.py after every whole run of the
// tests. Here: the page itself passes, with a record in which every test ran, and each way to be wrong is
// found.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>

#include "testing/binary.hpp"

namespace bursar::testing {
namespace {

std::string read(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string the_page() { return read(std::filesystem::path(BURSAR_SOURCE_DIR) / "docs/security.md"); }

struct Case {
  std::string name, status;
};

/// Every test that the page names, as ctest writes it down when it ran.
std::vector<Case> all_ran() {
  const std::string page = the_page();
  const std::regex test("`([A-Z]\\w+\\.[A-Z]\\w+)`");
  std::set<std::string> names;
  for (auto it = std::sregex_iterator(page.begin(), page.end(), test); it != std::sregex_iterator(); ++it)
    names.insert((*it)[1].str());
  std::vector<Case> record;
  for (const std::string& name : names) record.push_back({name, "run"});
  record.push_back({"Ways/Planted.WithParameters/one of two # GetParam() = 1", "run"});
  record.push_back({"Planted.Ran", "run"});
  record.push_back({"Planted.WasSkipped", "notrun"});
  return record;
}

struct Verdict {
  int code = -1;
  std::string output;
};

Verdict verdict_on(const std::string& page, const std::vector<Case>& record) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "security.md", std::ios::binary) << page;
  std::ofstream xml(folder.path() / "tests.xml");
  xml << "<?xml version=\"1.0\"?>\n<testsuite>\n";
  for (const auto& [name, status] : record)
    xml << "<testcase name=\"" << name << "\" status=\"" << status << "\"/>\n";
  xml << "</testsuite>\n";
  xml.close();
  const std::string command =
      "'" + (std::filesystem::path(BURSAR_SOURCE_DIR) / "scripts/security_map.py").string() + "' '" +
      folder.path().string() + "' '" + (folder.path() / "security.md").string() + "' 2>&1";
  Verdict verdict;
  FILE* pipe = ::popen(command.c_str(), "re");
  if (pipe == nullptr) return verdict;
  std::array<char, 4096> part;
  while (const std::size_t bytes = std::fread(part.data(), 1, part.size(), pipe))
    verdict.output.append(part.data(), bytes);
  verdict.code = WEXITSTATUS(::pclose(pipe));
  return verdict;
}

/// The page with another table behind it, whose first row is in this line.
std::string with_rows(const std::vector<std::string>& rows, const std::string& head) {
  std::string page = the_page() + "\n| " + head + " |\n|---|---|\n";
  for (const std::string& row : rows) page += row + "\n";
  return page;
}
std::size_t first_row() { return static_cast<std::size_t>(std::ranges::count(the_page(), '\n')) + 4; }

std::string without(std::string page, const std::string& text) {
  const auto at = page.find(text);
  EXPECT_NE(at, std::string::npos) << text;
  return at == std::string::npos ? page : page.erase(at, text.size());
}

void check_says(const Verdict& verdict, const std::string& what) {
  EXPECT_EQ(verdict.code, 1) << what;
  EXPECT_NE(verdict.output.find(what), std::string::npos) << what << "\n" << verdict.output;
}

TEST(SecurityMap, TheProjectsOwnPagePassesWhenEveryTestRan) {
  const Verdict verdict = verdict_on(the_page(), all_ran());
  EXPECT_EQ(verdict.code, 0) << verdict.output;
  EXPECT_NE(verdict.output.find(" rows, "), std::string::npos) << verdict.output;
}

TEST(SecurityMap, RowsThatAreRightPass) {
  const std::string page =
      with_rows({"| p | `Planted.Ran` |", "| p | `Planted.Ran`, `Planted.WithParameters` |",
                 "| p | No cookie exists, so none can leak. |", "| p | `Planted.Ran`, `Planted.WasSkipped` |",
                 "| p | `Planted.WasSkipped` (skipped without the public vectors) |"},
                "Promise | Held by");
  const Verdict verdict = verdict_on(page, all_ran());
  EXPECT_EQ(verdict.code, 0) << verdict.output;
}

TEST(SecurityMap, RowsThatProveNothingAreRefusedByLine) {
  const std::vector<std::pair<std::string, std::string>> planted = {
      {"| p |  |", "a cell is empty"},
      {"|  | `Planted.Ran` |", "a cell is empty"},
      {"| p | `Planted.Ran` | more |", "a cell is empty, missing or too much"},
      {"| p | to be done |", "has neither a test nor a reason"},
      {"| p | `Planted.IsNotThere` |", "Planted.IsNotThere is no test of this run"},
      {"| p | `Planted.Ran`, `Planted.IsNotThere` |", "Planted.IsNotThere is no test of this run"},
      {"| p | `Planted.WasSkipped` |", "nothing of Planted.WasSkipped ran"},
      {"| p | `Planted.Ran`, `Planted.Ran`, `Planted.Ran`, `Planted.Ran` |", "names 4 tests, 3 are allowed"},
  };
  std::vector<std::string> rows;
  for (const auto& [row, says] : planted) rows.push_back(row);
  const Verdict verdict = verdict_on(with_rows(rows, "Promise | Held by"), all_ran());
  for (std::size_t i = 0; i < planted.size(); ++i)
    check_says(verdict, "security.md:" + std::to_string(first_row() + i) + ": " + planted[i].second);
  EXPECT_EQ(std::ranges::count(verdict.output, '\n'), static_cast<std::ptrdiff_t>(planted.size()))
      << verdict.output;
}

TEST(SecurityMap, AChangeOfTheCodeMustMakeATestFail) {
  check_says(
      verdict_on(with_rows({"| p | somebody would notice it soon |"}, "Change | Then fails"), all_ran()),
      "names no test that then fails");
}

TEST(SecurityMap, AListThatHasAGapOrSaysATwiceIsRefused) {
  const std::string reason = " | Nothing of the kind is here. |";
  const std::string page = without(without(with_rows({"| 9.2.1" + reason, "| 1.1.1–1.1.2" + reason,
                                                      "| 1.99.1" + reason, "| 10.4.12–10.5.1" + reason},
                                                     "ASVS | Held by"),
                                           "\n| 9.1.1 |"),
                                   "| API10: ");
  const Verdict verdict = verdict_on(page, all_ran());
  for (const char* says : {"item 9.1.1 of ASVS 5.0 is not answered",
                           "API10 of the OWASP API Security Top 10 is not answered once",
                           "item 9.2.1 is answered twice", "item 1.1.2 is answered twice",
                           "ASVS 5.0 has no item 1.99.1", "10.4.12–10.5.1 is no range within a section"})
    check_says(verdict, says);
}

TEST(SecurityMap, TestsThatDidNotRunThisTimeProveNothing) {
  auto record = all_ran();
  for (auto& one : record)
    if (one.name.starts_with("Json.")) one.status = "notrun";
  check_says(verdict_on(the_page(), record), "nothing of Json.");
  check_says(verdict_on(the_page(), {}), "is no test of this run");
}

}  // namespace
}  // namespace bursar::testing
