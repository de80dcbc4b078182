// Strict JSON (RFC 8259) in front of Boost.JSON: duplicate members, invalid UTF-8, lone surrogates, NUL (also
// as an escape), comments, trailing text, numbers beyond doubles and depth over limits::json_depth are
// refused, in linear time.
#pragma once
#include <boost/json/value.hpp>
#include <expected>
#include <string>
#include <string_view>

namespace bursar::json {

using boost::json::array;
using boost::json::object;
using boost::json::value;

struct ParseError {
  /// Byte offset where reading stopped.
  std::size_t offset = 0;
  /// For people: what was found and what was expected.
  std::string what;
};

/// Integers that fit come as int64, else uint64, else double; a number with a fraction or an exponent is a
/// double and so never an amount. -0 is a double too.
std::expected<value, ParseError> parse(std::string_view text);

/// Compact text with members in the order they were added.
std::string to_text(const value& json);

/// Members sorted by key on every level: equal values have equal texts. For fingerprints.
std::string to_canonical_text(const value& json);

}  // namespace bursar::json
