#include "source.hpp"

#include <algorithm>
#include <cctype>

namespace bursar::tidy {
namespace {

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// Copies text into a blank of the same shape, piece by piece.
class Blanker {
 public:
  explicit Blanker(std::string_view text) : text_(text) { out_.reserve(text.size()); }

  bool at_end() const { return out_.size() >= text_.size(); }
  bool sees(std::string_view what) const { return text_.substr(out_.size()).starts_with(what); }
  char previous() const { return out_.empty() ? '\n' : text_[out_.size() - 1]; }
  std::string_view rest() const { return text_.substr(out_.size()); }
  void keep(std::size_t count = 1) {
    for (; count > 0 && !at_end(); --count) out_ += text_[out_.size()];
  }
  void blank(std::size_t count) {
    for (; count > 0 && !at_end(); --count) out_ += text_[out_.size()] == '\n' ? '\n' : ' ';
  }
  void blank_until(std::string_view end, bool with_end) {
    const auto found = rest().find(end);
    blank(found == std::string_view::npos ? rest().size() : found + (with_end ? end.size() : 0));
  }
  /// The quotes stay, so that a rule can tell an argument from none.
  void blank_quoted(char quote, bool has_escapes) {
    keep();
    while (!at_end() && rest().front() != quote && !(has_escapes && rest().front() == '\n'))
      blank(has_escapes && rest().front() == '\\' ? 2 : 1);
    keep();
  }
  std::string take() { return std::move(out_); }

 private:
  std::string_view text_;
  std::string out_;
};

void blank_raw_literal(Blanker& text) {
  text.keep(2);  // R"
  const auto open = text.rest().find('(');
  const std::string end = ")" + std::string(text.rest().substr(0, open)) + "\"";
  text.blank_until(end, true);
}

std::string blank(const std::string& path, const std::string& text) {
  if (path.ends_with(".cpp") || path.ends_with(".hpp")) return blank_cpp(text);
  return path.ends_with(".sql") ? blank_sql(text) : text;
}

}  // namespace

Source::Source(std::string path_given, std::string text_given)
    : path(std::move(path_given)), text(std::move(text_given)), code(blank(path, text)) {
  lines = lines_of(text);
  code_lines = lines_of(code);
}

std::string Source::layer() const {
  if (!path.starts_with("src/")) return "";
  const auto end = path.find('/', 4);
  return end == std::string::npos ? "" : path.substr(4, end - 4);
}

int Source::line_at(std::size_t offset) const {
  return static_cast<int>(
      1 + std::count(code.begin(), code.begin() + static_cast<std::ptrdiff_t>(std::min(offset, code.size())),
                     '\n'));
}

std::string blank_cpp(std::string_view given) {
  Blanker text(given);
  while (!text.at_end()) {
    if (text.sees("//")) {
      text.blank_until("\n", false);
    } else if (text.sees("/*")) {
      text.blank_until("*/", true);
    } else if (text.sees("R\"") && !is_word(text.previous())) {
      blank_raw_literal(text);
    } else if (text.sees("#include \"")) {
      text.blank_until("\n", false);  // the rule of layers reads includes from the text
    } else if (text.sees("\"")) {
      text.blank_quoted('"', true);
    } else if (text.sees("'") && !is_word(text.previous())) {  // else a digit separator
      text.blank_quoted('\'', true);
    } else {
      text.keep();
    }
  }
  return text.take();
}

std::string blank_sql(std::string_view given) {
  Blanker text(given);
  while (!text.at_end()) {
    if (text.sees("--"))
      text.blank_until("\n", false);
    else if (text.sees("/*"))
      text.blank_until("*/", true);
    else if (text.sees("'"))
      text.blank_quoted('\'', false);
    else
      text.keep();
  }
  return text.take();
}

std::size_t behind_bracket(std::string_view code, std::size_t open) {
  int depth = 0;
  for (std::size_t at = open; at < code.size(); ++at) {
    if (std::string_view("([{").find(code[at]) != std::string_view::npos) ++depth;
    if (std::string_view(")]}").find(code[at]) != std::string_view::npos && --depth == 0) return at + 1;
  }
  return std::string_view::npos;
}

std::size_t columns(std::string_view line) {
  return static_cast<std::size_t>(
      std::ranges::count_if(line, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace bursar::tidy
