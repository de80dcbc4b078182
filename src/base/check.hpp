// Bugs stop the process: CHECK is always on. Business outcomes are values, operational failures are
// exceptions (error.hpp); only what cannot happen unless the code is wrong is checked here.
#pragma once
#include <source_location>
#include <string_view>

namespace bursar {

/// Writes one line to stderr and aborts.
[[noreturn]] void fail_check(std::string_view what,
                             std::source_location where = std::source_location::current());

}  // namespace bursar

#define CHECK(condition)                                \
  do {                                                  \
    if (!(condition)) ::bursar::fail_check(#condition); \
  } while (false)
