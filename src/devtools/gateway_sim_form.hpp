// Reading application/x-www-form-urlencoded bodies and queries. Pure.
#pragma once
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace bursar::devtools {

using Form = std::map<std::string, std::string, std::less<>>;

/// Names and values decoded, '+' as a blank. The error is a sentence: a broken escape, a name twice, too many
/// pairs.
std::expected<Form, std::string> parse_form(std::string_view text);

/// The value of a name, or nullopt.
std::optional<std::string_view> value_of(const Form& form, std::string_view name);

/// A whole number without sign, of at most 18 digits.
std::optional<std::int64_t> whole_number(std::string_view text);

}  // namespace bursar::devtools
