#include "auth/token_request.hpp"

#include <boost/json/object.hpp>
#include <optional>

#include "base/json.hpp"
#include "base/text.hpp"
#include "http/query.hpp"

namespace bursar::auth {
namespace {

using Error = TokenRefusal::Error;

std::unexpected<TokenRefusal> refuse(Error error, std::string detail) {
  return std::unexpected(TokenRefusal{error, std::move(detail)});
}

/// What of a body counts.
struct Members {
  std::optional<std::string> grant_type, client_id, client_secret;

  std::optional<std::string>* find(std::string_view name) {
    if (name == "grant_type") return &grant_type;
    if (name == "client_id") return &client_id;
    if (name == "client_secret") return &client_secret;
    return nullptr;
  }
};

std::expected<Members, TokenRefusal> read_form(std::string_view body) {
  const auto parameters = http::parse_form(body);
  if (!parameters)
    return refuse(Error::invalid_request,
                  "the body is no form: name=value pairs, percent-encoded, joined by '&'");
  Members members;
  for (std::size_t i = 0; i < parameters->size(); ++i) {
    const auto& [name, value] = (*parameters)[i];
    for (std::size_t before = 0; before < i; ++before)
      if ((*parameters)[before].first == name)
        return refuse(Error::invalid_request, "a parameter is there more than once; send each once");
    auto* member = members.find(name);
    if (member != nullptr && !value.empty()) *member = value;
  }
  return members;
}

std::expected<Members, TokenRefusal> read_object(std::string_view body) {
  const auto parsed = json::parse(body);
  if (!parsed || !parsed->is_object())
    return refuse(Error::invalid_request, "the body is no JSON object, or has a member twice");
  Members members;
  for (const auto& [name, value] : parsed->get_object()) {
    auto* member = members.find(name);
    if (member == nullptr) continue;
    if (!value.is_string())
      return refuse(Error::invalid_request, fmt::format("{} must be a text", std::string_view(name)));
    if (!value.get_string().empty()) *member = std::string(value.get_string());
  }
  return members;
}

std::expected<Members, TokenRefusal> read_body(const http::Request& request) {
  const auto type = request.header("Content-Type");
  const std::string_view name = type ? type->substr(0, type->find_first_of("; \t")) : std::string_view();
  if (request.count("Content-Type") == 1 && !request.header("Content-Encoding")) {
    if (http::equal_name(name, "application/x-www-form-urlencoded")) return read_form(request.body);
    if (http::equal_name(name, "application/json")) return read_object(request.body);
  }
  return refuse(Error::wrong_media_type,
                "send the body as application/x-www-form-urlencoded or application/json, without a coding");
}

/// RFC 4648 §4 with its padding.
std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0 || text.find_first_of("-_") != std::string_view::npos) return std::nullopt;
  std::string url(text);
  for (int padding = 0; padding < 2 && url.ends_with('='); ++padding) url.pop_back();
  for (char& c : url) {
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  const auto bytes = from_base64url(url);
  if (!bytes) return std::nullopt;
  return std::string(text_of(*bytes));
}

/// nullopt without an Authorization field.
std::expected<std::optional<TokenRequest>, TokenRefusal> read_basic(const http::Request& request) {
  const auto field = request.header("Authorization");
  if (!field) return std::nullopt;
  if (request.count("Authorization") > 1)
    return refuse(Error::invalid_request, "there is more than one Authorization field; send one");
  constexpr std::string_view form = "the Authorization field is not 'Basic' and base64 of id:secret";
  constexpr std::string_view scheme = "Basic ";
  if (field->size() < scheme.size() || !http::equal_name(field->substr(0, scheme.size()), scheme))
    return refuse(Error::invalid_client, std::string(form));
  const auto start = field->find_first_not_of(' ', scheme.size());
  const auto pair = from_base64(start == std::string_view::npos ? "" : field->substr(start));
  const auto colon = pair ? pair->find(':') : std::string::npos;
  if (colon == std::string::npos) return refuse(Error::invalid_client, std::string(form));
  auto id = http::decode_form_text(std::string_view(*pair).substr(0, colon));
  auto secret = http::decode_form_text(std::string_view(*pair).substr(colon + 1));
  if (!id || !secret)
    return refuse(Error::invalid_client, "id and secret in the Authorization field must be form-encoded");
  return TokenRequest{std::move(*id), std::move(*secret)};
}

}  // namespace

std::expected<TokenRequest, TokenRefusal> read_token_request(const http::Request& request) {
  auto body = read_body(request);
  if (!body) return std::unexpected(std::move(body.error()));
  if (!body->grant_type)
    return refuse(Error::invalid_request, "grant_type is missing; send client_credentials");
  if (*body->grant_type != "client_credentials")
    return refuse(Error::unsupported_grant_type, "the only grant_type here is client_credentials");
  auto basic = read_basic(request);
  if (!basic) return std::unexpected(std::move(basic.error()));
  if (*basic) {
    const bool names_another = body->client_id && *body->client_id != (*basic)->client_id;
    if (body->client_secret || names_another)
      return refuse(Error::invalid_request,
                    "the client is named in the Authorization field and in the body; send it once");
    return std::move(**basic);
  }
  if (!body->client_id || !body->client_secret)
    return refuse(Error::invalid_client,
                  "send client_id and client_secret, in the body or as Basic authorization");
  return TokenRequest{std::move(*body->client_id), std::move(*body->client_secret)};
}

}  // namespace bursar::auth
