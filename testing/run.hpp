// Runs a coroutine in a test and hands its result or exception to the test.
#pragma once
#include <optional>

#include "base/task_group.hpp"

namespace bursar::testing {

template <class T>
T run(Task<T> task) {
  std::optional<T> result;
  auto body = [](Task<T> inner, std::optional<T>& out) -> Task<> { out.emplace(co_await std::move(inner)); };
  run_to_end(body(std::move(task), result));
  return std::move(*result);
}
inline void run(Task<> task) { run_to_end(std::move(task)); }

}  // namespace bursar::testing
