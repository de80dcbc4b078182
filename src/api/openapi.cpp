#include "api/openapi.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "api/problem_bodies.hpp"
#include "base/check.hpp"

namespace bursar::api {
namespace {

json::value parse_documented(std::string_view text) {
  auto parsed = json::parse(text);
  CHECK(parsed.has_value());  // an example in the code
  return std::move(*parsed);
}

json::object examples_of(const std::vector<Example>& examples) {
  json::object named;
  for (const Example& example : examples)
    named[example.name] = json::object{{"value", parse_documented(example.json)}};
  return named;
}

json::object content_of(std::string_view type, json::object schema, json::object examples) {
  json::object media{{"schema", std::move(schema)}};
  if (!examples.empty()) media["examples"] = std::move(examples);
  return {{type, std::move(media)}};
}

json::object parameter(std::string_view name, std::string_view in, bool required, const Rule& rule,
                       json::object schema) {
  json::object made{{"name", name}, {"in", in}, {"required", required}, {"description", rule.description}};
  made["schema"] = std::move(schema);
  if (!rule.example.empty()) made["example"] = parse_documented(rule.example);
  return made;
}

json::object bare_text_schema(Rule rule) {
  rule.description = {};
  rule.example = {};
  return text_schema(rule);
}

json::array parameters_of(const Route& route, Components& components) {
  json::array list;
  const auto open = route.path.find('{');
  if (open != std::string_view::npos) {
    const auto name = route.path.substr(open + 1, route.path.find('}') - open - 1);
    list.push_back(parameter(name, "path", true, route.variable, bare_text_schema(route.variable)));
  }
  for (const HeaderField& field : route.headers)
    list.push_back(
        parameter(field.name, "header", field.rule.required, field.rule, bare_text_schema(field.rule)));
  if (route.query_schema != nullptr) {
    json::array schemas = route.query_schema(components);
    for (std::size_t i = 0; i < schemas.size(); ++i) {
      const Member& member = route.query[i];
      list.push_back(parameter(member.name, "query", member.rule.required, member.rule,
                               std::move(schemas[i].as_object())));
    }
  }
  return list;
}

constexpr HeaderField rate_limit_fields[] = {
    {"RateLimit-Policy",
     {.description = "The scarcest budget that this request counted for: `q` requests at once, refilled in "
                     "`w` seconds.",
      .example = R"("\"create\";q=500;w=10")"}},
    {"RateLimit",
     {.description = "What is left of it: `r` requests now. Spread over `t` seconds they never run out.",
      .example = R"("\"create\";r=499;t=10")"}}};
constexpr HeaderField retry_after_field{
    "Retry-After",
    {.description = "Seconds to wait before the same request, as `retry_after` says.", .example = R"("1")"}};

bool is_limited(const Route& route) { return route.policy->traffic != auth::Traffic::health; }
// What is left for log-ins shows in no answer to one.
bool tells_what_is_left(const Route& route) {
  return is_limited(route) && route.policy->traffic != auth::Traffic::log_in;
}

void add_fields(json::object& response, std::span<const HeaderField> fields) {
  if (fields.empty()) return;
  json::value& headers = response["headers"];
  if (headers.is_null()) headers.emplace_object();
  for (const HeaderField& field : fields) {
    json::object header{{"description", field.rule.description}, {"schema", bare_text_schema(field.rule)}};
    if (!field.rule.example.empty()) header["example"] = parse_documented(field.rule.example);
    headers.get_object()[field.name] = std::move(header);
  }
}

// What this operation can be refused with, by its own account and by its nature.
std::vector<const ProblemKind*> problems_of(const Route& route) {
  using namespace problems;
  std::vector<const ProblemKind*> all = route.problems;
  all.push_back(&bad_request);
  if (!route.policy->open) all.insert(all.end(), {&unauthenticated, &forbidden, &unavailable});
  if (is_limited(route)) all.push_back(&rate_limited);
  if (route.request != nullptr)
    all.insert(all.end(), {&malformed_json, &payload_too_large, &unsupported_media_type, &invalid_request});
  if (!route.query.empty()) all.push_back(&invalid_request);
  all.push_back(&internal_error);
  return all;
}

json::object problem_example(const ProblemKind& kind) {
  ProblemBody body;
  body.type = fmt::format("urn:bursar:problem:{}", kind.code);
  body.title = kind.title;
  body.status = kind.status;
  body.detail = kind.meaning;
  body.code = kind.code;
  body.request_id = "checkout-8f14e45f";
  body.retryable = kind.retryable;
  if (!kind.oauth_error.empty()) {
    body.error = kind.oauth_error;
    body.error_description = kind.meaning;
  }
  if (kind.retryable) body.retry_after = 1;
  return {{"summary", kind.title}, {"value", parse_documented(to_json(body))}};
}

void add_problems(json::object& responses, const Route& route, Components& components) {
  std::map<int, json::object> examples;
  std::map<int, std::string> meanings;
  std::set<int> retryable;
  for (const ProblemKind* kind : problems_of(route)) {
    if (examples[kind->status].contains(kind->code)) continue;
    examples[kind->status][kind->code] = problem_example(*kind);
    if (kind->retryable) retryable.insert(kind->status);
    meanings[kind->status] +=
        fmt::format("{}`{}`: {}", meanings[kind->status].empty() ? "" : "\n\n", kind->code, kind->meaning);
  }
  for (auto& [status, named] : examples) {
    json::object response{{"description", meanings[status]}};
    response["content"] =
        content_of("application/problem+json", body_schema<ProblemBody>(components), std::move(named));
    if (retryable.contains(status)) add_fields(response, {&retry_after_field, 1});
    if (status == problems::rate_limited.status) add_fields(response, rate_limit_fields);
    responses[std::to_string(status)] = std::move(response);
  }
}

json::object response_of(const Answer& answer, Components& components) {
  json::object response{{"description", answer.meaning}};
  add_fields(response, answer.headers);
  if (answer.schema != nullptr)
    response["content"] =
        content_of(answer.content_type, answer.schema(components), examples_of(answer.examples));
  else if (!answer.content_type.empty())
    response["content"] = content_of(answer.content_type, {{"type", "string"}}, {});
  return response;
}

// What it does, and who may.
std::string description_of(const Route& route) {
  std::string text(route.description);
  if (route.policy->open) return text;
  text += fmt::format("{}Roles: {}.", text.empty() ? "" : "\n\n", auth::describe_roles(*route.policy));
  if (!route.policy->own.empty()) text += fmt::format(" Own is {}.", route.policy->own);
  return text;
}

json::object operation_of(const Route& route, Components& components) {
  json::object operation{{"operationId", route.operation}, {"summary", route.summary}};
  if (auto text = description_of(route); !text.empty()) operation["description"] = std::move(text);
  operation["tags"] = json::array{json::value(route.tag)};
  operation["security"] =
      route.policy->open ? json::array() : json::array{json::object{{"token", json::array()}}};
  if (json::array parameters = parameters_of(route, components); !parameters.empty())
    operation["parameters"] = std::move(parameters);
  if (route.request != nullptr) {
    auto content =
        content_of("application/json", route.request(components), examples_of(route.request_examples));
    if (route.also_as_form)
      content["application/x-www-form-urlencoded"] = json::object{{"schema", route.request(components)}};
    operation["requestBody"] = json::object{{"required", true}, {"content", std::move(content)}};
  }
  json::object responses;
  for (const Answer& answer : route.answers) {
    json::object response = response_of(answer, components);
    if (tells_what_is_left(route)) add_fields(response, rate_limit_fields);
    responses[std::to_string(answer.status)] = std::move(response);
  }
  add_problems(responses, route, components);
  operation["responses"] = std::move(responses);
  return operation;
}

std::string lower(std::string_view method) {
  std::string text(method);
  for (char& c : text) c = static_cast<char>(c | 0x20);
  return text;
}

// The two tables of codes, so that the specification alone is enough to write a client.
std::string description_of_api() {
  std::string text =
      "Payments that are made once. Every write names an `Idempotency-Key`; the same request with the same "
      "key "
      "gives the same payment, however often it is sent. Amounts are integers of minor units. Refusals are "
      "`application/problem+json`: decide by `code` and `retryable`.\n\n"
      "<details><summary>Problem codes</summary>\n\n"
      "| Code | Status | Retryable | Meaning |\n|---|---|---|---|\n";
  for (const ProblemKind* kind : all_problems())
    text += fmt::format("| `{}` | {} | {} | {} |\n", kind->code, kind->status, kind->retryable ? "yes" : "no",
                        kind->meaning);
  text +=
      "\n</details>\n\n<details><summary>Fault codes, in <code>errors</code> of "
      "<code>invalid_request</code></summary>\n\n"
      "| Code | Meaning |\n|---|---|\n";
  for (const FaultKind* kind : all_faults())
    text += fmt::format("| `{}` | {} |\n", kind->code, kind->meaning);
  return text + "\n</details>\n";
}

struct Tag {
  std::string_view name, description;
};
constexpr Tag tags[] = {
    {"Payments", "What was asked, what became of it, and why."},
    {"Contacts", "Where users are told what became of their payments."},
    {"Analytics", "Figures by day, for staff."},
    {"Tokens", "How a client proves who it is, and how others check it."},
    {"Operations", "What staff did. On the operations listener only."},
    {"Principals", "Who may call. On the operations listener only."},
    {"Keys", "The keys behind tokens. On the operations listener only."},
    {"Health", "What load balancers ask."},
    {"Documentation", "This specification, for programs and for people."},
};

json::array tags_of(const std::vector<Route>& routes) {
  for (const Route& route : routes) CHECK(std::ranges::find(tags, route.tag, &Tag::name) != std::end(tags));
  json::array list;
  for (const Tag& tag : tags)
    if (std::ranges::find(routes, tag.name, &Route::tag) != routes.end())
      list.push_back(json::object{{"name", tag.name}, {"description", tag.description}});
  return list;
}

}  // namespace

std::string openapi(const std::vector<Route>& routes) {
  Components components;
  json::object paths;
  for (const Route& route : routes) {
    if (route.hidden) continue;
    json::value& item = paths[route.path];
    if (item.is_null()) item.emplace_object();
    item.get_object()[lower(route.method)] = operation_of(route, components);
  }
  json::object document{{"openapi", "3.1.0"}};
  document["info"] =
      json::object{{"title", "Bursar"},
                   {"version", "0.1.0"},
                   {"description", description_of_api()},
                   {"license", json::object{{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}}};
  document["servers"] = json::array{json::object{{"url", "/"}}};
  document["tags"] = tags_of(routes);
  document["paths"] = std::move(paths);
  document["components"] = json::object{
      {"schemas", std::move(components.schemas)},
      {"securitySchemes",
       json::object{
           {"token", json::object{{"type", "http"}, {"scheme", "bearer"}, {"bearerFormat", "JWT"}}}}}};
  return json::to_text(document);
}

}  // namespace bursar::api
