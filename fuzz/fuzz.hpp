// What every fuzz target shares: input as text, and a way to say what was found. A target is one function of
// bytes; whatever it promises is checked for every input that libFuzzer invents.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace bursar::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Ends the run, and libFuzzer keeps the input, unless it is so.
inline void require(bool so, std::string_view what, std::string_view one = "", std::string_view other = "") {
  if (so) return;
  const std::string message =
      std::string(what) + "\n--- one\n" + std::string(one) + "\n--- other\n" + std::string(other) + "\n---\n";
  std::fputs(message.c_str(), stderr);
  std::abort();
}

}  // namespace bursar::fuzz

/// Implemented once in each target; its name is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
