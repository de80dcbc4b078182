// Every refusal the API knows, in one table that the answers, the specification and the documentation read.
// An answer is application/problem+json (RFC 9457) with the stable `code`, the request's id and whether the
// same request may succeed later. Codes are never renamed or reused.
#pragma once
#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.hpp"

namespace bursar::api {

struct ProblemKind {
  int status;
  std::string_view code;
  std::string_view title;
  /// What happened and what to do, for the documentation.
  std::string_view meaning;
  bool retryable = false;
  /// `error` of RFC 6749 §5.2, for clients that speak OAuth.
  std::string_view oauth_error = {};
};

namespace problems {
// By the HTTP server, before a route is known.
extern const ProblemKind bad_request, request_timeout, payload_too_large, uri_too_long, expectation_failed,
    header_fields_too_large, internal_error, not_implemented, version_not_supported, unavailable;
// By the routes.
extern const ProblemKind malformed_json, idempotency_key_missing, idempotency_key_malformed, unauthenticated,
    forbidden, no_such_route, not_found, method_not_allowed, not_acceptable, unsupported_media_type,
    misdirected_request, invalid_request, idempotency_key_reused, rate_limited, not_ready, conflict,
    invalid_token_request, unsupported_grant_type, invalid_client;
}  // namespace problems

std::span<const ProblemKind* const> all_problems();

/// What is wrong with one part of a request.
struct FaultKind {
  std::string_view code;
  std::string_view meaning;
};

namespace faults {
extern const FaultKind missing, unknown_field, wrong_type, malformed, too_small, too_large, too_short,
    too_long, too_many, not_supported, card_number, repeated, unsupported_filter, invalid_cursor;
}

std::span<const FaultKind* const> all_faults();

/// Where a fault is: a JSON pointer (RFC 6901) into the body, or the name of a query parameter or header
/// field.
enum class Part { body, query, header };

struct Fault {
  Part part = Part::body;
  std::string at;
  const FaultKind* kind = nullptr;
  /// For people; never repeats a value that may be a card number.
  std::string message;
};

/// Collects all faults of a request; what is over limits::faults_listed is only counted.
class Faults {
 public:
  void add(Part part, std::string at, const FaultKind& kind, std::string message);
  bool empty() const { return list_.empty(); }
  const std::vector<Fault>& list() const { return list_; }
  std::size_t unlisted() const { return unlisted_; }

 private:
  std::vector<Fault> list_;
  std::size_t unlisted_ = 0;
};

/// A kind that is retryable says when: in Retry-After and in `retry_after`, which agree.
http::Response refuse(const http::Request& request, const ProblemKind& kind, std::string_view detail,
                      std::chrono::seconds retry_after = std::chrono::seconds(1));
/// 422 with every fault.
http::Response refuse(const http::Request& request, const Faults& faults);

}  // namespace bursar::api
