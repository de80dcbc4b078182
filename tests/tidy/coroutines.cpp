#include <cctype>

#include "rules.hpp"

namespace bursar::tidy {
namespace {

constexpr auto npos = std::string_view::npos;

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

std::size_t skip_blanks(std::string_view code, std::size_t at) {
  while (at < code.size() && std::isspace(static_cast<unsigned char>(code[at])) != 0) ++at;
  return at;
}

/// The offset of the last character before `at` that is no blank; npos at the start.
std::size_t before_blanks(std::string_view code, std::size_t at) {
  while (at > 0 && std::isspace(static_cast<unsigned char>(code[at - 1])) != 0) --at;
  return at == 0 ? npos : at - 1;
}

std::string_view word_ending_at(std::string_view code, std::size_t last) {
  std::size_t first = last + 1;
  while (first > 0 && is_word(code[first - 1])) --first;
  return code.substr(first, last + 1 - first);
}

std::size_t find_word(std::string_view code, std::string_view word, std::size_t from) {
  for (auto at = code.find(word, from); at != npos; at = code.find(word, at + 1)) {
    const bool starts = at == 0 || !is_word(code[at - 1]);
    const bool ends = at + word.size() >= code.size() || !is_word(code[at + word.size()]);
    if (starts && ends) return at;
  }
  return npos;
}

struct Lambda {
  std::size_t begin = 0, body = 0, end = 0;
  bool captures = false;
};

/// The lambda whose introducer is the `[` at `open`; end == 0 when that bracket is a subscript, an attribute
/// or a structured binding.
Lambda lambda_at(std::string_view code, std::size_t open) {
  Lambda lambda;
  if (const auto last = before_blanks(code, open); last != npos) {
    const auto word = is_word(code[last]) ? word_ending_at(code, last) : std::string_view();
    const bool is_statement =
        word == "return" || word == "co_return" || word == "co_await" || word == "co_yield";
    if ((is_word(code[last]) && !is_statement) || code[last] == ')' || code[last] == ']' || code[last] == '[')
      return lambda;
  }
  const auto close = behind_bracket(code, open);
  if (close == npos || open + 1 >= code.size() || code[open + 1] == '[') return lambda;
  auto at = skip_blanks(code, close);
  if (at < code.size() && code[at] == '(')
    at = skip_blanks(code, std::min(behind_bracket(code, at), code.size()));
  // mutable, noexcept, -> Task<T>: up to the body, which nothing of these contains.
  while (at < code.size() && (is_word(code[at]) || std::string_view("<>:-&*, \n").find(code[at]) != npos))
    ++at;
  if (at >= code.size() || code[at] != '{') return lambda;
  lambda.begin = open;
  lambda.body = at;
  lambda.end = std::min(behind_bracket(code, at), code.size());
  lambda.captures = skip_blanks(code, open + 1) + 1 < close;
  return lambda;
}

/// The code between the offsets with the bodies of lambdas blanked out: what is awaited in them is theirs.
std::string without_lambdas(std::string_view code, std::size_t begin, std::size_t end) {
  std::string own(code.substr(begin, end - begin));
  for (std::size_t i = 0; i < own.size(); ++i) {
    if (own[i] != '[') continue;
    const Lambda inner = lambda_at(code, begin + i);
    if (inner.end == 0 || inner.end > end) continue;
    for (std::size_t j = inner.body; j < inner.end; ++j)
      if (own[j - begin] != '\n') own[j - begin] = ' ';
    i = inner.end - begin - 1;
  }
  return own;
}

/// The end of the expression that starts at `at`: a semicolon, a comma or a bracket that was open before it,
/// or the
/// ?: whose condition it is.
std::size_t end_of_expression(std::string_view code, std::size_t at) {
  int depth = 0;
  for (; at < code.size(); ++at) {
    const char c = code[at];
    if (c == '(' || c == '[' || c == '{') ++depth;
    if ((c == ')' || c == ']' || c == '}') && --depth < 0) return at;
    if (depth == 0 && (c == ';' || c == ',' || c == '?')) return at;
  }
  return code.size();
}

void judge_await(const Source& file, std::size_t at, Violations& found) {
  const auto end = end_of_expression(file.code, at);
  // A lambda with captures inside the expression is a temporary like a braced aggregate.
  for (auto open = file.code.find('[', at); open < end; open = file.code.find('[', open + 1))
    if (const Lambda inner = lambda_at(file.code, open); inner.end != 0 && inner.captures)
      found.push_back(
          {file.path, file.line_at(open), "a capturing lambda inside co_await: give it a name first"});
  const std::string own = without_lambdas(file.code, at, end);
  for (std::size_t i = 0; i < own.size(); ++i) {
    if (own[i] == '?')
      found.push_back({file.path, file.line_at(at + i), "?: inside co_await: give the choice a name first"});
    if (own[i] == '{')
      found.push_back(
          {file.path, file.line_at(at + i), "a braced value inside co_await: give it a name first"});
  }
}

}  // namespace

Violations captures_nothing_in_coroutine_lambdas(const Repository& repository) {
  Violations found;
  for (const auto& file : repository) {
    if (!file.is_cpp()) continue;
    for (auto open = file.code.find('['); open != npos; open = file.code.find('[', open + 1)) {
      const Lambda lambda = lambda_at(file.code, open);
      if (lambda.end == 0 || !lambda.captures) continue;
      const std::string own = without_lambdas(file.code, lambda.body, lambda.end);
      const bool is_coroutine = find_word(own, "co_await", 0) != npos ||
                                find_word(own, "co_return", 0) != npos ||
                                find_word(own, "co_yield", 0) != npos;
      if (is_coroutine)
        found.push_back({file.path, file.line_at(open),
                         "a coroutine lambda outlives its captures: pass what it needs as parameters"});
    }
  }
  return found;
}

Violations awaits_names(const Repository& repository) {
  Violations found;
  for (const auto& file : repository) {
    if (!file.is_cpp()) continue;
    static constexpr std::string_view word = "co_await";
    for (auto at = find_word(file.code, word, 0); at != npos; at = find_word(file.code, word, at + 1))
      judge_await(file, at + word.size(), found);
  }
  return found;
}

}  // namespace bursar::tidy
