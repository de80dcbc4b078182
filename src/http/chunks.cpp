#include "http/chunks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/limits.hpp"
#include "base/text.hpp"
#include "http/grammar.hpp"
#include "http/problem_codes.hpp"

namespace bursar::http {
namespace {

constexpr std::size_t size_digits = 8;  // far above any body that is taken; more are an attempt at overflow

// Fields that decide about framing, routing, authorization or content; RFC 9110 §6.5.1 bars them from
// trailers.
constexpr std::array<std::string_view, 20> head_only = {"Authorization",
                                                        "Cache-Control",
                                                        "Connection",
                                                        "Content-Encoding",
                                                        "Content-Length",
                                                        "Content-Range",
                                                        "Content-Type",
                                                        "Cookie",
                                                        "Expect",
                                                        "Host",
                                                        "Idempotency-Key",
                                                        "Max-Forwards",
                                                        "Proxy-Authorization",
                                                        "Range",
                                                        "TE",
                                                        "Trailer",
                                                        "Traceparent",
                                                        "Transfer-Encoding",
                                                        "Upgrade",
                                                        "X-Request-Id"};

std::size_t token_length(std::string_view text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_token_character);
  return static_cast<std::size_t>(end - text.begin());
}

// The length of the quoted string at the start, with its quotes; 0 when there is none (RFC 9110 §5.6.4).
std::size_t quoted_length(std::string_view text) {
  if (!text.starts_with('"') || find_control(text) != std::string_view::npos) return 0;
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (text[at] == '"') return at + 1;
    if (text[at] == '\\') ++at;
  }
  return 0;
}

// *( ";" name [ "=" value ] ) without the blanks that only obsolete senders wrote.
bool are_extensions(std::string_view text) {
  while (!text.empty()) {
    if (text.front() != ';') return false;
    text.remove_prefix(1);
    const std::size_t name = token_length(text);
    if (name == 0) return false;
    text.remove_prefix(name);
    if (!text.starts_with('=')) continue;
    text.remove_prefix(1);
    const std::size_t value = text.starts_with('"') ? quoted_length(text) : token_length(text);
    if (value == 0) return false;
    text.remove_prefix(value);
  }
  return true;
}

}  // namespace

ChunkReader::Step ChunkReader::read(std::string_view bytes) {
  Step step;
  while (step.consumed < bytes.size() && stage_ != Stage::done && stage_ != Stage::refused) {
    if (stage_ != Stage::data) {
      take_framing(bytes[step.consumed++]);
      continue;
    }
    step.data = bytes.substr(step.consumed, left_of_chunk_);
    step.consumed += step.data.size();
    left_of_chunk_ -= step.data.size();
    if (left_of_chunk_ == 0) stage_ = Stage::data_end;
    break;
  }
  if (stage_ == Stage::done) step.reading = Reading::done;
  if (stage_ == Stage::refused) step.reading = Reading::refused;
  return step;
}

void ChunkReader::take_framing(char c) {
  if (++overhead_bytes_ > limits::chunk_overhead_bytes)
    return refuse(fmt::format("the framing of the chunks is longer than {} bytes; send larger chunks",
                              limits::chunk_overhead_bytes));
  if (stage_ == Stage::data_end) {
    if (c != (line_.empty() ? '\r' : '\n'))
      return refuse("the data of a chunk does not end with CR LF at its size");
    line_ += c;
    if (c == '\n') {
      line_.clear();
      stage_ = Stage::size;
    }
    return;
  }
  if (c == '\n') return take_line();
  line_ += c;
  if (stage_ == Stage::size && line_.size() > limits::chunk_line_bytes)
    return refuse(fmt::format("the size line of a chunk is longer than {} bytes", limits::chunk_line_bytes));
  if (stage_ == Stage::trailers && ++trailer_bytes_ > limits::request_head_bytes)
    return refuse(431, codes::header_fields_too_large,
                  fmt::format("the trailers are longer than {} bytes", limits::request_head_bytes));
}

void ChunkReader::take_line() {
  if (line_.empty() || line_.back() != '\r') return refuse("a line of the chunked body ends with LF alone");
  const std::string_view line = std::string_view(line_).substr(0, line_.size() - 1);
  if (stage_ == Stage::size)
    take_size_line(line);
  else if (line.empty())
    stage_ = Stage::done;
  else
    take_trailer(line);
  line_.clear();
}

void ChunkReader::take_size_line(std::string_view line) {
  std::size_t size = 0;
  std::size_t digits = 0;
  for (; digits < line.size() && hex_digit(line[digits]) >= 0; ++digits) {
    if (digits == size_digits) return refuse("the size of a chunk has too many digits");
    size = size * 16 + static_cast<std::size_t>(hex_digit(line[digits]));
  }
  if (digits == 0 || !are_extensions(line.substr(digits)))
    return refuse(
        fmt::format("the size line '{}' of a chunk is not a hexadecimal number", safe_text(line, 60)));
  body_bytes_ += size;
  if (body_bytes_ > limits::request_body_bytes)
    return refuse(413, codes::payload_too_large,
                  fmt::format("the chunks make {} bytes and a body may have {} bytes", body_bytes_,
                              limits::request_body_bytes));
  left_of_chunk_ = size;
  stage_ = size == 0 ? Stage::trailers : Stage::data;
}

void ChunkReader::take_trailer(std::string_view line) {
  if (++trailers_ > limits::request_header_fields)
    return refuse(431, codes::header_fields_too_large,
                  fmt::format("there are more than {} trailer fields", limits::request_header_fields));
  auto field = parse_field_line(line);
  if (!field) return refuse("in the trailers: " + std::move(field.error()));
  for (const std::string_view name : head_only)
    if (equal_name(field->name, name))
      return refuse(fmt::format("the field {} belongs into the head, never into the trailers", name));
}

void ChunkReader::refuse(std::string detail) { refuse(400, codes::bad_request, std::move(detail)); }

void ChunkReader::refuse(int status, std::string_view code, std::string detail) {
  stage_ = Stage::refused;
  refusal_ = Refusal{.status = status, .code = code, .detail = std::move(detail)};
}

}  // namespace bursar::http
