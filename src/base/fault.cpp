#include "base/fault.hpp"

#include <signal.h>
#include <unistd.h>

#include <charconv>
#include <map>
#include <mutex>
#include <string>

#include "base/error.hpp"
#include "base/log.hpp"

namespace bursar::fault {
namespace internal {
std::atomic<bool> armed{false};
}

namespace {

enum class Action { crash, fail, stall };
struct Point {
  Action action;
  long at;  // acts from the at-th pass on; 0 = each time
  long passes = 0;
};

std::mutex mutex;  // points are reached from several loops
std::map<std::string, Point, std::less<>> points;

Point parse(std::string_view text) {
  Point point{Action::crash, 0};
  const auto split = text.find('@');
  const auto action = text.substr(0, split);
  if (split != std::string_view::npos) {
    const auto number = text.substr(split + 1);
    const auto parsed = std::from_chars(number.data(), number.data() + number.size(), point.at);
    if (parsed.ec != std::errc() || parsed.ptr != number.data() + number.size() || point.at < 1)
      throw UsageError("BURSAR_FAULTS: '" + std::string(number) + "' after @ is not a positive number");
  }
  if (action == "crash")
    point.action = Action::crash;
  else if (action == "throw")
    point.action = Action::fail;
  else if (action == "stall")
    point.action = Action::stall;
  else
    throw UsageError("BURSAR_FAULTS: unknown action '" + std::string(action) +
                     "'; use crash, throw or stall");
  return point;
}

}  // namespace

void arm(std::string_view specification) {
  const std::lock_guard lock(mutex);
  while (!specification.empty()) {
    const auto end = std::min(specification.find(','), specification.size());
    const auto entry = specification.substr(0, end);
    const auto equals = entry.find('=');
    if (equals == std::string_view::npos)
      throw UsageError("BURSAR_FAULTS: '" + std::string(entry) + "' is not name=action");
    points.insert_or_assign(std::string(entry.substr(0, equals)), parse(entry.substr(equals + 1)));
    specification.remove_prefix(std::min(end + 1, specification.size()));
  }
  internal::armed = !points.empty();
}

void disarm() {
  const std::lock_guard lock(mutex);
  points.clear();
  internal::armed = false;
}

void internal::reach(std::string_view name) {
  Action action;
  {
    const std::lock_guard lock(mutex);
    const auto found = points.find(name);
    if (found == points.end()) return;
    Point& point = found->second;
    ++point.passes;
    if (point.at != 0 && point.passes != point.at) return;
    action = point.action;
  }
  log::write_now(log::Level::warning, "fault_point", {{"name", name}});
  if (action == Action::crash) ::kill(::getpid(), SIGKILL);
  if (action == Action::stall)
    while (true) ::pause();
  throw Unavailable("fault point " + std::string(name));
}

}  // namespace bursar::fault
