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
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 402:
      return "Payment Required";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 426:
      return "Upgrade Required";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Unknown";
  }
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
  body += problem.retryable ? "\"retryable\":true}" : "\"retryable\":false}";
  return response;
}

}  // namespace bursar::http
