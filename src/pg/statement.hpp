// One SQL statement: its file name is the prepared-statement name, the metric label and the log field.
#pragma once
#include <string_view>

namespace bursar::pg {

struct Statement {
  std::string_view name;
  std::string_view text;
};

}  // namespace bursar::pg
