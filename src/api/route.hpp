// The one table of routes: it dispatches requests and yields the specification. A new endpoint is a body with
// its rules, a handler, an entry in routes.cpp (or operations_routes.cpp), and who may call it: a row in
// auth/policy.cpp under the same operation name.
#pragma once
#include <functional>
#include <string_view>
#include <vector>

#include "api/call.hpp"
#include "api/schema.hpp"
#include "auth/policy.hpp"

namespace bursar::api {

/// A handler with its references bound. The call outlives the task.
using Action = std::function<Task<http::Response>(const Call&)>;

/// A header field that an operation reads or answers with.
struct HeaderField {
  std::string_view name;
  Rule rule;
};

struct Example {
  std::string_view name;
  std::string_view json;
};

struct Answer {
  int status = 200;
  std::string_view meaning;
  /// nullptr: no body, or one that is not JSON.
  json::object (*schema)(Components&) = nullptr;
  std::vector<Example> examples;
  std::vector<HeaderField> headers;
  std::string_view content_type = "application/json";
};

struct Route {
  std::string_view method;
  /// "/payments/{id}": at most one variable, a whole segment.
  std::string_view path;
  /// A second spelling of the path, without a redirect.
  std::string_view also;
  /// operationId.
  std::string_view operation;
  std::string_view tag;
  std::string_view summary;
  std::string_view description;
  /// Who may call: the row of auth/policy.cpp for `operation`. The router looks it up and stops the start
  /// when there is none.
  const auth::Policy* policy = nullptr;
  /// Of the variable in the path.
  Rule variable;
  std::vector<HeaderField> headers;
  std::span<const Member> query;
  json::array (*query_schema)(Components&) = nullptr;
  KeptOf kept_of = nullptr;
  json::object (*request)(Components&) = nullptr;
  /// The same members may come as a form.
  bool also_as_form = false;
  std::vector<Example> request_examples;
  std::vector<Answer> answers;
  /// Beyond those that every route, policy and body can have.
  std::vector<const ProblemKind*> problems;
  Action action;
  /// Served, but not part of the specification.
  bool hidden = false;
};

/// Of the parameters of a query, in the order of its members.
template <IsDescribed Query>
json::array parameter_schemas(Components& components) {
  json::array schemas;
  boost::mp11::mp_for_each<MembersOf<Query>>([&]<class D>(D) {
    using T = std::remove_reference_t<decltype(std::declval<Query&>().*D::pointer)>;
    // Descriptions and examples stand at the parameter.
    Rule rule = Described<Query>::members[schemas.size()].rule;
    rule.description = {};
    rule.example = {};
    schemas.push_back(schema_of(TypeTag<T>(), rule, components));
  });
  return schemas;
}

/// All that the table knows of a route's query.
template <IsDescribed Query>
void describe_query(Route& route) {
  route.query = Described<Query>::members;
  route.query_schema = &parameter_schemas<Query>;
  route.kept_of = &kept_of<Query>;
}

/// A task that ends at once.
Task<http::Response> answered(http::Response response);

/// An action that reads a body first, and answers what is wrong with it by itself.
template <IsDescribed Body, class Handle>
Action with_body(Handle handle) {
  return [handle = std::move(handle)](const Call& call) -> Task<http::Response> {
    auto received = receive<Body>(call.request);
    if (!received) return answered(std::move(received.error()));
    return handle(call, std::move(*received));
  };
}

/// Likewise for a query.
template <IsDescribed Query, class Handle>
Action with_query(Handle handle) {
  return [handle = std::move(handle)](const Call& call) -> Task<http::Response> {
    Faults faults;
    auto query = read_query<Query>(call.request.query, faults);
    if (!faults.empty()) return answered(refuse(call.request, faults));
    return handle(call, std::move(query));
  };
}

}  // namespace bursar::api
