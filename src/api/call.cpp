#include "api/call.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "domain/card_number.hpp"
#include "http/address.hpp"

namespace bursar::api {

store::Viewer Call::viewer() const {
  if (reaches_any()) return std::nullopt;
  return caller->principal;
}

namespace {

// An id as the log holds it and the filter `target` finds it; nullopt when it is none, or must not be kept.
std::optional<std::string> as_target(std::string_view id) {
  if (const auto uuid = parse_uuid(id)) return uuid->text();
  const bool is_safe = std::ranges::all_of(id, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' ||
           c == '_' || c == '-' || c == ':';
  });
  if (id.empty() || id.size() > limits::staff_target_characters || !is_safe || contains_card_number(id))
    return std::nullopt;
  return std::string(id);
}

// The filters of a read, decoded; whatever else was sent is told by its being there.
std::optional<std::string> as_detail(const http::Parameters& parameters, KeptOf kept_of) {
  if (parameters.empty()) return std::nullopt;
  std::string text;
  bool has_others = false;
  for (const auto& [name, value] : parameters) {
    const Kept kept = kept_of == nullptr ? Kept::nothing : kept_of(name, value);
    has_others = has_others || kept == Kept::nothing;
    if (kept == Kept::nothing) continue;
    text.append(text.empty() ? "" : " ").append(name).append("=");
    text.append(kept == Kept::value ? value : "…");
  }
  if (has_others) text.append(text.empty() ? "" : " ").append("and unknown names");
  return safe_text(text, limits::staff_detail_characters);
}

std::string names_of(const std::vector<auth::RoleName>& roles) {
  std::string names;
  for (const auth::RoleName role : auth::all_roles)
    if (std::ranges::find(roles, role) != roles.end())
      names.append(names.empty() ? "" : ",").append(to_text(role));
  return names;
}

}  // namespace

store::StaffAction Call::staff_action(int status) const {
  const auto parameters = http::parse_query(request.query).value_or(http::Parameters());
  store::StaffAction action;
  action.principal = caller->principal;
  action.roles = names_of(caller->roles);
  action.operation = policy->operation;
  action.target = as_target(id);
  // A listing of what is about one id is about that id.
  for (const std::string_view name : {"user_id", "target"})
    if (const auto* about = find_parameter(parameters, name); id.empty() && about != nullptr)
      if (const auto uuid = parse_uuid(*about)) action.target = uuid->text();
  action.detail = as_detail(parameters, kept_of);
  action.status = static_cast<std::int16_t>(status);
  action.request_id = request.request_id;
  action.address = http::to_text(request.client);
  return action;
}

std::optional<store::StaffAction> Call::staff_change(int status) const {
  if (!caller->is_staff()) return std::nullopt;
  return staff_action(status);
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
  return std::ranges::all_of(request.headers, [](const http::Header& field) {
    return !http::equal_name(field.name, "Content-Encoding") || http::equal_name(field.value, "identity");
  });
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
