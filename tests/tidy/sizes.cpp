#include <algorithm>
#include <cctype>

#include "rules.hpp"

namespace bursar::tidy {
namespace {

constexpr std::size_t header_lines = 120, source_lines = 400, function_lines = 70, handler_lines = 40,
                      line_columns = 110;

// One list on purpose: how limits relate is asserted beside them.
constexpr std::string_view list_of_limits = "src/base/limits.hpp";

bool starts_a_scope(std::string_view head) {
  for (const std::string_view word : {"namespace", "class ", "struct ", "union ", "enum ", "extern "})
    if (const auto at = head.find(word);
        at != std::string_view::npos && head.find('(') == std::string_view::npos)
      return true;
  return head.starts_with("namespace") || head.starts_with("extern ");
}

/// Follows braces: a brace behind a head with a parameter list, outside of any function, opens a function.
class Functions {
 public:
  Functions(const Source& file, std::size_t most, std::string_view kind)
      : file_(file), most_(most), kind_(kind) {}

  Violations too_long() {
    for (std::size_t i = 0; i < file_.code_lines.size(); ++i) {
      line_ = static_cast<int>(i + 1);
      const std::string_view line = file_.code_lines[i];
      const bool is_directive = !line.empty() && line.front() == '#';
      if (is_directive || is_continued_) {
        is_continued_ = line.ends_with('\\');
        continue;
      }
      for (const char c : line) take(c);
      take(' ');
    }
    return std::move(found_);
  }

 private:
  void take(char c) {
    if (c == '{') {
      open();
    } else if (c == '}') {
      close();
    } else if (function_depth_ == 0) {
      if (c == ';') {
        head_.clear();
      } else if (std::isspace(static_cast<unsigned char>(c)) == 0 || !head_.empty()) {
        if (head_.empty()) head_line_ = line_;
        head_ += c;
        if (head_ == "public:" || head_ == "private:" || head_ == "protected:") head_.clear();
      }
    }
  }

  void open() {
    if (function_depth_ > 0) {
      ++function_depth_;
    } else if (!starts_a_scope(head_) && head_.find('(') != std::string::npos) {
      function_depth_ = 1;
    } else {
      head_.clear();
    }
  }

  void close() {
    if (function_depth_ == 0) {
      head_.clear();
      return;
    }
    if (--function_depth_ > 0) return;
    // In `: a_{1}, b_{2} {` the first brace was an initialiser: the head goes on.
    const auto length = static_cast<std::size_t>(line_ - head_line_ + 1);
    if (length > most_ && head_.find(kind_) != std::string::npos)
      found_.push_back({file_.path, head_line_,
                        "a function of " + std::to_string(length) + " lines, " + std::to_string(most_) +
                            " are allowed: give its parts names"});
    if (length > 1 || head_.find(") :") == std::string::npos) head_.clear();
  }

  const Source& file_;
  std::size_t most_;
  std::string_view kind_;  // what the head of a judged function contains
  Violations found_;
  std::string head_;
  int line_ = 0, head_line_ = 0, function_depth_ = 0;
  bool is_continued_ = false;
};

}  // namespace

Violations has_short_files(const Repository& repository) {
  Violations found;
  for (const auto& file : repository) {
    if (!file.is_cpp() || file.path == list_of_limits) continue;
    const std::size_t most = file.path.ends_with(".hpp") ? header_lines : source_lines;
    if (file.lines.size() > most)
      found.push_back({file.path, static_cast<int>(file.lines.size()),
                       std::to_string(file.lines.size()) + " lines, " + std::to_string(most) +
                           " are allowed: split it by what it does"});
  }
  return found;
}

Violations has_short_functions(const Repository& repository) {
  Violations found;
  for (const auto& file : repository) {
    if (!file.is_cpp()) continue;
    std::ranges::move(Functions(file, function_lines, "").too_long(), std::back_inserter(found));
  }
  return found;
}

Violations has_short_handlers(const Repository& repository) {
  Violations found;
  for (const auto& file : repository) {
    if (!file.is_cpp() || !file.is_in("src/api/")) continue;
    std::ranges::move(Functions(file, handler_lines, "http::Response").too_long(), std::back_inserter(found));
  }
  return found;
}

Violations has_narrow_lines(const Repository& repository) {
  Violations found;
  for (const auto& file : repository) {
    if (!file.is_cpp() && !file.is_sql()) continue;
    for (std::size_t i = 0; i < file.lines.size(); ++i)
      if (const auto width = columns(file.lines[i]); width > line_columns && file.path != list_of_limits)
        found.push_back(
            {file.path, static_cast<int>(i + 1),
             std::to_string(width) + " columns, 110 are allowed: run make fmt or break the text"});
  }
  return found;
}

Violations opens_headers_with_their_role(const Repository& repository) {
  Violations found;
  for (const auto& file : repository) {
    if (!file.path.ends_with(".hpp")) continue;
    const bool has_role = !file.lines.empty() && file.lines.front().starts_with("// ");
    if (!has_role)
      found.push_back({file.path, 1, "a header opens with its role, its invariant and who calls it"});
    if (file.text.find("#pragma once") == std::string::npos)
      found.push_back({file.path, 1, "#pragma once is missing"});
  }
  return found;
}

}  // namespace bursar::tidy
