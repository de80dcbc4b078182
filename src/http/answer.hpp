// An answer as bytes: the head that the server writes around a handler's response. Pure.
#pragma once
#include <ctime>
#include <string>
#include <string_view>

#include "http/message.hpp"

namespace bursar::http {

/// What a head says beside the response itself.
struct AnswerFrame {
  std::string_view date;  // IMF-fixdate
  std::string_view request_id;
  bool close = false;
  /// The request was HTTP/1.0 and the connection is kept, which has to be said (RFC 9112 §9.3).
  bool says_keep_alive = false;
  bool is_head_request = false;
  /// Adds Strict-Transport-Security (RFC 6797 §7.2: never over plain HTTP).
  bool is_tls = false;
};

/// Whether the body goes on the wire: not for HEAD, 204 and 304 (RFC 9112 §6.3).
bool carries_body(const Response& response, const AnswerFrame& frame);

/// Appends status line and fields with the empty line. Content-Length, Connection, Date, Transfer-Encoding
/// and X-Request-Id are the server's: a handler's fields of those names are left out. Adds what keeps
/// browsers from guessing types, leaking URLs, and letting other origins embed or frame the answer; and,
/// unless the handler set its own, `Cache-Control: no-store` and a Content-Security-Policy that allows
/// nothing.
void append_head(std::string& out, const Response& response, const AnswerFrame& frame);

/// What would make the head say something else than the handler meant: a status outside 200…599, a name that
/// is no token, CR, LF or another control character. Empty when there is nothing.
std::string unsafe_part(const Response& response);

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 §5.6.7).
std::string to_fixdate(std::time_t seconds);

}  // namespace bursar::http
