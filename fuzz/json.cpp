// The strict JSON reader: what ours takes, Boost.JSON's own parser takes with the same value; what only the
// other takes is refused for a reason that is on the list; and a value written is read again.
#include "base/json.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <cmath>

#include "base/limits.hpp"
#include "fuzz/fuzz.hpp"

using namespace bursar;

namespace {

bool is_negative_zero(const json::value& one) {
  return one.is_double() && one.get_double() == 0 && std::signbit(one.get_double());
}

// As the other reads it, but -0 is a double and no integer.
bool are_same(const json::value& ours, const json::value& other) {
  if (ours.is_array() && other.is_array()) {
    const auto& items = ours.get_array();
    const auto& others = other.get_array();
    for (std::size_t i = 0; i < items.size() && i < others.size(); ++i)
      if (!are_same(items[i], others[i])) return false;
    return items.size() == others.size();
  }
  if (ours.is_object() && other.is_object()) {
    for (const auto& member : ours.get_object()) {
      const json::value* found = other.get_object().if_contains(member.key());
      if (found == nullptr || !are_same(member.value(), *found)) return false;
    }
    return ours.get_object().size() == other.get_object().size();
  }
  if (is_negative_zero(ours) && other.is_int64()) return other.get_int64() == 0;
  return ours == other;
}

// Writing and reading a double may move it by its last bit (Boost.JSON 1.81).
bool has_double(const json::value& one) {
  if (one.is_double()) return true;
  if (one.is_array())
    return std::ranges::any_of(one.get_array(), [](const json::value& item) { return has_double(item); });
  return one.is_object() &&
         std::ranges::any_of(one.get_object(), [](const auto& member) { return has_double(member.value()); });
}

bool is_refused_on_purpose(const std::string& what) {
  for (const std::string_view why : {"is there twice", "contains NUL", "beyond the range of a double"})
    if (what.find(why) != std::string::npos) return true;
  return false;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  boost::json::parse_options options;
  options.max_depth = limits::json_depth;
  boost::json::error_code error;
  const json::value other = boost::json::parse(text, error, {}, options);
  const auto ours = json::parse(text);
  if (!ours) {
    fuzz::require(ours.error().offset <= size, "stopped behind the end");
    fuzz::require(error || is_refused_on_purpose(ours.error().what), "only the other takes this",
                  ours.error().what);
    return 0;
  }
  fuzz::require(!error, "only ours takes this", error.message());
  fuzz::require(are_same(*ours, other), "another value", json::to_text(*ours), json::to_text(other));
  const std::string canonical = json::to_canonical_text(*ours);
  const auto again = json::parse(canonical);
  fuzz::require(again.has_value(), "its canonical text is not read", canonical);
  if (has_double(*ours)) return 0;
  fuzz::require(*again == *ours, "its canonical text is another value", canonical);
  fuzz::require(json::to_canonical_text(*again) == canonical, "and has another text", canonical);
  return 0;
}
