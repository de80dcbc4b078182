#include "base/check.hpp"

#include <cstdio>
#include <cstdlib>

#include "base/log.hpp"

namespace bursar {

void fail_check(std::string_view what, std::source_location where) {
  log::write_now(log::Level::critical, "bug",
                 {{"what", what}, {"file", where.file_name()}, {"line", where.line()}});
  std::abort();
}

}  // namespace bursar
