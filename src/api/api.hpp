// The API of one listener as one handler: finds the route, asks who calls and whether it may, lets the
// handler answer. One per loop, made by app; an http::Server calls it.
#pragma once
#include <expected>
#include <string>

#include "api/admission.hpp"
#include "api/router.hpp"
#include "api/routes.hpp"
#include "http/server.hpp"

namespace bursar::api {

class Api {
 public:
  /// The operations listener has its own routes and the public ones. Stops the process when a route has no
  /// policy.
  Api(Services services, auth::Listener listener);
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  /// The handler refers to this object.
  http::Handler handler();

  /// Throws Unavailable, whose text is for the caller: of the database it says only that it is away.
  Task<http::Response> answer(const http::Request& request);

  /// OpenAPI 3.1, as /openapi.json gives it.
  const std::string& document() const { return document_; }

 private:
  Task<http::Response> authorise_and_answer(const http::Request& request);
  // The caller of a token that is not remembered, or the refusal; throws Unavailable.
  Task<std::expected<auth::Caller, http::Response>> verify(const http::Request& request,
                                                           std::string_view credentials,
                                                           Admission& admission);
  // By the route's action, when the caller may.
  Task<http::Response> carry_out(const Route& route, const Call& call);
  http::Response without_route(const http::Request& request, const Router::Match& match) const;

  Services services_;
  std::string document_;
  Router router_;
};

/// The specification of a listener without a running server, for `bursar openapi`.
std::string openapi_document(auth::Listener listener = auth::Listener::everywhere);

}  // namespace bursar::api
