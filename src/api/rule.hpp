// What the C++ type of a body's member does not say: bounds, form, description, example. A body is a struct
// that Boost.Describe knows (its members and their types) plus Described<Body> (its rules): reading, writing
// and the specification all come from these two.
#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

namespace bursar::api {

struct Rule {
  std::string_view description;
  /// A JSON value; goes into the specification and is executed by a test.
  std::string_view example;
  /// Of integers, both ends included.
  std::int64_t minimum = std::numeric_limits<std::int64_t>::min();
  std::int64_t maximum = std::numeric_limits<std::int64_t>::max();
  /// Of texts, in code points. Every text that is read has a maximum.
  std::size_t min_characters = 1;
  std::size_t max_characters = 0;
  /// Control characters are refused unless this is set.
  bool several_lines = false;
  /// For the specification only: OpenAPI format and ECMA-262 pattern; `complaint` decides.
  std::string_view format;
  std::string_view pattern;
  /// What is wrong with this text, as the end of a sentence ("must be …"); empty when nothing is.
  std::string_view (*complaint)(std::string_view text) = nullptr;
  /// A text that `complaint` takes is no card number, whatever its digits.
  bool form_excludes_cards = false;
  /// A member that is std::optional in C++ because its type has no empty value, yet must be there.
  bool required = false;
  /// What holds when the member is left out, as a JSON value.
  std::string_view fallback;
};

struct Member {
  std::string_view name;
  Rule rule;
};

/// Specialised beside each body:
///   static constexpr std::string_view name;            the schema's name
///   static constexpr std::string_view description;
///   static constexpr Member members[];                 as described, in that order
template <class Body>
struct Described;

}  // namespace bursar::api
