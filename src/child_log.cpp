#include "child_log.hpp"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <fstream>

#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"

namespace bursar {
namespace {

std::optional<json::object> find_event(const std::filesystem::path& log, std::string_view event) {
  std::ifstream lines(log);
  std::string line;
  while (std::getline(lines, line)) {
    if (line.find(event) == std::string::npos) continue;
    const auto parsed = json::parse(line);
    const json::object* object = parsed ? parsed->if_object() : nullptr;
    const json::value* name = object != nullptr ? object->if_contains("event") : nullptr;
    if (name != nullptr && name->is_string() && name->get_string() == event) return *object;
  }
  return std::nullopt;
}

}  // namespace

void begin_log(const std::filesystem::path& file) {
  std::error_code absent;
  std::filesystem::rename(file, file.string() + ".1", absent);
}

std::string last_words(const std::filesystem::path& log) {
  std::ifstream lines(log);
  std::string line;
  std::string last;
  while (std::getline(lines, line))
    if (!line.empty()) last = line;
  return safe_text(last, limits::peer_text_characters);
}

json::object wait_for_event(ChildProcess& child, std::string_view name, const std::filesystem::path& log,
                            std::string_view event) {
  const auto end = std::chrono::steady_clock::now() + limits::child_ready_deadline;
  while (true) {
    if (auto found = find_event(log, event)) return std::move(*found);
    if (const auto status = child.wait(std::chrono::milliseconds(20)))
      throw UsageError(fmt::format("{} {} at its start:\n  {}\n({} has everything it said)", name,
                                   describe_exit(*status), last_words(log), log.string()));
    if (std::chrono::steady_clock::now() > end)
      throw UsageError(fmt::format("{} was not ready within {} s; {} says how far it came", name,
                                   std::chrono::seconds(limits::child_ready_deadline).count(), log.string()));
  }
}

}  // namespace bursar
