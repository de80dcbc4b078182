#include "api/call.hpp"

#include <algorithm>

namespace bursar::api {

store::Viewer Call::viewer() const {
  if (reaches_any()) return std::nullopt;
  return caller->principal;
}

namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// application/json, in any case, with no parameter but charset=utf-8.
bool is_json(std::string_view content_type) {
  const std::size_t semicolon = std::min(content_type.find(';'), content_type.size());
  if (!http::equal_name(trim(content_type.substr(0, semicolon)), "application/json")) return false;
  const std::string_view rest = trim(content_type.substr(std::min(semicolon + 1, content_type.size())));
  return rest.empty() || http::equal_name(rest, "charset=utf-8") ||
         http::equal_name(rest, "charset=\"utf-8\"");
}

bool is_plain(const http::Request& request) {
  const auto coding = request.header("Content-Encoding");
  return !coding || http::equal_name(*coding, "identity");
}

}  // namespace

std::expected<json::object, http::Response> parse_body(const http::Request& request) {
  const auto type = request.header("Content-Type");
  if (!type || request.count("Content-Type") != 1 || !is_json(*type) || !is_plain(request))
    return std::unexpected(
        refuse(request, problems::unsupported_media_type,
               "The body must be sent with Content-Type: application/json and no coding."));
  auto parsed = json::parse(request.body);
  if (!parsed)
    return std::unexpected(
        refuse(request, problems::malformed_json,
               fmt::format("At byte {} of the body: {}.", parsed.error().offset, parsed.error().what)));
  if (json::object* object = parsed->if_object()) return std::move(*object);
  Faults faults;
  faults.add(Part::body, "", faults::wrong_type, "the body must be an object: {…}");
  return std::unexpected(refuse(request, faults));
}

http::Response refuse_not_found(const http::Request& request) {
  return refuse(request, problems::not_found, "There is no such thing for this caller.");
}

}  // namespace bursar::api
