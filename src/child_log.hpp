// The log file of a child of `up`: JSON lines. The line that says it is ready carries the addresses it really
// bound; the last one says why it ended.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "child_process.hpp"

namespace bursar {

/// Puts the log of an earlier run aside as <name>.1, so that only this run's lines are read.
void begin_log(const std::filesystem::path& file);

/// Waits for the first line with that event. Throws UsageError with the child's last words when it ends
/// instead, or when limits::child_ready_deadline passes.
json::object wait_for_event(ChildProcess& child, std::string_view name, const std::filesystem::path& log,
                            std::string_view event);

/// The last line of the log, bounded; empty when there is none.
std::string last_words(const std::filesystem::path& log);

}  // namespace bursar
