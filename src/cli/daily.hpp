// `bursar analytics show`.
#pragma once
#include <optional>
#include <string>

#include "cli/payments.hpp"

namespace bursar::cli {

struct DailyArguments {
  /// YYYY-MM-DD; the server has defaults.
  std::optional<std::string> from, to;
};

Task<Printed> show_daily(Remote& remote, DailyArguments arguments, Format format);

}  // namespace bursar::cli
