// The shape of a refusal on the wire (RFC 9457 and our members).
#pragma once
#include "api/body.hpp"

namespace bursar::api {

struct FaultBody {
  std::optional<std::string> pointer, parameter, header;
  std::string_view code;
  std::string message;
};
BOOST_DESCRIBE_STRUCT(FaultBody, (), (pointer, parameter, header, code, message))

template <>
struct Described<FaultBody> {
  static constexpr std::string_view name = "Fault";
  static constexpr std::string_view description =
      "One fault of a request. Exactly one of pointer, parameter and header is there.";
  static constexpr Member members[] = {
      {"pointer", {.description = "JSON pointer (RFC 6901) into the body.", .example = R"("/amount")"}},
      {"parameter", {.description = "The name of a query parameter.", .example = R"("limit")"}},
      {"header", {.description = "The name of a header field.", .example = R"("Idempotency-Key")"}},
      {"code", {.description = "A stable code.", .example = R"("too_small")"}},
      {"message", {.description = "A sentence for people.", .example = R"("must be at least 1")"}},
  };
};

struct ProblemBody {
  std::string type;
  std::string_view title;
  std::int64_t status = 0;
  std::optional<std::string_view> detail;
  std::string_view code, request_id;
  bool retryable = false;
  std::optional<std::int64_t> retry_after;
  std::optional<std::vector<FaultBody>> errors;
  std::optional<std::string_view> error, error_description;
};
BOOST_DESCRIBE_STRUCT(ProblemBody, (),
                      (type, title, status, detail, code, request_id, retryable, retry_after, errors, error,
                       error_description))

template <>
struct Described<ProblemBody> {
  static constexpr std::string_view name = "Problem";
  static constexpr std::string_view description =
      "A refusal (RFC 9457). Decide by `code` and `retryable`, never by a text.";
  static constexpr Member members[] = {
      {"type",
       {.description = "A name for this kind of problem.",
        .example = R"("urn:bursar:problem:invalid_request")"}},
      {"title",
       {.description = "The kind of problem in a few words.",
        .example = R"("Parts of the request are invalid")"}},
      {"status", {.description = "The HTTP status.", .example = "422", .minimum = 400, .maximum = 599}},
      {"detail",
       {.description = "What happened this time.", .example = R"("1 fault; this request stored nothing.")"}},
      {"code",
       {.description = "A stable code; the list is in the description of this API.",
        .example = R"("invalid_request")"}},
      {"request_id",
       {.description = "Names this request in every log line.",
        .example = R"("0199a3c2-7f10-7abc-8def-0123456789ab")"}},
      {"retryable", {.description = "True when the same request may succeed later.", .example = "false"}},
      {"retry_after",
       {.description = "Seconds to wait before it, as Retry-After says.", .example = "2", .minimum = 1}},
      {"errors", {.description = "Every fault, when the request is invalid."}},
      {"error", {.description = "Of /auth/token only: RFC 6749 §5.2.", .example = R"("invalid_client")"}},
      {"error_description",
       {.description = "The detail once more, under OAuth's name.",
        .example = R"("client_id or client_secret is not right.")"}},
  };
};

}  // namespace bursar::api
