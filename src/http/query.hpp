// Percent-encoded text from targets and forms, decoded strictly: exactly one meaning or an error that is a
// sentence. Valid UTF-8, no NUL. Pure; the API's routes and filters and the token endpoint use it.
#pragma once
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bursar::http {

/// In the order they were sent; names may repeat, whether they may is the caller's question.
using Parameters = std::vector<std::pair<std::string, std::string>>;

/// The part behind '?': `a=b&c=d`. A '+' stays a '+' (RFC 3986): the offset in
/// `created_after=2026-01-01T00:00:00+01:00` must never become a blank and so another instant. A blank is
/// %20. Every parameter has a name and a '='; at most limits::query_parameters of them. Empty text: none.
std::expected<Parameters, std::string> parse_query(std::string_view query);

/// A body of application/x-www-form-urlencoded: the same rules, but here a '+' is a blank (WHATWG URL §5.1).
std::expected<Parameters, std::string> parse_form(std::string_view body);

/// One name or value of such a body by itself.
std::expected<std::string, std::string> decode_form_text(std::string_view text);

/// One segment of a path, without its '/'. An encoded '/' or control character is an error, so that no
/// spelling of one path can pass for another; "." and ".." are errors too (RFC 3986 §5.2.4 would remove
/// them).
std::expected<std::string, std::string> decode_segment(std::string_view segment);

/// The text with every %XX as the byte it stands for, whatever comes of it: to search it, never to route or
/// to answer by it.
std::string unmasked(std::string_view text);

}  // namespace bursar::http
