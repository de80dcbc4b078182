#include "oracle.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <vector>

#include "base/limits.hpp"

namespace bursar::http::testing {
namespace {

namespace beast = boost::beast::http;

// The other puts fields of one name together, so they are sorted.
std::string tell(std::string_view line, std::vector<std::string> fields, std::uint64_t length, bool chunked,
                 bool keep) {
  std::sort(fields.begin(), fields.end());
  return fmt::format("{} {} length={} chunked={} keep={}", line, fmt::join(fields, " "), length, chunked,
                     keep);
}

}  // namespace

std::string understanding(const HeadReader& reader) {
  const Request& request = reader.request();
  const Head& head = reader.head();
  std::vector<std::string> fields;
  for (const Header& field : request.headers)
    fields.push_back(fmt::format("[{}={}]", field.name, field.value));
  const std::string line = fmt::format("{} {} 1.{}", request.method, request.target, head.http_1_0 ? 0 : 1);
  return tell(line, fields, head.content_length, head.chunked, head.keep_alive);
}

std::optional<std::string> understanding_of_beast(std::string_view head) {
  beast::request_parser<beast::empty_body> parser;
  parser.header_limit(limits::request_head_bytes + 1);
  boost::system::error_code error;
  parser.put(boost::asio::buffer(head.data(), head.size()), error);
  if (error || !parser.is_header_done()) return std::nullopt;
  const auto& message = parser.get();
  std::vector<std::string> fields;
  for (const auto& field : message)
    fields.push_back(
        fmt::format("[{}={}]", std::string_view(field.name_string()), std::string_view(field.value())));
  const std::string line = fmt::format("{} {} 1.{}", std::string_view(message.method_string()),
                                       std::string_view(message.target()), message.version() % 10);
  const auto length = parser.content_length();
  return tell(line, fields, length ? *length : 0, parser.chunked(), parser.keep_alive());
}

std::string outcome(const HeadReader& reader, Reading reading) {
  if (reading == Reading::more) return "more";
  if (reading == Reading::done) return understanding(reader);
  return fmt::format("{} {}", reader.refusal().status, reader.refusal().detail);
}

bool is_comparable(std::string_view text) {
  const std::size_t line_end = text.find('\r');
  const std::string_view line = text.substr(0, line_end);
  return line.find(" /") != std::string_view::npos && line.find("://") == std::string_view::npos &&
         (line.ends_with("HTTP/1.1") || line.ends_with("HTTP/1.0")) && !text.starts_with('\r');
}

std::optional<std::string> chunked_body_by_beast(std::string_view wire) {
  std::string text = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  text += wire;
  beast::request_parser<beast::string_body> parser;
  parser.eager(true);
  parser.header_limit(limits::request_head_bytes + static_cast<std::uint32_t>(text.size()));
  parser.body_limit(limits::request_body_bytes);
  boost::system::error_code error;
  std::string_view rest = text;
  while (!rest.empty() && !parser.is_done() && !error) {
    const std::size_t used = parser.put(boost::asio::buffer(rest.data(), rest.size()), error);
    rest.remove_prefix(used);
    if (used == 0 && !error) break;
  }
  if (error || !parser.is_done() || !rest.empty()) return std::nullopt;
  return parser.get().body();
}

}  // namespace bursar::http::testing
