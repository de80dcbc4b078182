// JSON for property tests: values that are drawn, and the many spellings of one value. Call these inside
// rc::check() only.
#pragma once
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace bursar::testing {

/// UTF-8 without NUL, up to 12 code points, many of them such as have to be escaped.
std::string any_text();
/// At most `depth` levels below it. Numbers are integers or eighths, which a double holds exactly.
json::value any_json(int depth);
json::object any_object(int depth);

/// The value as somebody might write it: white space, order of members, escapes.
std::string any_spelling(const json::value& value);
std::string any_spelling_of_text(std::string_view utf8);
/// "", " ", "\r\n\t"…
std::string any_blanks();

}  // namespace bursar::testing
