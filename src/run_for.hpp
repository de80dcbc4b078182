// Runs one coroutine to its end for a verb and hands its result on.
#pragma once
#include <optional>

#include "base/task_group.hpp"

namespace bursar {

template <class T>
T run_for(Task<T> task) {
  std::optional<T> result;
  auto body = [](Task<T> inner, std::optional<T>& out) -> Task<> { out.emplace(co_await std::move(inner)); };
  run_to_end(body(std::move(task), result));
  return std::move(*result);
}

}  // namespace bursar
