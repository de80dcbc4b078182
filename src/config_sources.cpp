#include "config_sources.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "base/limits.hpp"

namespace bursar::config {
namespace {

constexpr std::string_view prefix = "BURSAR_";

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

/// At most limits::config_file_bytes of a file; nullopt when it is longer or cannot be read.
std::optional<std::string> read_text(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text(limits::config_file_bytes + 1, '\0');
  if (!in) return std::nullopt;
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (in.bad() || text.size() > limits::config_file_bytes) return std::nullopt;
  return text;
}

struct Line {
  std::string_view key;
  std::string_view value;
};

/// nullopt unless the line is KEY=VALUE.
std::optional<Line> split_line(std::string_view line) {
  constexpr std::string_view shell_word = "export ";
  if (line.starts_with(shell_word)) line = trim(line.substr(shell_word.size()));
  const auto equals = line.find('=');
  if (equals == std::string_view::npos || equals == 0) return std::nullopt;
  Line parts{trim(line.substr(0, equals)), trim(line.substr(equals + 1))};
  if (parts.value.empty() || (parts.value.front() != '"' && parts.value.front() != '\'')) return parts;
  if (parts.value.size() < 2 || parts.value.back() != parts.value.front()) return std::nullopt;
  parts.value = parts.value.substr(1, parts.value.size() - 2);
  return parts;
}

}  // namespace

RawSettings read_environment() {
  RawSettings settings;
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    const std::string_view text(*variable);
    const auto equals = text.find('=');
    if (!text.starts_with(prefix) || equals == std::string_view::npos) continue;
    settings.insert_or_assign(std::string(text.substr(0, equals)),
                              Raw{std::string(text.substr(equals + 1)), "environment"});
  }
  return settings;
}

RawSettings read_file(const std::filesystem::path& file, const std::string& name,
                      std::vector<std::string>& faults) {
  RawSettings settings;
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return settings;
  const auto text = read_text(file);
  if (!text) {
    faults.push_back(
        fmt::format("{}: cannot be read, or is longer than {} bytes", name, limits::config_file_bytes));
    return settings;
  }
  int number = 0;
  for (std::size_t begin = 0; begin < text->size();) {
    const std::size_t end = std::min(text->find('\n', begin), text->size());
    const std::string_view line = trim(std::string_view(*text).substr(begin, end - begin));
    begin = end + 1;
    ++number;
    if (line.empty() || line.front() == '#') continue;
    const auto parts = split_line(line);
    const std::string origin = fmt::format("{} line {}", name, number);
    if (!parts)
      faults.push_back(origin + ": expected KEY=VALUE, with both quotes or none around the value");
    else if (parts->key.starts_with(prefix))
      settings.insert_or_assign(std::string(parts->key), Raw{std::string(parts->value), origin});
  }
  return settings;
}

std::optional<std::string> read_secret(const std::string& file, const std::string& key,
                                       std::vector<std::string>& faults) {
  auto text = read_text(file);
  if (!text || text->empty()) {
    faults.push_back(fmt::format("{}: the file '{}' cannot be read, is empty or longer than {} bytes", key,
                                 file, limits::config_file_bytes));
    return std::nullopt;
  }
  if (text->ends_with('\n')) text->pop_back();
  if (text->ends_with('\r')) text->pop_back();
  return text;
}

std::filesystem::path home_folder() {
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') return home;
  const passwd* user = ::getpwuid(::getuid());
  return user != nullptr ? user->pw_dir : "/";
}

std::string other_variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

std::string_view nearest(std::string_view name, const std::vector<std::string_view>& known) {
  std::string_view best;
  std::size_t best_distance = 0;
  for (const std::string_view candidate : known) {
    std::vector<std::size_t> row(candidate.size() + 1);
    for (std::size_t i = 0; i < row.size(); ++i) row[i] = i;
    for (std::size_t n = 1; n <= name.size(); ++n) {
      std::size_t diagonal = row[0];
      row[0] = n;
      for (std::size_t c = 1; c <= candidate.size(); ++c) {
        const std::size_t replaced = diagonal + (name[n - 1] == candidate[c - 1] ? 0 : 1);
        diagonal = row[c];
        row[c] = std::min({replaced, row[c] + 1, row[c - 1] + 1});
      }
    }
    if (best.empty() || row.back() < best_distance) {
      best = candidate;
      best_distance = row.back();
    }
  }
  return best;
}

}  // namespace bursar::config
