#include "api/schema.hpp"

#include "base/check.hpp"
#include "base/limits.hpp"

namespace bursar::api {
namespace {

json::value parse_documented(std::string_view text) {
  auto parsed = json::parse(text);
  CHECK(parsed.has_value());  // an example or a fallback in the code
  return std::move(*parsed);
}

}  // namespace

json::object plain_schema(std::string_view type, std::string_view format, const Rule& rule) {
  json::object schema{{"type", type}};
  if (!format.empty()) schema["format"] = format;
  if (!rule.description.empty()) schema["description"] = rule.description;
  if (!rule.fallback.empty()) schema["default"] = parse_documented(rule.fallback);
  if (!rule.example.empty()) schema["examples"] = json::array{parse_documented(rule.example)};
  return schema;
}

json::object object_schema(Components&) { return plain_schema("object", "", Rule()); }

json::object text_schema(const Rule& rule) {
  auto schema = plain_schema("string", rule.format, rule);
  if (rule.max_characters > 0) {
    schema["minLength"] = rule.min_characters;
    schema["maxLength"] = rule.max_characters;
  }
  if (!rule.pattern.empty()) schema["pattern"] = rule.pattern;
  return schema;
}

json::object integer_schema(const Rule& rule) {
  auto schema = plain_schema("integer", "int64", rule);
  if (rule.minimum != std::numeric_limits<std::int64_t>::min()) schema["minimum"] = rule.minimum;
  if (rule.maximum != std::numeric_limits<std::int64_t>::max()) schema["maximum"] = rule.maximum;
  return schema;
}

json::object choice_schema(std::initializer_list<std::string_view> values, const Rule& rule) {
  auto schema = plain_schema("string", "", rule);
  json::array choices;
  for (const auto value : values) choices.emplace_back(value);
  schema["enum"] = std::move(choices);
  return schema;
}

json::object currency_schema(const Rule& rule) {
  auto schema = plain_schema("string", "", rule);
  json::array codes;
  for (const auto& info : Currency::all()) codes.emplace_back(info.code);
  schema["enum"] = std::move(codes);
  return schema;
}

json::object pairs_schema(const Rule& rule) {
  auto schema = plain_schema("object", "", rule);
  schema["maxProperties"] = limits::metadata_pairs;
  schema["propertyNames"] = json::object{{"minLength", 1}, {"maxLength", limits::metadata_key_characters}};
  schema["additionalProperties"] =
      json::object{{"type", "string"}, {"maxLength", limits::metadata_value_characters}};
  return schema;
}

}  // namespace bursar::api
