#include "testing/any_json.hpp"

#include <fmt/format.h>
#include <rapidcheck.h>

#include <algorithm>
#include <limits>

#include "base/text.hpp"

namespace bursar::testing {
namespace {

constexpr int items_max = 4;

int any_number(int below) { return *rc::gen::inRange(0, below); }

void append_utf8(std::string& out, char32_t point) {
  const auto add = [&out](char32_t byte) { out += static_cast<char>(byte); };
  if (point < 0x80) {
    add(point);
  } else if (point < 0x800) {
    add(0xC0 | point >> 6);
    add(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    add(0xE0 | point >> 12);
    add(0x80 | (point >> 6 & 0x3F));
    add(0x80 | (point & 0x3F));
  } else {
    add(0xF0 | point >> 18);
    add(0x80 | (point >> 12 & 0x3F));
    add(0x80 | (point >> 6 & 0x3F));
    add(0x80 | (point & 0x3F));
  }
}

char32_t any_code_point() {
  constexpr std::u32string_view known =
      U"aZ09 \"\\/\b\f\n\r\t\x01\x1F\x7Fé߿ࠀ퟿￿\U00010000\U0001F600\U0010FFFF";
  if (any_number(3) > 0) return known[static_cast<std::size_t>(any_number(static_cast<int>(known.size())))];
  const auto point = static_cast<char32_t>(any_number(0x110000 - 0x800 - 1) + 1);
  return point < 0xD800 ? point : point + 0x800;
}

/// The code point that starts at `at`, which moves behind it; the text is valid.
char32_t next_code_point(std::string_view text, std::size_t& at) {
  const auto byte = static_cast<unsigned char>(text[at++]);
  const int more = byte < 0x80 ? 0 : byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
  char32_t point = more == 0 ? byte : byte & (0x3FU >> more);
  for (int i = 0; i < more; ++i) point = point << 6 | (static_cast<unsigned char>(text[at++]) & 0x3FU);
  return point;
}

std::string unit_escape(char32_t unit) {
  return any_number(2) == 0 ? fmt::format("\\u{:04x}", static_cast<std::uint32_t>(unit))
                            : fmt::format("\\u{:04X}", static_cast<std::uint32_t>(unit));
}

std::string escaped(char32_t point) {
  if (point < 0x10000) return unit_escape(point);
  const char32_t above = point - 0x10000;
  return unit_escape(0xD800 + (above >> 10)) + unit_escape(0xDC00 + (above & 0x3FF));
}

template <class Items, class Spell>
std::string spelled_list(const Items& items, char open, char close, Spell spell) {
  std::string text = open + any_blanks();
  bool first = true;
  for (const auto& item : items) {
    if (!first) text += "," + any_blanks();
    first = false;
    text += spell(item) + any_blanks();
  }
  return text + close;
}

}  // namespace

std::string any_text() {
  std::string text;
  for (int left = any_number(12); left > 0; --left) append_utf8(text, any_code_point());
  return text;
}

json::value any_json(int depth) {
  switch (any_number(depth > 0 ? 8 : 6)) {
    case 0:
      return nullptr;
    case 1:
      return any_number(2) == 0;
    case 2:
      return *rc::gen::arbitrary<std::int64_t>();
    case 3:
      return any_number(1'000'000);
    case 4:
      return json::value(static_cast<double>(any_number(8'000) * 2 + 1) / 8);
    case 5:
      return json::value(any_text());
    case 6: {
      json::array items;
      for (int left = any_number(items_max); left > 0; --left) items.push_back(any_json(depth - 1));
      return items;
    }
    default:
      return any_object(depth);
  }
}

json::object any_object(int depth) {
  json::object members;
  for (int left = any_number(items_max); left > 0; --left) members[any_text()] = any_json(depth - 1);
  return members;
}

std::string any_blanks() {
  constexpr std::string_view blanks = " \t\r\n";
  std::string text;
  for (int left = std::max(0, any_number(6) - 3); left > 0; --left)
    text += blanks[static_cast<std::size_t>(any_number(4))];
  return text;
}

std::string any_spelling_of_text(std::string_view utf8) {
  constexpr std::string_view short_escapes = "\"\"\\\\//b\bf\fn\nr\rt\t";
  std::string text = "\"";
  for (std::size_t at = 0; at < utf8.size();) {
    const std::size_t start = at;
    const char32_t point = next_code_point(utf8, at);
    const auto plain = utf8.substr(start, at - start);
    const bool must = point < 0x20 || point == '"' || point == '\\';
    if (!must && any_number(3) > 0) {
      text += plain;
      continue;
    }
    std::string short_form;
    for (std::size_t i = 0; i < short_escapes.size(); i += 2)
      if (plain == short_escapes.substr(i + 1, 1)) short_form = {'\\', short_escapes[i]};
    text += !short_form.empty() && any_number(2) == 0 ? short_form : escaped(point);
  }
  return text + "\"";
}

std::string any_spelling(const json::value& value) {
  if (const auto* text = value.if_string()) return any_spelling_of_text(*text);
  if (const auto* items = value.if_array())
    return spelled_list(*items, '[', ']', [](const json::value& item) { return any_spelling(item); });
  if (const auto* members = value.if_object()) {
    std::vector<const boost::json::key_value_pair*> order;
    for (const auto& member : *members) order.push_back(&member);
    for (std::size_t i = order.size(); i > 1; --i)
      std::swap(order[i - 1], order[static_cast<std::size_t>(any_number(static_cast<int>(i)))]);
    return spelled_list(order, '{', '}', [](const auto* member) {
      return any_spelling_of_text(member->key()) + any_blanks() + ":" + any_blanks() +
             any_spelling(member->value());
    });
  }
  return json::to_text(value);
}

}  // namespace bursar::testing
