#include "notify/sms_http.hpp"

#include <boost/json/object.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "http/retry_after.hpp"
#include "notify/addresses.hpp"

namespace bursar::notify {
namespace {

struct SmsUrl {
  std::string base, path;
};

SmsUrl parse_sms_url(const std::string& text) {
  const auto parsed = boost::urls::parse_uri(text);
  if (!parsed || parsed->has_fragment() || parsed->has_userinfo())
    throw UsageError(fmt::format(
        "messages cannot be posted to '{}': write https://host/path without credentials or fragment", text));
  SmsUrl url;
  url.base = std::string(parsed->scheme()) + "://" + std::string(parsed->encoded_authority());
  url.path = parsed->encoded_path();
  if (url.path.empty()) url.path = "/";
  if (parsed->has_query()) url.path += "?" + std::string(parsed->encoded_query());
  return url;
}

http::ClientOptions client_options(const SmsOptions& options) {
  http::ClientOptions client;
  client.base_url = parse_sms_url(options.url).base;
  client.connections = options.connections;
  client.trusted_certificates_file = options.trusted_certificates_file;
  return client;
}

std::optional<std::string> text_member(const json::object& object, std::string_view name) {
  const json::value* member = object.if_contains(name);
  if (member == nullptr || !member->is_string() || member->get_string().empty()) return std::nullopt;
  return std::string(member->get_string());
}

Receipt receipt_with(Verdict verdict, std::string_view answer) {
  Receipt receipt;
  receipt.verdict = verdict;
  receipt.answer = safe_text(answer, limits::peer_text_characters);
  return receipt;
}

// The provider's error object, in whatever answer it came.
std::optional<std::string> error_code(const json::object& body, std::string& message) {
  const json::value* error = body.if_contains("error");
  if (error == nullptr || error->is_null()) return std::nullopt;
  if (error->is_string()) return std::string(error->get_string());
  if (!error->is_object()) return "unknown";
  message = text_member(error->get_object(), "message").value_or("");
  return text_member(error->get_object(), "code").value_or("unknown");
}

Receipt receipt_of_success(const http::ClientResponse& response, std::string_view reference) {
  const auto parsed = json::parse(response.body);
  const std::string status = std::to_string(response.status);
  if (!parsed || !parsed->is_object())
    return receipt_with(Verdict::ambiguous, status + " without a JSON object: " + response.body);
  const json::object& body = parsed->get_object();
  std::string message;
  if (const auto code = error_code(body, message)) {
    const std::string answer = fmt::format("{} with error {}: {}", status, *code, message);
    Receipt refused = receipt_with(verdict_of_error_code(*code), answer);
    if (refused.verdict == Verdict::retry) refused.retry_after = http::retry_after_of(response);
    return refused;
  }
  const auto id = text_member(body, "id");
  if (!id) return receipt_with(Verdict::ambiguous, status + " without an id: " + response.body);
  const auto named = text_member(body, "reference");
  if (named && *named != reference) {
    log::error("sms_answer_of_another", {{"reference", reference}, {"answered", safe_text(*named, 100)}});
    return receipt_with(Verdict::ambiguous, status + " that names another message: " + *named);
  }
  Receipt receipt = receipt_with(Verdict::sent, status + " " + *id);
  receipt.provider_reference = safe_text(*id, 255);
  return receipt;
}

Verdict verdict_of_status(int status) {
  switch (status) {
    // Our credentials, balance or address, or this moment: nothing was sent, and nothing is wrong with the
    // number.
    case 401:
    case 402:
    case 403:
    case 404:
    case 405:
    case 408:
    case 409:
    case 425:
    case 429:
      return Verdict::retry;
    // Said by something in between: the provider behind it may have taken the message.
    case 502:
    case 504:
      return Verdict::ambiguous;
    default:
      return status / 100 == 4 ? Verdict::dead : Verdict::retry;
  }
}

}  // namespace

Verdict verdict_of_error_code(std::string_view code) {
  constexpr std::array<std::string_view, 8> never = {
      "invalid_number", "number_unreachable", "landline",      "opted_out",
      "blocked",        "text_refused",       "text_too_long", "country_not_served"};
  return std::find(never.begin(), never.end(), code) != never.end() ? Verdict::dead : Verdict::retry;
}

Receipt receipt_of(const http::ClientResponse& response, std::string_view reference) {
  if (response.status / 100 == 2) return receipt_of_success(response, reference);
  Receipt receipt = receipt_with(verdict_of_status(response.status),
                                 fmt::format("{} {}", response.status, safe_text(response.body, 500)));
  const int status = response.status;
  receipt.unavailable = status / 100 == 5 || (receipt.verdict == Verdict::retry && status != 409);
  if (receipt.verdict == Verdict::retry) receipt.retry_after = http::retry_after_of(response);
  if (status == 401 || status == 403)
    log::error("sms_credentials_refused",
               {{"status", status}, {"next_step", "check the SMS provider's token"}});
  return receipt;
}

SmsHttpChannel::SmsHttpChannel(const Executor& executor, SmsOptions options)
    : options_(std::move(options)),
      path_(parse_sms_url(options_.url).path),
      client_(executor, client_options(options_)) {
  auto visible = [](char c) { return c > 0x20 && c < 0x7F; };
  if (!std::all_of(options_.token.begin(), options_.token.end(), visible))
    throw UsageError("the SMS provider's token has blanks or control characters; check where it comes from");
}

Task<Receipt> SmsHttpChannel::send(Message message) {
  if (!is_e164(message.to))
    co_return receipt_with(Verdict::dead, "the number is not E.164 ('+' and 7 to 15 digits)");
  if (code_points(message.text) > limits::sms_text_characters)
    co_return receipt_with(Verdict::dead, "the text is longer than ten parts of an SMS");
  const std::string reference = message.event.text();
  http::ClientRequest request;
  request.path = path_;
  request.content_type = "application/json";
  request.headers.emplace_back("Idempotency-Key", message.message_id);
  if (message.request_id) request.headers.emplace_back("X-Request-Id", *message.request_id);
  if (!options_.token.empty()) request.headers.emplace_back("Authorization", "Bearer " + options_.token);
  request.body = "{\"to\":";
  append_json_string(request.body, message.to);
  request.body += ",\"text\":";
  append_json_string(request.body, message.text);
  request.body += ",\"reference\":";
  append_json_string(request.body, reference);
  request.body += '}';
  Receipt receipt;
  try {
    const http::ClientResponse response = co_await client_.call(std::move(request), options_.deadline);
    receipt = receipt_of(response, reference);
  } catch (const http::CallFailed& failure) {
    receipt = receipt_with(failure.sent() ? Verdict::ambiguous : Verdict::retry, failure.what());
    receipt.unavailable = true;
  }
  co_return receipt;
}

}  // namespace bursar::notify
