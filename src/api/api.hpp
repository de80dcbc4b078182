// The public API as one handler: finds the route, asks who calls, lets the handler answer. One per loop, made
// by app; an http::Server calls it.
#pragma once
#include <string>

#include "api/router.hpp"
#include "api/routes.hpp"
#include "http/server.hpp"

namespace bursar::api {

class Api {
 public:
  /// Stops the process when a route has no policy.
  explicit Api(Services services);
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  /// The handler refers to this object.
  http::Handler handler();

  Task<http::Response> answer(const http::Request& request);

  /// OpenAPI 3.1, as /openapi.json gives it.
  const std::string& document() const { return document_; }

 private:
  http::Response without_route(const http::Request& request, const Router::Match& match) const;

  Services services_;
  std::string document_;
  Router router_;
};

/// The specification without a running server, for `bursar openapi`.
std::string openapi_document();

}  // namespace bursar::api
