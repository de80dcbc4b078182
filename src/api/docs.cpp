#include "api/docs.hpp"

#include <algorithm>

#include "api/assets.hpp"
#include "base/digest.hpp"

namespace bursar::api {
namespace {

// Styles are set by script and in attributes; icons are data URLs in the style sheet. Nothing comes from, or
// goes to, another origin.
constexpr std::string_view policy =
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

constexpr std::string_view page_begin = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Bursar API</title>
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
)";

constexpr std::string_view place_for_tokens = R"(<style>
#development { padding: 10px 20px; background: #fff3cd; color: #3b3000; font: 14px sans-serif; }
#development button { margin-left: 8px; padding: 4px 12px; font: inherit; cursor: pointer; }
#development button[aria-pressed=true] { font-weight: bold; }
#development output { margin-left: 12px; }
</style>
<div id="development"></div>
)";

constexpr std::string_view page_end = R"(<div id="swagger-ui"></div>
<noscript>
This page needs JavaScript; the specification itself is <a href="/openapi.json">/openapi.json</a>.
</noscript>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/docs.js"></script>
</body>
</html>
)";

constexpr std::string_view page_without_ui = R"(<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Bursar API</title></head>
<body>
<p>This binary was built without Swagger UI (BURSAR_UI=OFF).
The specification is <a href="/openapi.json">/openapi.json</a>.</p>
</body>
</html>
)";

bool has_tag(const http::Request& request, std::string_view etag) {
  const auto field = request.header("If-None-Match");
  return field && (*field == "*" || field->find(etag) != std::string_view::npos);
}

http::Response cached(const http::Request& request, std::string_view etag) {
  http::Response response;
  response.with("ETag", std::string(etag)).with("Cache-Control", "no-cache");
  if (has_tag(request, etag)) response.status = 304;
  return response;
}

std::string_view trim(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

// "q=0", "q=0.0": the coding is forbidden.
bool is_forbidden(std::string_view parameters) {
  const auto q = trim(parameters);
  return q.size() >= 3 && (q[0] == 'q' || q[0] == 'Q') && q[1] == '=' &&
         q.substr(2).find_first_not_of("0.") == std::string_view::npos;
}

}  // namespace

bool accepts_gzip(const http::Request& request) {
  const auto field = request.header("Accept-Encoding");
  if (!field) return true;
  std::string_view rest = *field;
  bool any = false;
  while (!rest.empty()) {
    const std::string_view entry = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(entry.size() + 1, rest.size()));
    const std::size_t semicolon = std::min(entry.find(';'), entry.size());
    const std::string_view coding = trim(entry.substr(0, semicolon));
    const bool allowed = !is_forbidden(entry.substr(std::min(semicolon + 1, entry.size())));
    if (http::equal_name(coding, "gzip") || http::equal_name(coding, "x-gzip")) return allowed;
    if (coding == "*") any = allowed;
  }
  return any;
}

Task<http::Response> show_openapi(const Call& call, const std::string& document) {
  constexpr std::size_t tag_digits = 16;
  const std::string etag = "\"" + to_hex(sha256(document)).substr(0, tag_digits) + "\"";
  auto response = cached(call.request, etag);
  if (response.status == 304) co_return response;
  response.content_type = "application/json";
  response.lasting_body = document;
  co_return response;
}

Task<http::Response> show_docs(const Call&, bool is_development) {
  http::Response response;
  response.content_type = "text/html; charset=utf-8";
  if (assets().empty())
    response.body = page_without_ui;
  else
    response.body.append(page_begin).append(is_development ? place_for_tokens : "").append(page_end);
  response.with("Content-Security-Policy", std::string(policy));
  response.with("Cache-Control", "no-cache");
  co_return response;
}

Task<http::Response> show_docs_file(const Call& call) {
  const auto files = assets();
  const auto found = std::ranges::find(files, std::string_view(call.id), &Asset::name);
  if (found == files.end())
    co_return refuse(call.request, problems::no_such_route, "There is no such file in /docs.");
  if (!accepts_gzip(call.request))
    co_return refuse(call.request, problems::not_acceptable,
                     "This file is stored with gzip; send Accept-Encoding: gzip.");
  auto response = cached(call.request, found->etag);
  response.with("Vary", "Accept-Encoding");
  if (response.status == 304) co_return response;
  response.content_type = found->content_type;
  response.lasting_body = found->gzip;
  response.with("Content-Encoding", "gzip");
  co_return response;
}

}  // namespace bursar::api
