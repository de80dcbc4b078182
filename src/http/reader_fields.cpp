// What the fields of a head mean for framing and routing, alone (note_…) and together (finish).
#include <fmt/format.h>

#include <algorithm>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "http/grammar.hpp"
#include "http/problem_codes.hpp"
#include "http/reader.hpp"

namespace bursar::http {
namespace {

// More digits could overflow and are no length anybody means.
constexpr std::size_t length_digits = 18;

// `Transfer_Encoding`: a name of its own, but some peers on the way read it as the field with the dash.
bool looks_like(std::string_view name, std::string_view field) {
  if (name.size() != field.size() || name.find('_') == std::string_view::npos) return false;
  std::string dashed(name);
  std::replace(dashed.begin(), dashed.end(), '_', '-');
  return equal_name(dashed, field);
}

// Calls `element(text)` for each element of a list (RFC 9110 §5.6.1), empty ones too.
template <class Element>
void for_each_element(std::string_view list, Element element) {
  while (true) {
    const std::size_t comma = std::min(list.find(','), list.size());
    element(without_blanks_around(list.substr(0, comma)));
    if (comma == list.size()) return;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace

void HeadReader::note_field(std::string_view name, std::string_view value) {
  switch (name.size()) {
    case 4:
      if (!equal_name(name, "Host")) return;
      ++seen_.hosts;
      seen_.host = value;
      return;
    case 6:
      if (!equal_name(name, "Expect")) return;
      ++seen_.expectations;
      seen_.expectation = value;
      return;
    case 10:
      if (equal_name(name, "Connection")) note_connection(value);
      return;
    case 12:
      if (!equal_name(name, "X-Request-Id")) return;
      head_.request_id = ++seen_.request_ids == 1 ? value : std::string_view();
      return;
    case 14:
      if (equal_name(name, "Content-Length")) return note_length(value);
      if (looks_like(name, "Content-Length"))
        refuse("the header field Content_Length is spelled Content-Length");
      return;
    case 17:
      if (equal_name(name, "Transfer-Encoding")) return note_codings(value);
      if (looks_like(name, "Transfer-Encoding"))
        refuse("the header field Transfer_Encoding is spelled Transfer-Encoding");
      return;
    default:
      return;
  }
}

void HeadReader::note_length(std::string_view value) {
  if (++seen_.lengths > 1) return refuse("there is more than one Content-Length");
  const bool digits =
      !value.empty() && std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
  const bool leading_zero = value.size() > 1 && value.front() == '0';
  if (!digits || leading_zero || value.size() > length_digits)
    return refuse(fmt::format("Content-Length '{}' is not one decimal number without leading zeros",
                              safe_text(value, length_digits * 2)));
  for (const char c : value) seen_.length = seen_.length * 10 + static_cast<std::uint64_t>(c - '0');
}

void HeadReader::note_codings(std::string_view value) {
  ++seen_.codings;
  for_each_element(value, [this](std::string_view coding) {
    seen_.chunked_last = equal_name(coding, "chunked");
    if (seen_.chunked_last)
      ++seen_.chunked_codings;
    else
      seen_.other_coding = true;
    if (!is_token(coding)) seen_.malformed_coding = true;
  });
}

void HeadReader::note_connection(std::string_view value) {
  for_each_element(value, [this](std::string_view option) {
    if (!option.empty() && !is_token(option))
      refuse("Connection is not a list of words such as close or keep-alive");
    if (equal_name(option, "close")) seen_.close = true;
    if (equal_name(option, "keep-alive")) seen_.keep_alive = true;
  });
}

void HeadReader::finish() {
  if (!host_is_clear() || !framing_is_clear() || !expectation_is_known()) return;
  head_.keep_alive = !seen_.close && (!head_.http_1_0 || seen_.keep_alive);
  head_.content_length = static_cast<std::size_t>(seen_.length);
  head_.bytes = line_start_;
  stage_ = Stage::done;
}

// RFC 9112 §3.2, §3.2.2.
bool HeadReader::host_is_clear() {
  if (seen_.hosts > 1) {
    refuse("there is more than one Host");
  } else if (seen_.hosts == 0 && !head_.http_1_0) {
    refuse("there is no Host; HTTP/1.1 requires it");
  } else if (seen_.hosts == 1 && !is_host(seen_.host)) {
    refuse(fmt::format("Host '{}' has not the form host or host:port", safe_text(seen_.host, 60)));
  } else if (seen_.hosts == 1 && !authority_.empty() && !equal_name(authority_, seen_.host)) {
    refuse("the host of the target and the Host field differ");
  }
  return stage_ != Stage::refused;
}

// RFC 9112 §6.1–§6.3. Nothing that two readers on the way could delimit differently gets through.
bool HeadReader::framing_is_clear() {
  if (seen_.codings > 0) {
    if (seen_.lengths > 0) {
      refuse("there are both Transfer-Encoding and Content-Length");
    } else if (head_.http_1_0) {
      refuse("HTTP/1.0 has no Transfer-Encoding");
    } else if (seen_.malformed_coding || seen_.chunked_codings > 1 ||
               (seen_.chunked_codings == 1 && !seen_.chunked_last)) {
      refuse("Transfer-Encoding is malformed; the only coding taken is 'chunked'");
    } else if (seen_.other_coding) {
      refuse(501, codes::not_implemented, "the only transfer coding taken is 'chunked'");
    }
  } else if (seen_.length > limits::request_body_bytes) {
    refuse(413, codes::payload_too_large,
           fmt::format("Content-Length is {} and a body may have {} bytes", seen_.length,
                       limits::request_body_bytes));
  }
  if (stage_ == Stage::refused) return false;
  head_.chunked = seen_.codings > 0;
  const bool content = head_.chunked || seen_.length > 0;
  if (content && (request_.method == "GET" || request_.method == "HEAD" || request_.method == "OPTIONS")) {
    // It means nothing with them; RFC 9110 §9.3.1 lets a server refuse it as an attempt at smuggling.
    refuse(
        fmt::format("{} has no body here; leave out Content-Length and Transfer-Encoding", request_.method));
    return false;
  }
  return true;
}

bool HeadReader::expectation_is_known() {
  // RFC 9110 §10.1.1: an HTTP/1.0 client cannot wait for 100.
  if (seen_.expectations == 0 || head_.http_1_0) return true;
  head_.expects_continue = seen_.expectations == 1 && equal_name(seen_.expectation, "100-continue");
  if (!head_.expects_continue)
    refuse(417, codes::expectation_failed, "the only expectation that can be met is 100-continue");
  return head_.expects_continue;
}

}  // namespace bursar::http
