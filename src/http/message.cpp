#include "http/message.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace bursar::http {

bool equal_name(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] == b[i]) continue;
    const int lower = a[i] | 0x20;
    if ((a[i] ^ b[i]) != 0x20 || lower < 'a' || lower > 'z') return false;
  }
  return true;
}

std::optional<std::string_view> Request::header(std::string_view name) const {
  for (const Header& field : headers)
    if (equal_name(field.name, name)) return field.value;
  return std::nullopt;
}

std::size_t Request::count(std::string_view name) const {
  const auto same = [name](const Header& field) { return equal_name(field.name, name); };
  return static_cast<std::size_t>(std::count_if(headers.begin(), headers.end(), same));
}

// RFC 9110 §15; 429 and 431 are RFC 6585.
std::string_view reason_phrase(int status) {
  static constexpr std::pair<int, std::string_view> phrases[] = {
      {200, "OK"},
      {201, "Created"},
      {202, "Accepted"},
      {204, "No Content"},
      {206, "Partial Content"},
      {301, "Moved Permanently"},
      {302, "Found"},
      {303, "See Other"},
      {304, "Not Modified"},
      {307, "Temporary Redirect"},
      {308, "Permanent Redirect"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {402, "Payment Required"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {406, "Not Acceptable"},
      {408, "Request Timeout"},
      {409, "Conflict"},
      {410, "Gone"},
      {411, "Length Required"},
      {412, "Precondition Failed"},
      {413, "Content Too Large"},
      {414, "URI Too Long"},
      {415, "Unsupported Media Type"},
      {416, "Range Not Satisfiable"},
      {417, "Expectation Failed"},
      {421, "Misdirected Request"},
      {422, "Unprocessable Content"},
      {426, "Upgrade Required"},
      {428, "Precondition Required"},
      {429, "Too Many Requests"},
      {431, "Request Header Fields Too Large"},
      {500, "Internal Server Error"},
      {501, "Not Implemented"},
      {502, "Bad Gateway"},
      {503, "Service Unavailable"},
      {504, "Gateway Timeout"},
      {505, "HTTP Version Not Supported"},
  };
  for (const auto& [code, phrase] : phrases)
    if (code == status) return phrase;
  return "Unknown";
}

Response problem_response(const Problem& problem, std::string_view request_id) {
  Response response;
  response.status = problem.status;
  response.content_type = "application/problem+json";
  std::string& body = response.body;
  auto member = [&body](std::string_view name, std::string_view text) {
    append_json_string(body, name);
    body += ':';
    append_json_string(body, text);
    body += ',';
  };
  body = '{';
  member("type", "urn:bursar:problem:" + problem.code);
  member("title", problem.title.empty() ? reason_phrase(problem.status) : std::string_view(problem.title));
  body += "\"status\":" + std::to_string(problem.status) + ',';
  if (!problem.detail.empty()) member("detail", problem.detail);
  member("code", problem.code);
  member("request_id", request_id);
  if (!problem.retry_after) {
    body += "\"retryable\":false}";
    return response;
  }
  const std::string wait = std::to_string(std::max<std::int64_t>(1, problem.retry_after->count()));
  body += "\"retryable\":true,\"retry_after\":" + wait + '}';
  response.with("Retry-After", wait);
  return response;
}

}  // namespace bursar::http
