// A request as the strict reader hands it to a handler, and the answer. Nothing here knows sockets.
#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bursar::http {

/// Views into the connection's buffer; they live as long as the handler runs.
struct Header {
  std::string_view name;   // as sent; compare with equal_name()
  std::string_view value;  // without leading and trailing white space
};

/// ASCII, case-insensitive.
bool equal_name(std::string_view a, std::string_view b);

/// An IP address: IPv6, or IPv4 as ::ffff:0:0/96 (RFC 4291 §2.5.5.2). address.hpp reads and writes them.
struct Address {
  std::array<std::uint8_t, 16> bytes{};

  bool is_v4() const;
  friend bool operator==(const Address&, const Address&) = default;
};

struct Request {
  std::string_view method;
  /// The origin-form target as sent, for logs.
  std::string_view target;
  /// The part before '?', still percent-encoded; starts with '/'.
  std::string_view path;
  /// The part behind '?', still encoded.
  std::string_view query;
  std::vector<Header> headers;
  /// Already unchunked, at most limits::request_body_bytes. Trailers were checked and dropped.
  std::string_view body;
  /// The peer's address as text.
  std::string_view remote_address;
  /// Whose request it is: the peer, or whom a trusted proxy names (ServerOptions::proxies). For limits and
  /// the staff log.
  Address client;
  /// Made by the server or taken from a valid X-Request-Id (≤ 128 of [A-Za-z0-9._-]).
  std::string_view request_id;

  /// The first header field of that name.
  std::optional<std::string_view> header(std::string_view name) const;
  std::size_t count(std::string_view name) const;
};

struct Response {
  int status = 200;
  std::string content_type;  // empty: no body
  std::string body;
  /// Instead of `body`, text that outlives the server: slow readers of it hold no copies.
  std::string_view lasting_body = {};
  /// Names are literals, or outlive the answer.
  std::vector<std::pair<std::string_view, std::string>> headers;
  /// Sends `Connection: close` and closes behind the answer.
  bool close = false;
  /// Resets the connection instead of answering: for development peers that play a broken network.
  bool reset = false;

  std::string_view content() const { return lasting_body.empty() ? std::string_view(body) : lasting_body; }
  Response& with(std::string_view name, std::string value) {
    if (headers.empty()) headers.reserve(4);  // an accepted payment has three
    headers.emplace_back(name, std::move(value));
    return *this;
  }
};

/// "Bad Request" for 400.
std::string_view reason_phrase(int status);

/// RFC 9457. `code` is stable and documented, `detail` a sentence for the reader.
struct Problem {
  int status = 500;
  std::string code;
  std::string title;
  std::string detail;
  /// When the same request may succeed; nullopt: never.
  std::optional<std::chrono::seconds> retry_after = {};
};
/// application/problem+json with request_id and `retryable`. When is said in `retry_after` and in
/// Retry-After, which agree: whole seconds, at least 1.
Response problem_response(const Problem& problem, std::string_view request_id);

}  // namespace bursar::http
