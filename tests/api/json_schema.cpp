#include "json_schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <regex>

#include "base/clock.hpp"
#include "base/text.hpp"
#include "base/uuid.hpp"

namespace bursar::api::test {
namespace {

class Judge {
 public:
  explicit Judge(const json::object& document) : document_(document) {}

  std::vector<std::string> found;

  void judge(const json::value& value, const json::object& schema, const std::string& at) {
    if (const auto* reference = schema.if_contains("$ref")) return judge(value, referred(*reference), at);
    check_type(value, schema, at);
    if (const auto* choices = schema.if_contains("enum"))
      expect(std::ranges::find(choices->as_array(), value) != choices->as_array().end(), at,
             "is none of the choices");
    if (value.is_string()) judge_text(std::string(value.get_string()), schema, at);
    if (value.is_int64()) judge_number(value.get_int64(), schema, at);
    if (value.is_object()) judge_object(value.get_object(), schema, at);
    if (value.is_array() && schema.contains("items"))
      for (const auto& item : value.get_array()) judge(item, schema.at("items").as_object(), at + "/-");
  }

 private:
  void expect(bool good, const std::string& at, std::string_view what) {
    if (!good) found.push_back(fmt::format("{}: {}", at, what));
  }

  const json::object& referred(const json::value& reference) const {
    const std::string_view name =
        std::string_view(reference.as_string()).substr(std::string_view("#/components/schemas/").size());
    return document_.at("components").at("schemas").at(name).as_object();
  }

  void check_type(const json::value& value, const json::object& schema, const std::string& at) {
    const std::string type = schema.contains("type") ? std::string(schema.at("type").as_string()) : "";
    const bool good = type.empty() || (type == "object" && value.is_object()) ||
                      (type == "array" && value.is_array()) || (type == "string" && value.is_string()) ||
                      (type == "boolean" && value.is_bool()) || (type == "integer" && value.is_int64()) ||
                      (type == "number" && value.is_number());
    expect(good, at, "is no " + type);
  }

  void judge_text(const std::string& text, const json::object& schema, const std::string& at) {
    const auto length = static_cast<std::int64_t>(code_points(text));
    if (const auto* least = schema.if_contains("minLength"))
      expect(length >= least->to_number<std::int64_t>(), at, "is too short");
    if (const auto* most = schema.if_contains("maxLength"))
      expect(length <= most->to_number<std::int64_t>(), at, "is too long");
    if (const auto* pattern = schema.if_contains("pattern"))
      expect(std::regex_search(text, std::regex(std::string(pattern->as_string()))), at, "does not match");
    const std::string format = schema.contains("format") ? std::string(schema.at("format").as_string()) : "";
    if (format == "uuid") expect(parse_uuid(text).has_value(), at, "is no UUID");
    if (format == "date-time") expect(from_rfc3339(text).has_value(), at, "is no time");
    if (format == "date") expect(from_rfc3339(text + "T00:00:00Z").has_value(), at, "is no date");
  }

  void judge_number(std::int64_t number, const json::object& schema, const std::string& at) {
    if (const auto* least = schema.if_contains("minimum"))
      expect(number >= least->to_number<std::int64_t>(), at, "is too small");
    if (const auto* most = schema.if_contains("maximum"))
      expect(number <= most->to_number<std::int64_t>(), at, "is too large");
  }

  void judge_object(const json::object& object, const json::object& schema, const std::string& at) {
    if (const auto* required = schema.if_contains("required"))
      for (const auto& name : required->as_array())
        expect(object.contains(name.as_string()), at,
               fmt::format("lacks {}", std::string_view(name.as_string())));
    const auto* properties = schema.if_contains("properties");
    const auto* others = schema.if_contains("additionalProperties");
    for (const auto& member : object) {
      const std::string place = at + "/" + std::string(member.key());
      const auto* known = properties != nullptr ? properties->as_object().if_contains(member.key()) : nullptr;
      if (known != nullptr)
        judge(member.value(), known->as_object(), place);
      else if (others != nullptr)
        judge(member.value(), others->as_object(), place);
      else
        expect(properties == nullptr, place, "is not in the schema");
    }
  }

  const json::object& document_;
};

}  // namespace

std::vector<std::string> violations(const json::value& value, const json::object& schema,
                                    const json::object& document) {
  Judge judge(document);
  judge.judge(value, schema, "");
  return std::move(judge.found);
}

}  // namespace bursar::api::test
