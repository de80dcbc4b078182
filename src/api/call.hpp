// One request on its way to its handler: who calls, and what its path names. Handlers are free functions;
// they get the call, the body that was read, and the references they need.
#pragma once
#include <optional>
#include <string>

#include "api/admission.hpp"
#include "api/problems.hpp"
#include "api/read_body.hpp"
#include "auth/policy.hpp"
#include "base/async.hpp"
#include "http/message.hpp"
#include "store/payments.hpp"
#include "store/staff_log.hpp"

namespace bursar::api {

struct Call {
  const http::Request& request;
  /// What {id} or {file} of the path stands for, decoded.
  std::string id = {};
  /// Always set but where the policy is open.
  std::optional<auth::Caller> caller = {};
  /// Of the route that was found.
  const auth::Policy* policy = nullptr;
  /// Of the route's query (route.hpp); null without one.
  KeptOf kept_of = nullptr;
  /// How far the caller's roles reach in this operation (auth/policy.hpp); handlers ask this, never a role.
  auth::Reach reach = auth::Reach::none;
  /// For what only a handler can count; never null.
  Admission* admission = nullptr;

  bool reaches_any() const { return reach == auth::Reach::any; }
  /// Whose eyes a query sees with: everything, or what the caller created or pays.
  store::Viewer viewer() const;
  bool is_service() const { return caller->has(auth::RoleName::service); }
  /// What this call is in the audit log when it ends with that status.
  store::StaffAction staff_action(int status) const;
  /// Likewise, for the store to write with a change (auth::Record::change); nullopt when no staff call.
  std::optional<store::StaffAction> staff_change(int status) const;
  /// The caller itself as a payer.
  UserId self() const { return UserId(caller->principal.value); }
};

/// A body as a struct, and as it came for the fingerprint.
template <class Body>
struct Received {
  Body body;
  json::object object;
};

/// The members of a JSON request body; the error is the refusal (415, 400, 422).
std::expected<json::object, http::Response> parse_body(const http::Request& request);

/// Reads a body or tells every fault.
template <IsDescribed Body>
std::expected<Received<Body>, http::Response> receive(const http::Request& request) {
  auto object = parse_body(request);
  if (!object) return std::unexpected(std::move(object.error()));
  Faults faults;
  Body body = read_body<Body>(*object, faults);
  if (!faults.empty()) return std::unexpected(refuse(request, faults));
  return Received<Body>{std::move(body), std::move(*object)};
}

/// 404, the same for what is not there and for what is not the caller's.
http::Response refuse_not_found(const http::Request& request);

/// A payment fits; a longer body grows.
inline constexpr std::size_t usual_body_bytes = 768;

/// 200 with a body; the server adds that nobody may keep a copy.
template <IsDescribed Body>
http::Response answer(const Body& body) {
  http::Response response;
  response.content_type = "application/json";
  response.body.reserve(usual_body_bytes);
  append_json(response.body, body);
  return response;
}

}  // namespace bursar::api
