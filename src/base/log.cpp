#include "base/log.hpp"

#include <fmt/chrono.h>
#include <spdlog/async_logger.h>
#include <spdlog/details/null_mutex.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "base/limits.hpp"
#include "base/text.hpp"

namespace bursar::log {
namespace {

std::atomic<Level> threshold{Level::info};
std::atomic<std::size_t> reported_drops{0};

std::atomic<std::uint64_t> lines_queued{0}, lines_written{0};

// Used by the pool's one thread only. Counts, so that flush() can wait: spdlog's own flush is one more queued
// item.
class StandardError final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    [[maybe_unused]] const auto done = ::write(STDERR_FILENO, line.data(), line.size());
    lines_written.fetch_add(1, std::memory_order_release);
  }
  void flush_() override {}
};

struct Writer {
  std::shared_ptr<spdlog::details::thread_pool> pool =
      std::make_shared<spdlog::details::thread_pool>(limits::log_queue_lines, 1);
  std::shared_ptr<spdlog::async_logger> logger = std::make_shared<spdlog::async_logger>(
      "bursar", std::make_shared<StandardError>(), pool, spdlog::async_overflow_policy::overrun_oldest);

  Writer() {
    logger->set_pattern("%v");
    logger->set_level(spdlog::level::trace);
  }
};

Writer& writer();

void enqueue(const std::string& line) {
  writer().logger->info(line);
  lines_queued.fetch_add(1, std::memory_order_release);
}

Writer& writer() {
  static Writer instance;
  return instance;
}

std::string now_text() {
  const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  const auto part = now.time_since_epoch() % std::chrono::seconds(1);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(now)),
                     part.count());
}

std::string_view name(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warning:
      return "warning";
    case Level::error:
      return "error";
    case Level::critical:
      return "critical";
  }
  return "unknown";
}

}  // namespace

void set_level(Level level) { threshold.store(level, std::memory_order_relaxed); }
Level level() { return threshold.load(std::memory_order_relaxed); }

std::string format_line(Level level, std::string_view event, Fields fields, std::string_view time) {
  std::string line = fmt::format(R"({{"time":"{}","level":"{}","event":)", time, name(level));
  append_json_string(line, event);
  for (const Field& field : fields) {
    line += ',';
    append_json_string(line, field.key);
    line += ':';
    if (auto text = std::get_if<std::string_view>(&field.value)) append_json_string(line, *text);
    if (auto number = std::get_if<std::int64_t>(&field.value)) line += std::to_string(*number);
    if (auto number = std::get_if<double>(&field.value)) line += fmt::format("{:.3f}", *number);
    if (auto flag = std::get_if<bool>(&field.value)) line += *flag ? "true" : "false";
  }
  line += '}';
  return line;
}

void write(Level level, std::string_view event, Fields fields) {
  if (level < threshold.load(std::memory_order_relaxed)) return;
  try {
    const auto dropped = writer().pool->overrun_counter();
    if (dropped > reported_drops.exchange(dropped, std::memory_order_relaxed))
      enqueue(format_line(Level::warning, "log_lines_dropped", {{"total", dropped}}, now_text()));
    enqueue(format_line(level, event, fields, now_text()));
  } catch (const std::bad_alloc&) {
    // Whoever writes down that memory ran out must not fail by it: the line is lost.
  }
}

void write_now(Level level, std::string_view event, Fields fields) {
  const std::string line = format_line(level, event, fields, now_text()) + "\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

void flush() {
  const auto until = lines_queued.load(std::memory_order_acquire);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  while (lines_written.load(std::memory_order_acquire) + writer().pool->overrun_counter() < until &&
         std::chrono::steady_clock::now() < end)
    std::this_thread::yield();
}

}  // namespace bursar::log
