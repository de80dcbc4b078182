// One JSON object a line on stderr, never blocking a loop: lines go through a bounded queue to one writer
// thread, the oldest are dropped when it is full and the next line says how many. Never pass a token, a
// secret or an Authorization value; `redacted` shows that there was one.
#pragma once
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace bursar::log {

enum class Level { debug, info, warning, error, critical };

/// One member of the line. Text is escaped; invalid UTF-8 is replaced.
struct Field {
  std::string_view key;
  std::variant<std::string_view, std::int64_t, double, bool> value;

  Field(std::string_view name, std::string_view text) : key(name), value(text) {}
  Field(std::string_view name, const std::string& text) : key(name), value(std::string_view(text)) {}
  Field(std::string_view name, const char* text) : key(name), value(std::string_view(text)) {}
  Field(std::string_view name, bool flag) : key(name), value(flag) {}
  Field(std::string_view name, double number) : key(name), value(number) {}
  template <std::integral Number>
  Field(std::string_view name, Number number) : key(name), value(static_cast<std::int64_t>(number)) {}
};
using Fields = std::initializer_list<Field>;

inline constexpr std::string_view redacted = "[redacted]";

/// Lines below the level cost one comparison.
void set_level(Level level);
Level level();

/// `event` is a fixed snake_case word that people search for; what varies goes into fields.
void write(Level level, std::string_view event, Fields fields = {});
inline void debug(std::string_view event, Fields fields = {}) { write(Level::debug, event, fields); }
inline void info(std::string_view event, Fields fields = {}) { write(Level::info, event, fields); }
inline void warning(std::string_view event, Fields fields = {}) { write(Level::warning, event, fields); }
inline void error(std::string_view event, Fields fields = {}) { write(Level::error, event, fields); }

/// Writes past the queue, for the last words of a process.
void write_now(Level level, std::string_view event, Fields fields);
/// Writes what is queued; before exit.
void flush();

/// The line as it would be written, without the line feed.
std::string format_line(Level level, std::string_view event, Fields fields, std::string_view time);

}  // namespace bursar::log
