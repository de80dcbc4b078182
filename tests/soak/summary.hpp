// What a soak saw, in numbers, collected by its tests and printed once at the end.
#pragma once
#include <chrono>
#include <string>
#include <vector>

#include "testing/load.hpp"
#include "tests/soak/books.hpp"

namespace bursar::testing {

/// "min 3.9 p50 4.2 p95 4.6 max 4.7 s (n = 9)"
std::string distribution(std::vector<double> values, const std::string& unit);

/// A line of the closing summary, also printed at once. `title` opens a part.
void report_title(const std::string& title);
void report(const std::string& name, const std::string& value);

void report_load(const LoadReport& load);
void report_tally(const Tally& tally);

/// Everything that was reported, in order.
std::string summary();

}  // namespace bursar::testing
