#include "tests/soak/summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iostream>

namespace bursar::testing {
namespace {

std::string& text() {
  static std::string all;
  return all;
}

void add(const std::string& line) {
  text() += line;
  std::cout << line << std::flush;
}

double percentile(const std::vector<double>& sorted, double fraction) {
  const auto rank = static_cast<std::size_t>(std::ceil(fraction * static_cast<double>(sorted.size())));
  return sorted[std::max<std::size_t>(rank, 1) - 1];
}

}  // namespace

std::string distribution(std::vector<double> values, const std::string& unit) {
  if (values.empty()) return "none";
  std::ranges::sort(values);
  return fmt::format("min {:.2f}  p50 {:.2f}  p95 {:.2f}  max {:.2f} {}  (n = {})", values.front(),
                     percentile(values, 0.5), percentile(values, 0.95), values.back(), unit, values.size());
}

void report_title(const std::string& title) { add("\n  " + title + "\n"); }

void report(const std::string& name, const std::string& value) {
  add(fmt::format("    {:<28}{}\n", name, value));
}

void report_load(const LoadReport& load) {
  report("acknowledged", fmt::format("{} in {:.1f} s, {:.0f} a second", load.acknowledged.size(),
                                     std::chrono::duration<double>(load.took).count(),
                                     static_cast<double>(load.acknowledged.size()) /
                                         std::chrono::duration<double>(load.took).count()));
  std::string again;
  for (const auto& [why, times] : load.again) again += fmt::format("{} × {}  ", times, why);
  report("asked again because of", again.empty() ? "nothing" : again);
  std::vector<double> latencies;
  for (const auto& one : load.acknowledged) latencies.push_back(static_cast<double>(one.latency.count()));
  report("until acknowledged", distribution(std::move(latencies), "ms"));
}

void report_tally(const Tally& tally) {
  report("terminal", fmt::format("{} of {}: {} SUCCESS, {} FAILED", tally.succeeded + tally.failed,
                                 tally.payments, tally.succeeded, tally.failed));
  report("charges at the gateway", std::to_string(tally.charges));
  report("told by mail",
         fmt::format("{}, {} of them again under the same id", tally.mails, tally.repeated_mails));
  report("told by SMS",
         fmt::format("{}, {} of them again under the same id", tally.texts, tally.repeated_texts));
}

std::string summary() { return text(); }

}  // namespace bursar::testing
