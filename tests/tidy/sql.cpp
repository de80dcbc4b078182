#include <filesystem>
#include <regex>

#include "rules.hpp"

namespace bursar::tidy {
namespace {

const std::string money = "(?:bursar\\.|public\\.)?\"?(?:payment_intents|events)\"?\\b";

Violations matches(const Source& file, const std::regex& pattern, const std::string& why) {
  Violations found;
  for (auto it = std::sregex_iterator(file.code.begin(), file.code.end(), pattern);
       it != std::sregex_iterator(); ++it)
    found.push_back({file.path, file.line_at(static_cast<std::size_t>(it->position())), why});
  return found;
}

bool is_used(const Repository& repository, std::string_view ending, const std::regex& name) {
  for (const auto& file : repository)
    if (file.path.starts_with("src/") && file.path.ends_with(ending) && std::regex_search(file.text, name))
      return true;
  return false;
}

}  // namespace

Violations keeps_money_insert_only(const Repository& repository) {
  Violations found;
  const auto any_case = std::regex::icase | std::regex::optimize;
  const std::regex change(
      "\\b(UPDATE|DELETE\\s+FROM|TRUNCATE(\\s+TABLE)?|MERGE\\s+INTO)\\s+(ONLY\\s+)?" + money, any_case);
  const std::regex upsert("\\bINSERT\\s+INTO\\s+" + money + "[^;]*\\bDO\\s+UPDATE\\b", any_case);
  // No role but the eraser is given the right either.
  const std::regex grant(
      "\\bGRANT\\b[^;]*\\b(UPDATE|DELETE|TRUNCATE|ALL)\\b[^;]*\\bON\\b[^;]*\\b(payment_intents|events)\\b[^;]"
      "*"
      "\\bTO\\b(?![^;]*eras)[^;]*;",
      any_case);
  const std::string why =
      "money is insert-only: nothing updates or deletes an intent or an event but the eraser";
  for (const auto& file : repository) {
    if (!file.is_sql() || !file.is_in("src/") || file.path == "src/store/sql/erase.sql") continue;
    for (const auto* pattern : {&change, &upsert, &grant})
      for (auto& violation : matches(file, *pattern, why)) found.push_back(std::move(violation));
  }
  return found;
}

Violations uses_every_sql_file(const Repository& repository) {
  Violations found;
  for (const auto& file : repository) {
    if (!file.is_sql() || !file.is_in("src/")) continue;
    const std::filesystem::path path = file.path;
    const std::string name = path.stem().string();
    const std::string folder = path.parent_path().filename().string();
    if (folder == "migrations") continue;  // run by their number
    const bool used = folder == "shared" ? is_used(repository, ".sql", std::regex("\\{\\{" + name + "\\}\\}"))
                                         : is_used(repository, ".cpp", std::regex("\\bsql::" + name + "\\b"));
    if (!used)
      found.push_back({file.path, 1,
                       folder == "shared" ? "no statement says {{" + name + "}}: delete it or use it"
                                          : "no source says sql::" + name + ": delete it or use it"});
  }
  return found;
}

Violations has_one_statement_a_file(const Repository& repository) {
  Violations found;
  for (const auto& file : repository) {
    if (!file.is_sql() || !file.is_in("src/store/sql/")) continue;
    if (!file.text.starts_with("--"))
      found.push_back({file.path, 1, "a statement's header says why, which index, which lock"});
    const auto end = file.code.find(';');
    if (end != std::string::npos && file.code.find_first_not_of(" \n;", end) != std::string::npos)
      found.push_back(
          {file.path, file.line_at(end), "one statement a file: give the second one its own name"});
  }
  return found;
}

Violations has_sql_in_the_store_only(const Repository& repository) {
  Violations found;
  const std::regex statement(
      "\"[^\"\\n]*\\b(SELECT\\b[^\"\\n]*\\bFROM|INSERT INTO|UPDATE\\s+\\w+\\s+SET|DELETE FROM)\\b");
  for (const auto& file : repository) {
    // The private cluster asks for its database before there is a schema to speak of.
    const bool may =
        file.is_in("src/store/") || file.is_in("src/pg/") || file.path == "src/private_cluster.cpp";
    if (!file.is_cpp() || !file.is_in("src/") || may) continue;
    for (std::size_t i = 0; i < file.lines.size(); ++i)
      if (std::regex_search(file.lines[i].begin(), file.lines[i].end(), statement))
        found.push_back(
            {file.path, static_cast<int>(i + 1), "SQL lives in src/store/sql, one statement a file"});
  }
  return found;
}

}  // namespace bursar::tidy
