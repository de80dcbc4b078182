#include "base/json.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>
#include <vector>

#include "base/limits.hpp"
#include "base/text.hpp"

// Boost.JSON itself is linked as a library; only this unit includes its parser.
namespace bursar::json {
namespace {

using Code = boost::json::error_code;
using View = boost::json::string_view;

// Builds the value while the parser reads. Every function returns false, with `what` set, to stop the parser.
class Builder {
 public:
  constexpr static std::size_t max_object_size = static_cast<std::size_t>(-1);
  constexpr static std::size_t max_array_size = static_cast<std::size_t>(-1);
  constexpr static std::size_t max_key_size = static_cast<std::size_t>(-1);
  constexpr static std::size_t max_string_size = static_cast<std::size_t>(-1);

  value root;
  std::string what;

  bool on_document_begin(Code&) { return true; }
  bool on_document_end(Code&) { return true; }

  bool on_array_begin(Code&) { return open(array()); }
  bool on_array_end(std::size_t, Code&) { return close(); }
  bool on_object_begin(Code&) {
    object members;
    // Of the outermost one only: many small ones may be in it.
    if (levels_.empty()) members.reserve(usual_members);
    return open(std::move(members));
  }
  bool on_object_end(std::size_t, Code&) { return close(); }

  bool on_key_part(View part, std::size_t, Code&) { return gather(part); }
  bool on_key(View part, std::size_t, Code& code) {
    gather(part);
    if (has_nul(code)) return false;
    Level& level = levels_.back();
    if (level.container.get_object().contains(text_))
      return refuse("the member " + shown(text_) + " is there twice; send it once", code);
    level.key.swap(text_);
    text_.clear();
    return true;
  }
  bool on_string_part(View part, std::size_t, Code&) { return gather(part); }
  bool on_string(View part, std::size_t, Code& code) {
    gather(part);
    if (has_nul(code)) return false;
    add(value(text_));
    text_.clear();
    return true;
  }

  bool on_number_part(View, Code&) { return true; }
  bool on_int64(std::int64_t number, View digits, Code&) {
    // A negative zero is no integer that anybody meant; as a double it never passes for an amount.
    return number == 0 && digits.front() == '-' ? add(value(-0.0)) : add(value(number));
  }
  bool on_uint64(std::uint64_t number, View, Code&) { return add(value(number)); }
  bool on_double(double number, View digits, Code& code) {
    if (!std::isfinite(number))
      return refuse("the number " + shown(digits) + " is beyond the range of a double", code);
    return add(value(number));
  }
  bool on_bool(bool flag, Code&) { return add(value(flag)); }
  bool on_null(Code&) { return add(value(nullptr)); }

  bool on_comment_part(View, Code&) { return true; }
  bool on_comment(View, Code&) { return true; }

 private:
  static constexpr std::size_t usual_members = 8;
  struct Level {
    value container;
    std::string key;  // of the member being read
  };

  bool open(value container) {
    levels_.push_back({std::move(container), {}});
    return true;
  }
  bool close() {
    value done = std::move(levels_.back().container);
    levels_.pop_back();
    return add(std::move(done));
  }
  bool add(value done) {
    if (levels_.empty())
      root = std::move(done);
    else if (Level& level = levels_.back(); level.container.is_array())
      level.container.get_array().push_back(std::move(done));
    else
      level.container.get_object().emplace(level.key, std::move(done));
    return true;
  }
  bool gather(View part) {
    text_.append(part.data(), part.size());
    return true;
  }
  bool has_nul(Code& code) {
    return text_.find('\0') != std::string::npos &&
           !refuse("a text contains NUL (\\u0000); leave it out", code);
  }
  // Whole or not at all: whoever must not repeat it would not know half of it.
  static std::string shown(std::string_view text) {
    if (text.size() > limits::shown_characters) return "of " + std::to_string(text.size()) + " bytes";
    return '"' + std::string(text) + '"';
  }
  bool refuse(std::string why, Code& code) {
    what = std::move(why);
    code = boost::json::error::syntax;
    return false;
  }

  std::vector<Level> levels_;  // at most limits::json_depth
  std::string text_;           // of the string or key being read
};

std::string explain(const Code& code, std::string_view text, std::size_t offset) {
  if (code == boost::json::error::incomplete) return "the text ends before the value does";
  if (code == boost::json::error::too_deep)
    return "arrays and objects are nested deeper than " + std::to_string(limits::json_depth) + " levels";
  if (offset == 0 && text.starts_with("\xEF\xBB\xBF"))
    return "the text starts with a byte order mark; leave it out";
  if (!is_utf8(text)) return "the text is not UTF-8";
  return code.message();
}

}  // namespace

std::expected<value, ParseError> parse(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = limits::json_depth;
  boost::json::basic_parser<Builder> parser(options);
  Code code;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), code);
  if (code) {
    std::string what = std::move(parser.handler().what);
    if (what.empty()) what = explain(code, text, read);
    return std::unexpected(ParseError{read, std::move(what)});
  }
  if (read < text.size()) return std::unexpected(ParseError{read, "something follows the value"});
  return std::move(parser.handler().root);
}

std::string to_text(const value& json) { return boost::json::serialize(json); }

namespace {

constexpr std::size_t usual_text_bytes = 512;

void append_canonical(std::string& out, const value& json);

void append_canonical(std::string& out, const object& json) {
  std::vector<const boost::json::key_value_pair*> members;
  members.reserve(json.size());
  for (const auto& member : json) members.push_back(&member);
  std::sort(members.begin(), members.end(), [](auto* a, auto* b) { return a->key() < b->key(); });
  out += '{';
  for (const auto* member : members) {
    if (out.back() != '{') out += ',';
    append_json_string(out, member->key());
    out += ':';
    append_canonical(out, member->value());
  }
  out += '}';
}

// As deep as the value is; parse() bounds that.
void append_canonical(std::string& out, const value& json) {
  if (const object* members = json.if_object()) {
    append_canonical(out, *members);
  } else if (const array* items = json.if_array()) {
    out += '[';
    for (const value& item : *items) {
      if (&item != items->data()) out += ',';
      append_canonical(out, item);
    }
    out += ']';
  } else if (const auto* text = json.if_string()) {
    append_json_string(out, *text);
  } else if (const std::int64_t* number = json.if_int64()) {
    out += std::to_string(*number);
  } else {
    out += boost::json::serialize(json);
  }
}

}  // namespace

std::string to_canonical_text(const value& json) {
  std::string text;
  text.reserve(usual_text_bytes);
  append_canonical(text, json);
  return text;
}

}  // namespace bursar::json
