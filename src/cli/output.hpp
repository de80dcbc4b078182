// What client verbs print on stdout: a table for people, JSON for programs, CSV for spreadsheets. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace bursar::cli {

enum class Format { table, json, csv };

/// A column: its title, the member it shows, and how.
struct Column {
  enum class As { text, money, only_csv };
  std::string title;
  /// Member of each row object; money reads `currency` beside it, which then needs a column only in CSV.
  std::string member;
  As as = As::text;
};

/// Rows that are JSON objects. json: the rows as one array, untouched. csv: RFC 4180 with the members' own
/// names and values (amounts stay minor units); cells that a spreadsheet would run as a formula are guarded
/// by a leading ', as are cells that start with ', so that taking one leading ' away gives the value back.
/// table: aligned columns.
std::string format_rows(Format format, const std::vector<Column>& columns, const json::array& rows);

/// One object: a line a member, or JSON, or CSV with one row.
std::string format_one(Format format, const json::object& object);

/// 1234 EUR → "12.34 EUR", 1234 JPY → "1234 JPY"; unknown currencies stay minor units.
std::string money_text(std::int64_t minor, std::string_view currency);

/// A CSV cell (see format_rows).
std::string csv_cell(std::string_view value);

/// A value as people read it: texts without quotes, null as nothing.
std::string plain_text(const json::value& value);

}  // namespace bursar::cli
