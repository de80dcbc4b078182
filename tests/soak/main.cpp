// `make soak`: runs the tests and closes with what they saw, in numbers.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdio>

#include "tests/soak/summary.hpp"

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  const int result = RUN_ALL_TESTS();
  const auto& unit = *::testing::UnitTest::GetInstance();
  const std::string verdict =
      fmt::format("\nsoak: {} in {:.0f} s, {} of {} tests passed\n", result == 0 ? "PASSED" : "FAILED",
                  static_cast<double>(unit.elapsed_time()) / 1000.0, unit.successful_test_count(),
                  unit.test_to_run_count());
  std::fputs(
      ("\n── soak ─────────────────────────────────────────────\n" + bursar::testing::summary() + verdict)
          .c_str(),
      stdout);
  return result;
}
