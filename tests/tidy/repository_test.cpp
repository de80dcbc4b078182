// The repository against every rule of style. A failure names file and line, the rule and the fix.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "planted.hpp"

namespace bursar::tidy {
namespace {

namespace fs = std::filesystem;
const fs::path root = BURSAR_SOURCE_DIR;

std::string read(const fs::path& path) {
  std::ostringstream content;
  content << std::ifstream(path, std::ios::binary).rdbuf();
  return content.str();
}

/// What git tracks, and what it neither tracks nor ignores yet.
std::vector<std::string> names_by_git() {
  const std::string command =
      "git -c safe.directory='*' -C '" + root.string() + "' ls-files --cached --others --exclude-standard";
  struct Close {
    void operator()(std::FILE* pipe) const { pclose(pipe); }
  };
  const std::unique_ptr<std::FILE, Close> pipe(popen(command.c_str(), "r"));
  std::vector<std::string> names;
  std::array<char, 4096> line;
  while (pipe && std::fgets(line.data(), line.size(), pipe.get()) != nullptr) {
    std::string name = line.data();
    while (!name.empty() && name.back() == '\n') name.pop_back();
    names.push_back(name);
  }
  return names;
}

const Repository& repository() {
  static const Repository all = [] {
    Repository files;
    for (const auto& name : names_by_git()) {
      if (!fs::is_regular_file(root / name)) continue;
      std::string text = read(root / name);
      if (text.find('\0') != std::string::npos) text.clear();  // a picture: only its name counts
      files.emplace_back(name, std::move(text));
    }
    return files;
  }();
  return all;
}

/// A rule that no planted file can break, or that every file breaks, proves nothing.
bool can_fail_and_pass(Rule rule) {
  bool fails = false, passes = false;
  for (const auto& file : planted())
    if (file.rule == rule) (file.rule(around(file)).empty() ? passes : fails) = true;
  return fails && passes;
}

void hold(Rule rule) {
  ASSERT_TRUE(can_fail_and_pass(rule))
      << "plant a violation and a right neighbour for this rule in planted.cpp";
  ASSERT_GT(repository().size(), 100U) << "git lists no files of " << root << ": the rules need a checkout";
  for (const auto& violation : rule(repository()))
    ADD_FAILURE() << violation.path << ":" << violation.line << ": " << violation.what;
}

TEST(Tidy, FoldersIncludeOnlyLowerLayers) { hold(includes_only_lower_layers); }
TEST(Tidy, EveryFolderOfSrcIsALayer) { hold(has_only_known_folders); }
TEST(Tidy, LibpqIsIncludedInPgOnly) { hold(includes_libpq_in_pg_only); }
TEST(Tidy, BeastIsIncludedInTheClientOnly) { hold(includes_beast_in_the_client_only); }
TEST(Tidy, SpdlogIsIncludedInTheLogOnly) { hold(includes_spdlog_in_the_log_only); }
TEST(Tidy, TheJsonParserIsIncludedOnce) { hold(includes_the_json_parser_once); }
TEST(Tidy, TheEnvironmentIsReadInConfigOnly) { hold(reads_the_environment_in_config_only); }
TEST(Tidy, CoroutinesStartThroughTaskGroupsOnly) { hold(spawns_through_task_groups_only); }
TEST(Tidy, NothingSleepsToWait) { hold(never_sleeps); }
TEST(Tidy, LoopsShareNoMutex) { hold(has_no_mutex); }
TEST(Tidy, TypesAreNamedByWhatTheyAre) { hold(has_no_vague_names); }
TEST(Tidy, DomainTypesHaveNoOutsideForm) { hold(keeps_domain_types_unserialisable); }
TEST(Tidy, EveryLimitBoundsSomething) { hold(uses_every_limit); }
TEST(Tidy, EveryTestAssertsSomething) { hold(asserts_something); }
TEST(Tidy, CoroutineLambdasCaptureNothing) { hold(captures_nothing_in_coroutine_lambdas); }
TEST(Tidy, AwaitedCallsGetNames) { hold(awaits_names); }
TEST(Tidy, FilesAreShort) { hold(has_short_files); }
TEST(Tidy, FunctionsAreShort) { hold(has_short_functions); }
TEST(Tidy, HandlersAreShort) { hold(has_short_handlers); }
TEST(Tidy, LinesAreNarrow) { hold(has_narrow_lines); }
TEST(Tidy, HeadersOpenWithTheirRole) { hold(opens_headers_with_their_role); }
TEST(Tidy, MoneyIsInsertOnly) { hold(keeps_money_insert_only); }
TEST(Tidy, EverySqlFileIsUsed) { hold(uses_every_sql_file); }
TEST(Tidy, AnSqlFileHoldsOneStatement) { hold(has_one_statement_a_file); }
TEST(Tidy, SqlLivesInTheStoreOnly) { hold(has_sql_in_the_store_only); }
TEST(Tidy, DocumentsNameFilesThatExist) { hold(names_files_that_exist); }
TEST(Tidy, DocumentsNameTestsThatExist) { hold(names_tests_that_exist); }
TEST(Tidy, DocumentsNameTargetsThatExist) { hold(names_targets_that_exist); }
TEST(Tidy, NothingIsUnfitToPublish) { hold(is_fit_to_publish); }
TEST(Tidy, NothingIsMarkedUnfinished) { hold(has_no_unfinished_marks); }
TEST(Tidy, ScriptsMayBeRun) {
  int scripts = 0;
  for (const auto& file : repository()) {
    if (!file.text.starts_with("#!")) continue;
    ++scripts;
    const auto mode = fs::status(root / file.path).permissions();
    EXPECT_NE(mode & fs::perms::owner_exec, fs::perms::none)
        << file.path << " opens with #! and cannot be run: git update-index --chmod=+x " << file.path;
  }
  EXPECT_GT(scripts, 5);
}
TEST(Tidy, WorkflowsCallOurOwnScripts) { hold(has_workflows_of_own_scripts); }

}  // namespace
}  // namespace bursar::tidy
