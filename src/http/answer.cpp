#include "http/answer.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/limits.hpp"
#include "http/grammar.hpp"

namespace bursar::http {
namespace {

constexpr std::array<std::string_view, 5> own_fields = {"Content-Length", "Connection", "Date",
                                                        "Transfer-Encoding", "X-Request-Id"};

// The same on every answer, in one piece.
constexpr std::string_view for_browsers =
    "\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\nCross-Origin-Opener-Policy: same-origin\r\n";
constexpr std::string_view not_kept = "Cache-Control: no-store\r\n";
constexpr std::string_view allows_nothing =
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n";

const std::string& strict_transport() {
  static const std::string field = fmt::format("Strict-Transport-Security: max-age={}\r\n",
                                               std::chrono::seconds(limits::strict_transport_for).count());
  return field;
}

bool is_own(std::string_view name) {
  const auto same = [name](std::string_view own) { return equal_name(own, name); };
  return std::any_of(own_fields.begin(), own_fields.end(), same);
}

bool has_no_content(int status) { return status == 204 || status == 304; }

void append_number(std::string& out, std::size_t number) {
  const fmt::format_int text(number);
  out.append(text.data(), text.size());
}

void append_status_line(std::string& out, int status) {
  if (status == 200) {
    out += "HTTP/1.1 200 OK\r\n";
  } else if (status == 202) {
    out += "HTTP/1.1 202 Accepted\r\n";
  } else {
    out += "HTTP/1.1 ";
    append_number(out, static_cast<std::size_t>(status));
    out += ' ';
    out += reason_phrase(status);
    out += "\r\n";
  }
}

}  // namespace

bool carries_body(const Response& response, const AnswerFrame& frame) {
  return !frame.is_head_request && !has_no_content(response.status);
}

void append_head(std::string& out, const Response& response, const AnswerFrame& frame) {
  append_status_line(out, response.status);
  out.append("Date: ").append(frame.date).append("\r\n");
  if (!response.content_type.empty())
    out.append("Content-Type: ").append(response.content_type).append("\r\n");
  // A handler that leaves out the body for HEAD does not know its length (RFC 9110 §8.6).
  const bool unknown_length = frame.is_head_request && response.content().empty();
  if (!has_no_content(response.status) && !unknown_length) {
    out += "Content-Length: ";
    append_number(out, response.content().size());
    out += "\r\n";
  }
  out.append("X-Request-Id: ").append(frame.request_id).append(for_browsers);
  bool has_cache_control = false;
  bool has_policy = false;
  for (const auto& [name, value] : response.headers) {
    if (is_own(name)) continue;
    has_cache_control = has_cache_control || equal_name(name, "Cache-Control");
    has_policy = has_policy || equal_name(name, "Content-Security-Policy");
    out.append(name).append(": ").append(value).append("\r\n");
  }
  if (!has_cache_control) out += not_kept;
  if (!has_policy) out += allows_nothing;
  if (frame.is_tls) out += strict_transport();
  if (frame.close) out += "Connection: close\r\n";
  if (frame.says_keep_alive && !frame.close) out += "Connection: keep-alive\r\n";
  out += "\r\n";
}

std::string unsafe_part(const Response& response) {
  if (response.status < 200 || response.status > 599) return fmt::format("status {}", response.status);
  if (find_control(response.content_type) != std::string_view::npos) return "Content-Type";
  for (const auto& [name, value] : response.headers) {
    if (!is_token(name)) return "the name of a header field";
    if (find_control(value) != std::string_view::npos) return fmt::format("header field {}", name);
  }
  return {};
}

std::string to_fixdate(std::time_t seconds) {
  // Names of days and months are English whatever the locale: fmt takes it only from an 'L'.
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(seconds));
}

}  // namespace bursar::http
