#include "http/client_wire.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>

#include "base/error.hpp"
#include "http/message.hpp"

namespace bursar::http {
namespace {

constexpr std::string_view token_punctuation = "!#$%&'*+-.^_`|~";

bool is_token(std::string_view text) {
  auto allowed = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           token_punctuation.find(c) != std::string_view::npos;
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), allowed);
}

// RFC 9110 §5.5 without obs-text control bytes: nothing that could end the line.
bool is_field_value(std::string_view text) {
  auto allowed = [](char c) { return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F); };
  return std::all_of(text.begin(), text.end(), allowed);
}

bool is_target(std::string_view text) {
  auto allowed = [](char c) { return c > 0x20 && c < 0x7F; };
  return text.starts_with('/') && std::all_of(text.begin(), text.end(), allowed);
}

constexpr std::array<std::string_view, 6> own_fields = {"Host",         "Connection",        "Content-Length",
                                                        "Content-Type", "Transfer-Encoding", "Expect"};

UsageError unusable(std::string_view url, std::string_view why) {
  return UsageError(
      fmt::format("cannot call '{}': {}; use the form https://host or http://host:port", url, why));
}

}  // namespace

Origin parse_origin(std::string_view base_url) {
  const auto parsed = boost::urls::parse_uri(base_url);
  if (!parsed) throw unusable(base_url, "it is not a URL");
  const boost::urls::url_view& url = *parsed;
  Origin origin;
  origin.tls = url.scheme_id() == boost::urls::scheme::https;
  if (!origin.tls && url.scheme_id() != boost::urls::scheme::http)
    throw unusable(base_url, "only http and https are known");
  if (url.has_userinfo()) throw unusable(base_url, "credentials do not belong into a URL");
  if (url.has_query() || url.has_fragment() || (!url.encoded_path().empty() && url.encoded_path() != "/"))
    throw unusable(base_url, "it must end behind the host and port");
  origin.host = url.host_address();
  if (origin.host.empty()) throw unusable(base_url, "it names no host");
  if (!is_target("/" + origin.host)) throw unusable(base_url, "its host has blanks or control characters");
  const std::string_view own_port = origin.tls ? "443" : "80";
  const std::string_view port = url.has_port() ? std::string_view(url.port()) : own_port;
  std::uint16_t number = 0;
  const auto read = std::from_chars(port.data(), port.data() + port.size(), number);
  if (read.ec != std::errc() || read.ptr != port.data() + port.size() || number == 0)
    throw unusable(base_url, "its port is not in 1…65535");
  origin.port = std::to_string(number);
  const bool bracketed = origin.host.find(':') != std::string::npos;
  origin.authority = bracketed ? "[" + origin.host + "]" : origin.host;
  if (origin.port != own_port) origin.authority += ":" + origin.port;
  return origin;
}

std::optional<std::string> refusal_of(const ClientRequest& request) {
  if (!is_token(request.method)) return "the method is not a token";
  if (!is_target(request.path)) return "the path does not start with '/' or has blanks or control characters";
  if (!is_field_value(request.content_type)) return "Content-Type has control characters";
  for (const auto& [name, value] : request.headers) {
    if (!is_token(name)) return "a header name is not a token";
    if (!is_field_value(value)) return "the value of header " + name + " has control characters";
    for (const std::string_view own : own_fields)
      if (equal_name(name, own)) return "header " + name + " is set by the client itself";
  }
  return std::nullopt;
}

std::string request_text(const Origin& origin, const ClientRequest& request) {
  std::string text;
  text.reserve(512 + request.path.size() + request.body.size());
  text.append(request.method)
      .append(" ")
      .append(request.path)
      .append(" HTTP/1.1\r\nHost: ")
      .append(origin.authority);
  for (const auto& [name, value] : request.headers)
    text.append("\r\n").append(name).append(": ").append(value);
  if (!request.content_type.empty()) text.append("\r\nContent-Type: ").append(request.content_type);
  // RFC 9110 §8.6: a method that anticipates content says 0 too.
  if (!request.body.empty() || (request.method != "GET" && request.method != "HEAD"))
    text.append("\r\nContent-Length: ").append(std::to_string(request.body.size()));
  text.append("\r\n\r\n").append(request.body);
  return text;
}

}  // namespace bursar::http
