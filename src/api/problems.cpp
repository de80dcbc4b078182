#include "api/problems.hpp"

#include <fmt/format.h>

#include "api/body.hpp"
#include "api/problem_bodies.hpp"
#include "base/limits.hpp"
#include "domain/card_number.hpp"
#include "http/problem_codes.hpp"

namespace bursar::api {
namespace {

std::string_view methods_advice() {
  static const std::string text = fmt::format("Use one of {}.", http::method_list());
  return text;
}

}  // namespace

namespace problems {

const ProblemKind bad_request{400, http::codes::bad_request, "The request is no valid HTTP",
                              "Framing or header fields break RFC 9112 or 9110. The connection is closed.",
                              false};
const ProblemKind request_timeout{408, http::codes::request_timeout, "The request took too long to arrive",
                                  "Send the head within 10 s and the body within 20 s.", true};
const ProblemKind payload_too_large{413, http::codes::payload_too_large, "The body is too large",
                                    "A body may have 64 kB. Shorten description and metadata.", false};
const ProblemKind uri_too_long{414, http::codes::uri_too_long, "The request line is too long",
                               "A request line may have 8 kB. Use fewer filters.", false};
const ProblemKind expectation_failed{417, http::codes::expectation_failed,
                                     "The Expect field asks for something unknown",
                                     "Only 100-continue is known.", false};
const ProblemKind header_fields_too_large{431, http::codes::header_fields_too_large,
                                          "The header is too large",
                                          "A header may have 100 fields and 32 kB.", false};
const ProblemKind internal_error{
    500, http::codes::internal, "Something is wrong with Bursar",
    "A defect; the log holds more under this request id. Whether a payment was accepted "
    "is found out by the same request with the same Idempotency-Key.",
    true};
const ProblemKind not_implemented{501, http::codes::not_implemented, "The method is unknown",
                                  methods_advice(), false};
const ProblemKind version_not_supported{505, http::codes::version_not_supported,
                                        "The HTTP version is not spoken here", "Use HTTP/1.1 or HTTP/1.0.",
                                        false};
const ProblemKind unavailable{
    503, http::codes::unavailable, "Bursar cannot do this right now",
    "The database is away or the intake is full. Repeat the same request with the same "
    "Idempotency-Key after Retry-After seconds: it never pays twice.",
    true};
const ProblemKind malformed_json{
    400, "malformed_json", "The body is no JSON",
    "The body must be one JSON value in UTF-8 without duplicate members, NUL characters "
    "or more than 32 levels. The detail names the byte.",
    false};
const ProblemKind idempotency_key_missing{
    400, "idempotency_key_missing", "There is no Idempotency-Key",
    "Send a value that is unique to this payment, for example a UUID, and send "
    "the same one when you repeat the request.",
    false};
const ProblemKind idempotency_key_malformed{
    400, "idempotency_key_malformed", "The Idempotency-Key is malformed",
    "One header field of 1 to 255 visible ASCII characters, bare or in "
    "quotes, that is no card number.",
    false};
const ProblemKind unauthenticated{
    401, "unauthenticated", "No valid access token",
    "Send `Authorization: Bearer <token>` with an unexpired token of a known key.", false};
const ProblemKind forbidden{
    403, "forbidden", "The caller may not do this",
    "The token is valid but its roles do not allow this. A customer pays only for itself.", false};
const ProblemKind no_such_route{404, "no_such_route", "No such path", "See /openapi.json for every path.",
                                false};
const ProblemKind not_found{404, "not_found", "Not there, or not yours",
                            "What belongs to somebody else and what does not exist get the same answer.",
                            false};
const ProblemKind method_not_allowed{405, "method_not_allowed", "The path has no such method",
                                     "The Allow field lists the methods of this path.", false};
const ProblemKind not_acceptable{406, "not_acceptable", "Only a compressed form is there",
                                 "The files of /docs are stored with gzip; allow it in Accept-Encoding.",
                                 false};
const ProblemKind unsupported_media_type{
    415, "unsupported_media_type", "The body is of another type",
    "Send `Content-Type: application/json`, UTF-8, without Content-Encoding.", false};
const ProblemKind misdirected_request{
    421, "misdirected_request", "This listener has another name",
    "The operations listener answers to addresses, to localhost and to the names in "
    "BURSAR_OPS_HOSTS, so that no foreign page can speak to it through a browser.",
    false};
const ProblemKind invalid_request{
    422, "invalid_request", "Parts of the request are invalid",
    "`errors` lists every fault with its place, a code and a sentence. It is about "
    "this request alone: what an earlier one with the same Idempotency-Key stored stays.",
    false};
const ProblemKind idempotency_key_reused{
    422, "idempotency_key_reused", "This Idempotency-Key was used for another payment",
    "The key names a payment with another body. Use a new key for a new payment; "
    "repeat a request with exactly the members of the first.",
    false};
const ProblemKind conflict{409, "conflict", "What is there does not allow it",
                           "The detail says what stands in the way and what to do first.", false};
const ProblemKind invalid_token_request{
    400,
    "invalid_token_request",
    "The request for a token cannot be read",
    "Send grant_type, client_id and client_secret once each, as a form, as JSON or as Basic authorization.",
    false,
    "invalid_request"};
const ProblemKind unsupported_grant_type{
    400,   "unsupported_grant_type", "There is no such grant", "The only grant_type is client_credentials.",
    false, "unsupported_grant_type"};
const ProblemKind invalid_client{
    401,
    "invalid_client",
    "The client is not known by this",
    "client_id or client_secret is wrong, expired or revoked: the answer is the same for all of them.",
    false,
    "invalid_client"};
const ProblemKind rate_limited{
    429, "rate_limited", "Too many requests",
    "Your budget for requests of this kind is used up. Nothing was done. Wait `retry_after` seconds, as "
    "Retry-After says too, and repeat the request with the same Idempotency-Key.",
    true};
const ProblemKind not_ready{503, "not_ready", "This process takes no work",
                            "The detail says what it waits for.", true};

}  // namespace problems

std::span<const ProblemKind* const> all_problems() {
  using namespace problems;
  static constexpr const ProblemKind* table[] = {&bad_request,
                                                 &malformed_json,
                                                 &idempotency_key_missing,
                                                 &idempotency_key_malformed,
                                                 &invalid_token_request,
                                                 &unsupported_grant_type,
                                                 &invalid_client,
                                                 &unauthenticated,
                                                 &forbidden,
                                                 &no_such_route,
                                                 &not_found,
                                                 &method_not_allowed,
                                                 &not_acceptable,
                                                 &conflict,
                                                 &request_timeout,
                                                 &payload_too_large,
                                                 &uri_too_long,
                                                 &unsupported_media_type,
                                                 &expectation_failed,
                                                 &misdirected_request,
                                                 &invalid_request,
                                                 &idempotency_key_reused,
                                                 &rate_limited,
                                                 &header_fields_too_large,
                                                 &internal_error,
                                                 &not_implemented,
                                                 &unavailable,
                                                 &not_ready,
                                                 &version_not_supported};
  return table;
}

namespace faults {
const FaultKind missing{"missing", "The field is required."};
const FaultKind unknown_field{"unknown_field", "The request has no such field or parameter."};
const FaultKind wrong_type{"wrong_type",
                           "The value has another JSON type, or is a number that is no plain integer."};
const FaultKind malformed{"malformed", "The text has not the form that is asked for."};
const FaultKind too_small{"too_small", "The number is below the least allowed."};
const FaultKind too_large{"too_large", "The number is above the largest allowed."};
const FaultKind too_short{"too_short", "The text is empty or has too few characters."};
const FaultKind too_long{"too_long", "The text has too many characters."};
const FaultKind too_many{"too_many", "The object has too many members."};
const FaultKind not_supported{"not_supported", "The value is well-formed but not taken here."};
const FaultKind card_number{"card_number",
                            "The text contains a card number. Bursar never stores one; use a token."};
const FaultKind repeated{"repeated", "The parameter is there more than once."};
const FaultKind unsupported_filter{"unsupported_filter", "No index serves this combination of filters."};
const FaultKind invalid_cursor{"invalid_cursor",
                               "The cursor was not made by this listing with these filters."};
}  // namespace faults

std::span<const FaultKind* const> all_faults() {
  using namespace faults;
  static constexpr const FaultKind* table[] = {
      &missing,     &unknown_field, &wrong_type,         &malformed,     &too_small,
      &too_large,   &too_short,     &too_long,           &too_many,      &not_supported,
      &card_number, &repeated,      &unsupported_filter, &invalid_cursor};
  return table;
}

void Faults::add(Part part, std::string at, const FaultKind& kind, std::string message) {
  if (list_.size() == limits::faults_listed) {
    ++unlisted_;
    return;
  }
  list_.push_back({part, std::move(at), &kind, std::move(message)});
}

namespace {

ProblemBody body_of(const http::Request& request, const ProblemKind& kind, std::string_view detail) {
  ProblemBody body;
  body.type = fmt::format("urn:bursar:problem:{}", kind.code);
  body.title = kind.title;
  body.status = kind.status;
  // Whatever part of a request it quotes.
  if (contains_card_number(detail))
    detail = "What is wrong is not repeated, because it has a card number in it.";
  body.detail = detail;
  body.code = kind.code;
  body.request_id = request.request_id;
  body.retryable = kind.retryable;
  if (!kind.oauth_error.empty()) {
    body.error = kind.oauth_error;
    body.error_description = detail;
  }
  return body;
}

FaultBody body_of(const Fault& fault) {
  FaultBody body;
  if (fault.part == Part::body) body.pointer = fault.at;
  if (fault.part == Part::query) body.parameter = fault.at;
  if (fault.part == Part::header) body.header = fault.at;
  body.code = fault.kind->code;
  body.message = fault.message;
  return body;
}

http::Response to_response(const ProblemBody& body) {
  http::Response response;
  response.status = static_cast<int>(body.status);
  response.content_type = "application/problem+json";
  append_json(response.body, body);
  return response;
}

}  // namespace

http::Response refuse(const http::Request& request, const ProblemKind& kind, std::string_view detail,
                      std::chrono::seconds retry_after) {
  auto body = body_of(request, kind, detail);
  if (kind.retryable) body.retry_after = retry_after.count();
  auto response = to_response(body);
  if (&kind == &problems::unauthenticated) response.with("WWW-Authenticate", "Bearer realm=\"bursar\"");
  if (&kind == &problems::invalid_client) response.with("WWW-Authenticate", "Basic realm=\"bursar\"");
  if (kind.retryable) response.with("Retry-After", std::to_string(retry_after.count()));
  return response;
}

http::Response refuse(const http::Request& request, const Faults& faults) {
  const std::size_t all = faults.list().size() + faults.unlisted();
  std::string detail =
      fmt::format("{}; this request stored nothing.", all == 1 ? "1 fault" : fmt::format("{} faults", all));
  if (faults.unlisted() > 0) detail += fmt::format(" The first {} are listed.", faults.list().size());
  auto body = body_of(request, problems::invalid_request, detail);
  auto& errors = body.errors.emplace();
  for (const Fault& fault : faults.list()) errors.push_back(body_of(fault));
  return to_response(body);
}

}  // namespace bursar::api
