// A file as the rules see it: its text, its lines, and its code with comments and the contents of literals
// blanked out, so that words in them break no rule. Offsets and line numbers of text and code agree.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace bursar::tidy {

struct Source {
  Source(std::string path, std::string text);

  std::string path;  // from the repository's root
  std::string text;
  std::string code;
  std::vector<std::string_view> lines, code_lines;

  bool is_cpp() const { return path.ends_with(".cpp") || path.ends_with(".hpp"); }
  bool is_sql() const { return path.ends_with(".sql"); }
  bool is_document() const { return path.ends_with(".md"); }
  bool is_in(std::string_view folder) const { return path.starts_with(folder); }
  /// "store" for src/store/sql/x.sql; "" outside src/ and for files directly in it.
  std::string layer() const;
  /// From 1.
  int line_at(std::size_t offset) const;
};

/// Source files of C++ (comments, literals, raw literals, digit separators) and of SQL (--, /* */, '…',
/// $$…$$).
std::string blank_cpp(std::string_view text);
std::string blank_sql(std::string_view text);

/// The offset behind the bracket that closes the one at `open`; npos where none does.
std::size_t behind_bracket(std::string_view code, std::size_t open);

/// Code points of UTF-8, which is what an editor shows as columns.
std::size_t columns(std::string_view line);

}  // namespace bursar::tidy
