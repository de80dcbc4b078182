#include "http/reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "http/grammar.hpp"
#include "http/problem_codes.hpp"

namespace bursar::http {
namespace {

constexpr std::size_t quoted_characters = 60;

std::string quoted(std::string_view text) { return "'" + safe_text(text, quoted_characters) + "'"; }

}  // namespace

std::expected<Header, std::string> parse_field_line(std::string_view line) {
  if (line.empty() || is_blank(line.front()))
    return std::unexpected("a header line starts with a blank; folded lines are obsolete and not taken");
  std::size_t colon = 0;
  while (colon < line.size() && is_token_character(line[colon])) ++colon;
  if (colon == 0 || colon == line.size() || line[colon] != ':') {
    if (colon > 0 && colon < line.size() && is_blank(line[colon]))
      return std::unexpected("there is a blank between the name of a header field and its colon");
    return std::unexpected(fmt::format("the header line {} has not the form 'name: value'", quoted(line)));
  }
  const Header field{.name = line.substr(0, colon), .value = without_blanks_around(line.substr(colon + 1))};
  if (find_control(field.value) != std::string_view::npos)
    return std::unexpected(
        fmt::format("the value of header field {} holds a control character", quoted(field.name)));
  return field;
}

void HeadReader::restart() {
  stage_ = Stage::request_line;
  line_start_ = searched_ = 0;
  skipped_line_ = false;
  authority_ = {};
  request_.method = request_.target = request_.path = request_.query = request_.body = {};
  request_.headers.clear();
  head_ = {};
  seen_ = {};
}

Reading HeadReader::read(std::string_view bytes) {
  while (stage_ == Stage::request_line || stage_ == Stage::fields) {
    if (stage_ == Stage::request_line && line_start_ < bytes.size()) {
      // Seen before the end of the line, so that a TLS client hello is answered at once.
      const char first = bytes[line_start_];
      if (!is_token_character(first) && first != '\r') {
        refuse("the first byte of a request line must belong to a method, for example GET");
        break;
      }
    }
    const std::size_t found = bytes.find('\n', searched_);
    const bool whole_line = found != std::string_view::npos;
    const std::size_t end = whole_line ? found : bytes.size();
    searched_ = end;
    if (!within_limits(line_start_, end, whole_line)) {
      if (stage_ == Stage::request_line) {
        const std::string_view line = bytes.substr(line_start_, end - line_start_);
        if (line.substr(0, limits::request_line_bytes).find(' ') == std::string_view::npos)
          refuse(fmt::format("there is no method within {} bytes", limits::request_line_bytes));
        else
          refuse(414, codes::uri_too_long,
                 fmt::format("the request line is longer than {} bytes; send fewer or shorter parameters",
                             limits::request_line_bytes));
      } else {
        refuse(431, codes::header_fields_too_large,
               fmt::format("the head is longer than {} bytes; send fewer or shorter header fields",
                           limits::request_head_bytes));
      }
      break;
    }
    if (!whole_line) return Reading::more;
    const std::string_view line = bytes.substr(line_start_, end - line_start_);
    line_start_ = searched_ = end + 1;
    take_line(line);
  }
  return stage_ == Stage::done ? Reading::done : Reading::refused;
}

bool HeadReader::within_limits(std::size_t start, std::size_t end, bool whole_line) {
  if (stage_ == Stage::request_line) return end - start <= limits::request_line_bytes;
  return end + (whole_line ? 1 : 0) <= limits::request_head_bytes;
}

void HeadReader::take_line(std::string_view line) {
  if (line.empty() || line.back() != '\r') return refuse("a line ends with LF alone; lines end with CR LF");
  line.remove_suffix(1);
  if (stage_ == Stage::fields) return line.empty() ? finish() : take_field(line);
  if (!line.empty()) return take_request_line(line);
  if (skipped_line_) return refuse("there is more than one empty line in front of the request");
  skipped_line_ = true;
}

void HeadReader::take_request_line(std::string_view line) {
  const std::size_t method_end = line.find(' ');
  const std::size_t target_end =
      method_end == std::string_view::npos ? method_end : line.find(' ', method_end + 1);
  if (target_end == std::string_view::npos)
    return refuse(fmt::format(
        "the request line {} is not 'method target version' with one blank between each", quoted(line)));
  const std::string_view method = line.substr(0, method_end);
  const std::string_view target = line.substr(method_end + 1, target_end - method_end - 1);
  if (!is_token(method)) return refuse(fmt::format("the method {} is no token", quoted(method)));
  if (!take_version(line.substr(target_end + 1))) return;
  if (std::find(methods.begin(), methods.end(), method) == methods.end())
    return refuse(
        501, codes::not_implemented,
        fmt::format("the method {} is unknown; methods are upper-case words such as GET", quoted(method)));
  request_.method = method;
  if (take_target(target)) stage_ = Stage::fields;
}

bool HeadReader::take_version(std::string_view version) {
  auto digit = [](char c) { return c >= '0' && c <= '9'; };
  const bool formed = version.size() == 8 && version.starts_with("HTTP/") && digit(version[5]) &&
                      version[6] == '.' && digit(version[7]);
  if (!formed) {
    refuse(fmt::format("the version {} has not the form HTTP/1.1", quoted(version)));
    return false;
  }
  if (version[5] != '1') {
    refuse(505, codes::version_not_supported, fmt::format("{} is not spoken here; use HTTP/1.1", version));
    return false;
  }
  head_.http_1_0 = version[7] == '0';
  return true;
}

// Origin-form, absolute-form and the asterisk of OPTIONS (RFC 9112 §3.2); the authority-form belongs to
// CONNECT alone.
bool HeadReader::take_target(std::string_view target) {
  if (target == "*") {
    head_.asks_server = request_.method == "OPTIONS";
    request_.target = request_.path = target;
    if (!head_.asks_server) refuse("the target '*' is for OPTIONS only");
    return head_.asks_server;
  }
  if (!target.starts_with('/')) {
    target = origin_form(target);
    if (stage_ == Stage::refused) return false;
    if (target == "*") {
      head_.asks_server = true;
      request_.target = request_.path = target;
      return true;
    }
  }
  const std::size_t bad = find_bad_target_byte(target);
  if (bad != std::string_view::npos) {
    refuse(fmt::format(
        "the target has a byte at {} that must be percent-encoded, or a '%' that encodes a control "
        "character or nothing",
        bad));
    return false;
  }
  const std::size_t mark = std::min(target.find('?'), target.size());
  request_.target = target;
  request_.path = target.substr(0, mark);
  request_.query = mark < target.size() ? target.substr(mark + 1) : std::string_view();
  return true;
}

std::string_view HeadReader::origin_form(std::string_view absolute) {
  std::size_t scheme = 0;
  if (equal_name(absolute.substr(0, 7), "http://")) scheme = 7;
  if (equal_name(absolute.substr(0, 8), "https://")) scheme = 8;
  const std::size_t end = std::min(absolute.find_first_of("/?", scheme), absolute.size());
  authority_ = absolute.substr(scheme, end - scheme);
  if (scheme == 0 || !is_host(authority_)) {
    refuse(fmt::format("the target {} is neither a path that starts with '/' nor a URL with a host",
                       quoted(absolute)));
    return {};
  }
  const std::string_view rest = absolute.substr(end);
  // An empty path stands for "/", with OPTIONS for the server (RFC 9112 §3.2.4).
  if (rest.empty()) return request_.method == "OPTIONS" ? "*" : "/";
  if (rest.starts_with('/')) return rest;
  refuse("the target has a query but no path; write http://host/?query");
  return {};
}

void HeadReader::take_field(std::string_view line) {
  if (request_.headers.size() == limits::request_header_fields)
    return refuse(431, codes::header_fields_too_large,
                  fmt::format("there are more than {} header fields", limits::request_header_fields));
  auto field = parse_field_line(line);
  if (!field) return refuse(std::move(field.error()));
  request_.headers.push_back(*field);
  note_field(field->name, field->value);
}

void HeadReader::refuse(std::string detail) { refuse(400, codes::bad_request, std::move(detail)); }

void HeadReader::refuse(int status, std::string_view code, std::string detail) {
  stage_ = Stage::refused;
  refusal_ = Refusal{.status = status, .code = code, .detail = std::move(detail)};
}

}  // namespace bursar::http
