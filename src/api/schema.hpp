// JSON Schema (2020-12, as OpenAPI 3.1 uses it) out of the same descriptions that read and write bodies. Runs
// once, at the start.
#pragma once
#include "api/body.hpp"

namespace bursar::api {

/// The named schemas that operations refer to.
struct Components {
  json::object schemas;
};

template <class T>
struct TypeTag {};

/// Adds what the rule says to what the type says.
json::object text_schema(const Rule& rule);
json::object integer_schema(const Rule& rule);
json::object plain_schema(std::string_view type, std::string_view format, const Rule& rule);
json::object choice_schema(std::initializer_list<std::string_view> values, const Rule& rule);
json::object currency_schema(const Rule& rule);
json::object pairs_schema(const Rule& rule);

/// Any object, for the answer that is this specification.
json::object object_schema(Components& components);

template <class T>
json::object schema_of(TypeTag<std::optional<T>>, const Rule& rule, Components& components);
template <class T>
json::object schema_of(TypeTag<std::vector<T>>, const Rule& rule, Components& components);
template <IsDescribed Body>
json::object schema_of(TypeTag<Body>, const Rule& rule, Components& components);

inline json::object schema_of(TypeTag<std::string>, const Rule& rule, Components&) {
  return text_schema(rule);
}
inline json::object schema_of(TypeTag<std::string_view>, const Rule& rule, Components&) {
  return text_schema(rule);
}
inline json::object schema_of(TypeTag<std::int64_t>, const Rule& rule, Components&) {
  return integer_schema(rule);
}
inline json::object schema_of(TypeTag<bool>, const Rule& rule, Components&) {
  return plain_schema("boolean", "", rule);
}
inline json::object schema_of(TypeTag<double>, const Rule& rule, Components&) {
  return plain_schema("number", "double", rule);
}
inline json::object schema_of(TypeTag<Uuid>, const Rule& rule, Components&) {
  return plain_schema("string", "uuid", rule);
}
inline json::object schema_of(TypeTag<Instant>, const Rule& rule, Components&) {
  return plain_schema("string", "date-time", rule);
}
inline json::object schema_of(TypeTag<Day>, const Rule& rule, Components&) {
  return plain_schema("string", "date", rule);
}
inline json::object schema_of(TypeTag<Currency>, const Rule& rule, Components&) {
  return currency_schema(rule);
}
inline json::object schema_of(TypeTag<TextPairs>, const Rule& rule, Components&) {
  return pairs_schema(rule);
}
inline json::object schema_of(TypeTag<JsonText>, const Rule& rule, Components&) { return pairs_schema(rule); }
inline json::object schema_of(TypeTag<PaymentStatus>, const Rule& rule, Components&) {
  return choice_schema({"PENDING", "SUCCESS", "FAILED"}, rule);
}
inline json::object schema_of(TypeTag<PendingReason>, const Rule& rule, Components&) {
  return choice_schema({"queued", "outcome_unknown", "parked"}, rule);
}
template <class Tag>
json::object schema_of(TypeTag<StrongUuid<Tag>>, const Rule& rule, Components&) {
  return plain_schema("string", "uuid", rule);
}

template <class T>
json::object schema_of(TypeTag<std::optional<T>>, const Rule& rule, Components& components) {
  return schema_of(TypeTag<T>(), rule, components);
}

template <class T>
json::object schema_of(TypeTag<std::vector<T>>, const Rule& rule, Components& components) {
  auto schema = plain_schema("array", "", rule);
  schema["items"] = schema_of(TypeTag<T>(), Rule(), components);
  return schema;
}

/// A reference; what it refers to goes into the components.
template <IsDescribed Body>
json::object schema_of(TypeTag<Body>, const Rule& rule, Components& components) {
  const std::string_view name = Described<Body>::name;
  if (!components.schemas.contains(name)) {
    components.schemas[name] = nullptr;  // a place for it, before those it refers to
    json::object properties;
    json::array required;
    const Member* member = Described<Body>::members;
    boost::mp11::mp_for_each<MembersOf<Body>>([&]<class D>(D) {
      using T = std::remove_reference_t<decltype(std::declval<Body&>().*D::pointer)>;
      properties[member->name] = schema_of(TypeTag<T>(), member->rule, components);
      if (is_required<T>(member->rule)) required.emplace_back(member->name);
      ++member;
    });
    auto schema = plain_schema("object", "", Rule{.description = Described<Body>::description});
    schema["properties"] = std::move(properties);
    if (!required.empty()) schema["required"] = std::move(required);
    components.schemas[name] = std::move(schema);
  }
  json::object reference{{"$ref", "#/components/schemas/" + std::string(name)}};
  if (!rule.description.empty()) reference["description"] = rule.description;
  return reference;
}

template <IsDescribed Body>
json::object body_schema(Components& components) {
  return schema_of(TypeTag<Body>(), Rule(), components);
}

}  // namespace bursar::api
