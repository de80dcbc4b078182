// The codes of the problems that the HTTP server itself answers with (RFC 9457), and the methods that it
// knows. Stable: clients compare them and the API documents them.
#pragma once
#include <array>
#include <string>
#include <string_view>

namespace bursar::http::codes {

inline constexpr std::string_view bad_request = "bad_request";                           // 400
inline constexpr std::string_view request_timeout = "request_timeout";                   // 408
inline constexpr std::string_view payload_too_large = "payload_too_large";               // 413
inline constexpr std::string_view uri_too_long = "uri_too_long";                         // 414
inline constexpr std::string_view expectation_failed = "expectation_failed";             // 417
inline constexpr std::string_view header_fields_too_large = "header_fields_too_large";   // 431
inline constexpr std::string_view internal = "internal";                                 // 500
inline constexpr std::string_view not_implemented = "not_implemented";                   // 501
inline constexpr std::string_view unavailable = "unavailable";                           // 503
inline constexpr std::string_view version_not_supported = "http_version_not_supported";  // 505

}  // namespace bursar::http::codes

namespace bursar::http {

/// What routes are made of; others are 501 (RFC 9110 §9.1), TRACE and CONNECT on purpose.
inline constexpr std::array<std::string_view, 7> methods{"GET",   "HEAD",   "POST",   "PUT",
                                                         "PATCH", "DELETE", "OPTIONS"};

/// "GET, HEAD, POST…", as the Allow field has them.
inline std::string method_list() {
  std::string list;
  for (const auto method : methods) list.append(list.empty() ? "" : ", ").append(method);
  return list;
}

}  // namespace bursar::http
