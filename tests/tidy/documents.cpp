#include <algorithm>
#include <filesystem>
#include <regex>

#include "rules.hpp"

namespace bursar::tidy {
namespace {

using Names = std::set<std::string>;

/// Every tracked file and every folder above one.
Names paths_of(const Repository& repository) {
  Names paths;
  for (const auto& file : repository) {
    paths.insert(file.path);
    for (auto slash = file.path.rfind('/'); slash != std::string::npos && slash > 0;
         slash = file.path.rfind('/', slash - 1))
      paths.insert(file.path.substr(0, slash));
  }
  return paths;
}

/// `a.{hpp,cpp}` is two names.
std::vector<std::string> alternatives(const std::string& name) {
  const auto open = name.find('{'), close = name.find('}');
  if (open == std::string::npos || close == std::string::npos || close < open) return {name};
  std::vector<std::string> all;
  std::string inner = name.substr(open + 1, close - open - 1) + ",";
  for (auto comma = inner.find(','); comma != std::string::npos; comma = inner.find(',')) {
    all.push_back(name.substr(0, open) + inner.substr(0, comma) + name.substr(close + 1));
    inner.erase(0, comma + 1);
  }
  return all;
}

/// `store/sql/audit_*.sql` names at least one file.
bool exists(const Names& paths, std::string name) {
  while (!name.empty() && std::string_view("/.,-").find(name.back()) != std::string_view::npos)
    name.pop_back();
  const auto star = name.find('*');
  if (star == std::string::npos) return paths.contains(name);
  const std::string head = name.substr(0, star), tail = name.substr(star + 1);
  return std::ranges::any_of(paths, [&](const std::string& path) {
    return path.size() >= head.size() + tail.size() && path.starts_with(head) && path.ends_with(tail);
  });
}

/// Without `a/../`.
std::string normal(const std::string& path) {
  return std::filesystem::path(path).lexically_normal().string();
}

/// A document may leave src/ or its own folder out of a name.
bool leads_somewhere(const Names& paths, const std::string& folder, const std::string& name) {
  for (const auto& one : alternatives(name))
    if (!exists(paths, one) && !exists(paths, "src/" + one) && !exists(paths, normal(folder + one)))
      return false;
  return true;
}

/// Two patterns may find one name.
bool said_already(const Violations& found, const Violation& violation) {
  return std::ranges::any_of(found, [&](const Violation& other) {
    return other.path == violation.path && other.line == violation.line && other.what == violation.what;
  });
}

template <class Judge>
void for_each_match(const Source& file, const std::regex& pattern, const Judge& judge) {
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    const auto line = file.lines[i];
    if (line.size() > 4'000) continue;  // written by a tool, not by a person
    for (auto it = std::cregex_iterator(line.data(), line.data() + line.size(), pattern);
         it != std::cregex_iterator(); ++it)
      judge(static_cast<int>(i + 1), *it);
  }
}

const Source* find(const Repository& repository, std::string_view path) {
  const auto found = std::ranges::find(repository, path, &Source::path);
  return found == repository.end() ? nullptr : &*found;
}

}  // namespace

Violations names_files_that_exist(const Repository& repository) {
  Violations found;
  const Names paths = paths_of(repository);
  // Names with a folder of ours in front, names with an ending of ours in code quotes, and links.
  const std::regex path(
      "(?:^|[\\s`(\"|])((?:src|docs|tests|testing|scripts|cmake|loadtest|bench|ui|\\.ci|\\.github)/"
      "[A-Za-z0-9_./{},*-]+)");
  const std::regex quoted("`([A-Za-z0-9_./{},*-]+\\.(?:cpp|hpp|sql|py|sh|cmake|yaml|yml|md|\\{[a-z,]+\\}))`");
  const std::regex link("\\]\\(([^)#:\\s]+)(?:#[^)]*)?\\)");
  for (const auto& file : repository) {
    const std::string folder = file.path.substr(0, file.path.rfind('/') + 1);
    const auto judge = [&](int line, const std::cmatch& match) {
      const std::string name = match[1].str();
      const Violation violation{file.path, line, name + " does not exist: name the file that is there now"};
      if (!leads_somewhere(paths, folder, name) && !said_already(found, violation))
        found.push_back(violation);
    };
    if (file.is_document()) {
      for (const auto* pattern : {&path, &quoted, &link}) for_each_match(file, *pattern, judge);
    } else if (!file.is_in("tests/tidy/")) {
      static const std::regex record("(docs/[a-z0-9_/-]+\\.md)");
      for_each_match(file, record, judge);
    }
  }
  return found;
}

Violations names_tests_that_exist(const Repository& repository) {
  Names tests;
  const std::regex test("\\bTEST(?:_F|_P)?\\((\\w+),\\s*(\\w+)\\)");
  for (const auto& file : repository) {
    if (!file.is_cpp() || !file.is_in("tests/")) continue;
    for (auto it = std::sregex_iterator(file.code.begin(), file.code.end(), test);
         it != std::sregex_iterator(); ++it)
      tests.insert((*it)[1].str() + "." + (*it)[2].str());
  }
  Violations found;
  const std::regex named("`([A-Z][A-Za-z0-9]+\\.[A-Z][A-Za-z0-9]+)`");
  for (const auto& file : repository)
    if (file.is_document())
      for_each_match(file, named, [&](int line, const std::cmatch& match) {
        if (!tests.contains(match[1].str()))
          found.push_back(
              {file.path, line, "there is no test " + match[1].str() + ": name one that proves the claim"});
      });
  return found;
}

Violations names_targets_that_exist(const Repository& repository) {
  Names targets;
  if (const Source* makefile = find(repository, "Makefile"))
    for_each_match(*makefile, std::regex("^([a-z]+):"),
                   [&](int, const std::cmatch& match) { targets.insert(match[1].str()); });
  Violations found;
  const std::regex named("(?:`|^|\\$ )make ([a-z]+)(?=[`\\s]|$)");
  for (const auto& file : repository)
    if (file.is_document())
      for_each_match(file, named, [&](int line, const std::cmatch& match) {
        if (!targets.contains(match[1].str()))
          found.push_back({file.path, line, "the Makefile has no target " + match[1].str()});
      });
  return found;
}

Violations is_fit_to_publish(const Repository& repository) {
  Violations found;
  const std::regex machine("(?:^|[^A-Za-z0-9_./-])(/(?:work|farm|root|home|Users|mnt)/[A-Za-z0-9_.-]+)");
  const std::regex registry(
      "(registry\\.npmjs|registry\\.yarnpkg|pypi\\.o"
      "rg|pythonho"
      "sted|deb\\.debian\\.org|proxy\\.golang|"
      "repo1\\.maven|"
      "index\\.crates|static\\.crates)");
  for (const auto& file : repository) {
    for_each_match(file, machine, [&](int line, const std::cmatch& match) {
      found.push_back(
          {file.path, line, match[1].str() + " is a path of one machine: name it from the checkout"});
    });
    for_each_match(file, registry, [&](int line, const std::cmatch& match) {
      found.push_back({file.path, line,
                       match[1].str() + " is the host of a registry: leave it to the client's own setting"});
    });
  }
  return found;
}

Violations has_no_unfinished_marks(const Repository& repository) {
  Violations found;
  const std::regex mark(
      "(?:^|[^\"])\\b(TO"
      "DO|FIX"
      "ME|XX"
      "X)\\b");
  for (const auto& file : repository)
    for_each_match(file, mark, [&](int line, const std::cmatch& match) {
      found.push_back(
          {file.path, line, match[1].str() + " in the tree: do it, or file an issue and delete the mark"});
    });
  return found;
}

Violations has_workflows_of_own_scripts(const Repository& repository) {
  Violations found;
  const std::regex action("^\\s*-?\\s*uses:");
  const std::regex run("^\\s*-?\\s*run: +(\\S.*)$");
  const std::regex ours("^(git |make |scripts/|\\.ci/)");
  for (const auto& file : repository) {
    if (!file.is_in(".github/workflows/")) continue;
    if (file.text.find("\npermissions: {}\n") == std::string::npos)
      found.push_back({file.path, 1, "a workflow starts without rights: permissions: {}"});
    for_each_match(file, action, [&](int line, const std::cmatch&) {
      found.push_back(
          {file.path, line, "a step by somebody else runs nowhere but there: call a script of ours"});
    });
    for_each_match(file, run, [&](int line, const std::cmatch& match) {
      if (!std::regex_search(match[1].str(), ours))
        found.push_back({file.path, line, "a step is one call of git, make or a script that also runs here"});
    });
  }
  return found;
}

}  // namespace bursar::tidy
