// GET /openapi.json, /docs and its files: Swagger UI out of the binary, working offline, under its own
// policy.
#pragma once
#include "api/call.hpp"

namespace bursar::api {

Task<http::Response> show_openapi(const Call& call, const std::string& document);
/// The page; it says so when the binary was built without Swagger UI. In development it offers tokens.
Task<http::Response> show_docs(const Call& call, bool is_development);
/// A file of the page: with its ETag, only compressed, 304 when the client has it.
Task<http::Response> show_docs_file(const Call& call);

/// RFC 9110 §12.5.3: true unless the field forbids gzip. Without a field any coding will do.
bool accepts_gzip(const http::Request& request);

}  // namespace bursar::api
