// docs/reference/access.md out of the routes and their policies: `bursar access` prints it, a test compares
// it.
#pragma once
#include <string>

namespace bursar::api {

std::string access_page();

}  // namespace bursar::api
