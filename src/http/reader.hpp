// The strict reader of request heads (RFC 9112), part of the trust boundary: what has more than one reading
// is refused with 400, never guessed. Pure and incremental: bytes that come one by one give the same result
// as all at once. connection.hpp feeds it; chunks.hpp decodes chunked bodies.
#pragma once
#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "http/message.hpp"

namespace bursar::http {

/// Why a request is not taken. Every refusal ends the connection: what follows cannot be trusted to be a
/// request.
struct Refusal {
  int status = 400;
  std::string_view code;  // problem_codes.hpp
  std::string detail;     // a sentence
};

enum class Reading { more, done, refused };

/// What the connection must know of a head beside the request itself.
struct Head {
  bool http_1_0 = false;
  /// Of the client's wishes: HTTP/1.1 unless `close`, HTTP/1.0 only with `keep-alive` (RFC 9112 §9.3).
  bool keep_alive = true;
  bool chunked = false;
  /// At most limits::request_body_bytes.
  std::size_t content_length = 0;
  /// The client waits for 100 before it sends the body (RFC 9110 §10.1.1).
  bool expects_continue = false;
  /// `OPTIONS *`: about the server, not about a resource.
  bool asks_server = false;
  /// X-Request-Id as sent; empty when it is missing or there more than once.
  std::string_view request_id;
  /// From the first byte, with the empty line at the end.
  std::size_t bytes = 0;
};

/// A line without its CR LF as a field (RFC 9112 §5); the error is a sentence. Views into the line.
std::expected<Header, std::string> parse_field_line(std::string_view line);

class HeadReader {
 public:
  /// `bytes` is everything since the start of the request, each time at the same address; after a move call
  /// restart() and read again. One empty line in front of the request is skipped (RFC 9112 §2.2).
  Reading read(std::string_view bytes);

  /// Forgets what was read.
  void restart();

  /// Views into the bytes; valid after `done`. After `refused` they hold what had been read, and may be used
  /// to answer.
  const Request& request() const { return request_; }
  Request& request() { return request_; }
  const Head& head() const { return head_; }
  const Refusal& refusal() const { return refusal_; }

 private:
  enum class Stage { request_line, fields, done, refused };
  /// What was seen of the fields that decide about framing and routing.
  struct Seen {
    int hosts = 0, lengths = 0, codings = 0, expectations = 0, request_ids = 0;
    std::string_view host, expectation;
    bool close = false, keep_alive = false;
    // Of the list of transfer codings over all its lines.
    int chunked_codings = 0;
    bool malformed_coding = false, other_coding = false, chunked_last = false;
    std::uint64_t length = 0;
  };

  bool within_limits(std::size_t start, std::size_t end, bool whole_line);
  void take_line(std::string_view line);
  void take_request_line(std::string_view line);
  bool take_version(std::string_view version);
  bool take_target(std::string_view target);
  std::string_view origin_form(std::string_view absolute);
  void take_field(std::string_view line);
  // reader_fields.cpp: what the fields mean, alone and together.
  void note_field(std::string_view name, std::string_view value);
  void note_length(std::string_view value);
  void note_codings(std::string_view value);
  void note_connection(std::string_view value);
  void finish();
  bool host_is_clear();
  bool framing_is_clear();
  bool expectation_is_known();
  void refuse(std::string detail);
  void refuse(int status, std::string_view code, std::string detail);

  Stage stage_ = Stage::request_line;
  std::size_t line_start_ = 0;
  std::size_t searched_ = 0;  // no line feed between line_start_ and here
  bool skipped_line_ = false;
  std::string_view authority_;  // of an absolute-form target
  Request request_;
  Head head_;
  Seen seen_;
  Refusal refusal_;
};

}  // namespace bursar::http
