#include "cli/output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "base/text.hpp"
#include "domain/money.hpp"

namespace bursar::cli {
namespace {

/// What spreadsheets start a formula with, also in full width (U+FF1D, FF0B, FF0D, FF20), and our own guard.
bool needs_guard(std::string_view value) {
  constexpr std::string_view starts[] = {"=", "+", "-", "@", "\t", "\r", "'", "＝", "＋", "－", "＠"};
  return std::ranges::any_of(starts, [&](std::string_view start) { return value.starts_with(start); });
}

const json::value* member_of(const json::value& row, const std::string& name) {
  const json::object* object = row.if_object();
  return object != nullptr ? object->if_contains(name) : nullptr;
}

std::string cell(const Column& column, const json::value& row) {
  const json::value* value = member_of(row, column.member);
  if (value == nullptr) return {};
  const json::value* currency = member_of(row, "currency");
  if (column.as == Column::As::money && value->is_int64() && currency != nullptr && currency->is_string())
    return money_text(value->as_int64(), currency->as_string());
  return plain_text(*value);
}

/// Control characters would move the cursor or break the table.
std::string for_terminal(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return text;
}

std::string format_table(std::vector<Column> columns, const json::array& rows) {
  std::erase_if(columns, [](const Column& column) { return column.as == Column::As::only_csv; });
  std::vector<std::vector<std::string>> lines(1);
  for (const Column& column : columns) lines[0].push_back(column.title);
  for (const json::value& row : rows) {
    auto& line = lines.emplace_back();
    for (const Column& column : columns) line.push_back(for_terminal(cell(column, row)));
  }
  std::vector<std::size_t> widths(columns.size(), 0);
  for (const auto& line : lines)
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], code_points(line[i]));
  std::string text;
  for (const auto& line : lines) {
    std::string row;
    for (std::size_t i = 0; i < line.size(); ++i)
      row += line[i] + std::string(widths[i] - code_points(line[i]) + 2, ' ');
    row.erase(row.find_last_not_of(' ') + 1);
    text += row + '\n';
  }
  return text;
}

std::string format_csv(const std::vector<Column>& columns, const json::array& rows) {
  std::string text;
  const auto end_line = [&text] { text.replace(text.size() - 1, 1, "\r\n"); };
  for (const Column& column : columns) text += csv_cell(column.member) + ',';
  end_line();
  for (const json::value& row : rows) {
    for (const Column& column : columns) {
      const json::value* value = member_of(row, column.member);
      text += csv_cell(value != nullptr ? plain_text(*value) : std::string()) + ',';
    }
    end_line();
  }
  return text;
}

}  // namespace

std::string money_text(std::int64_t minor, std::string_view code) {
  const auto currency = Currency::from_code(code);
  if (!currency || currency->exponent() == 0 || minor < 0) return fmt::format("{} {}", minor, code);
  std::string digits = std::to_string(minor);
  const auto exponent = static_cast<std::size_t>(currency->exponent());
  if (digits.size() <= exponent) digits.insert(0, exponent + 1 - digits.size(), '0');
  digits.insert(digits.size() - exponent, ".");
  return fmt::format("{} {}", digits, code);
}

std::string csv_cell(std::string_view value) {
  std::string text = needs_guard(value) ? "'" + std::string(value) : std::string(value);
  if (text.find_first_of(",\"\r\n\t'") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string plain_text(const json::value& value) {
  if (value.is_null()) return {};
  if (value.is_string()) return std::string(value.get_string());
  if (value.is_double()) return fmt::format("{:.6g}", value.get_double());
  return json::to_text(value);
}

std::string format_rows(Format format, const std::vector<Column>& columns, const json::array& rows) {
  switch (format) {
    case Format::json:
      return json::to_text(rows) + '\n';
    case Format::csv:
      return format_csv(columns, rows);
    case Format::table:
      return rows.empty() ? std::string() : format_table(columns, rows);
  }
  return {};
}

std::string format_one(Format format, const json::object& object) {
  if (format == Format::json) return json::to_text(object) + '\n';
  std::vector<Column> columns;
  std::size_t width = 0;
  for (const auto& [name, value] : object) {
    columns.push_back({std::string(name), std::string(name)});
    width = std::max(width, name.size());
  }
  if (format == Format::csv) return format_csv(columns, json::array{object});
  std::string text;
  for (const auto& [name, value] : object)
    text += fmt::format("{:<{}}  {}\n", std::string_view(name), width, for_terminal(plain_text(value)));
  return text;
}

}  // namespace bursar::cli
