#include "devtools/sms_sink.hpp"

#include "base/digest.hpp"
#include "base/json.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"

namespace bursar::devtools {
namespace {

using Kind = SmsFault::Kind;

constexpr std::array<std::pair<std::string_view, SmsSinkMode>, 3> modes = {{
    {"normal", SmsSinkMode::normal},
    {"unavailable", SmsSinkMode::unavailable},
    {"hang", SmsSinkMode::hang},
}};

constexpr std::array<SmsFault, 12> faults = {{
    {"+12025550129", Kind::status, 429, "too_many_requests", "1", 2},
    {"+12025550130", Kind::status, 429, "too_many_requests", "100000000000000000000", 2},
    {"+12025550140", Kind::status, 400, "invalid_number"},
    {"+12025550141", Kind::status, 401, "bad_token"},
    {"+12025550150", Kind::status, 500, "internal_error", "", 2},
    {"+12025550153", Kind::status, 503, "unavailable", "1", 2},
    {"+12025550160", Kind::error_in_200, 200, "throttled", "", 2},
    {"+12025550161", Kind::error_in_200, 200, "invalid_number"},
    {"+12025550162", Kind::no_id},
    {"+12025550170", Kind::hang_after},
    {"+12025550171", Kind::hang_before},
    {"+12025550172", Kind::slow},
}};
constexpr milliseconds slow_answer{3'000};

http::Response json_response(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.content_type = "application/json";
  response.body = std::move(body);
  return response;
}

http::Response error_response(int status, std::string_view code, std::string_view message) {
  std::string body = "{\"error\":{\"code\":";
  append_json_string(body, code);
  body += ",\"message\":";
  append_json_string(body, message);
  return json_response(status, body + "}}");
}

std::string text_member(const json::object& body, std::string_view name) {
  const json::value* member = body.if_contains(name);
  return member != nullptr && member->is_string() ? std::string(member->get_string()) : std::string();
}

// The same key always names the same message, also after a restart.
std::string id_of(std::string_view key) {
  const Sha256 digest = sha256(key);
  return "sms_" + to_hex(std::span(digest).first(12));
}

void append_member(std::string& members, std::string_view name, std::string_view value) {
  members += fmt::format(",\"{}\":", name);
  append_json_string(members, value);
}

}  // namespace

std::optional<SmsSinkMode> sms_sink_mode(std::string_view name) {
  for (const auto& [known, mode] : modes) {
    if (known == name) return mode;
  }
  return std::nullopt;
}

std::string_view to_text(SmsSinkMode mode) {
  for (const auto& [name, known] : modes) {
    if (known == mode) return name;
  }
  return "normal";
}

const SmsFault* sms_fault_of(std::string_view number) {
  const auto same = [number](const SmsFault& fault) { return fault.number == number; };
  const auto found = std::find_if(faults.begin(), faults.end(), same);
  return found == faults.end() ? nullptr : &*found;
}

Task<http::Response> SmsSink::take(const http::Request& request) {
  if (mode_ == SmsSinkMode::hang) co_await pause(hold_);
  if (mode_ != SmsSinkMode::normal) co_return error_response(503, "unavailable", "the sink is switched off");
  const auto parsed = json::parse(request.body);
  const json::object* body = parsed ? parsed->if_object() : nullptr;
  if (body == nullptr) co_return error_response(400, "bad_request", "the body must be a JSON object");
  Order order;
  order.key = std::string(request.header("Idempotency-Key").value_or(""));
  order.to = text_member(*body, "to");
  order.text = text_member(*body, "text");
  order.reference = text_member(*body, "reference");
  if (order.key.empty()) co_return error_response(400, "bad_request", "Idempotency-Key is missing");
  if (order.to.empty() || order.text.empty())
    co_return error_response(400, "bad_request", "to and text must be given");
  const SmsFault* fault = fault_for(order);
  if (fault != nullptr) co_return co_await misbehave(*fault, order);
  co_return co_await keep(order);
}

const SmsFault* SmsSink::fault_for(const Order& order) {
  const SmsFault* fault = sms_fault_of(order.to);
  if (fault == nullptr || fault->times == 0) return fault;
  const auto [count, is_new] = misbehaved_.try_emplace(order.key, 0);
  const bool again = count->second < fault->times;
  count->second += again ? 1 : 0;
  if (is_new) order_.push_back(order.key);
  if (order_.size() > limits::sink_listed) {
    misbehaved_.erase(order_.front());
    order_.pop_front();
  }
  return again ? fault : nullptr;
}

Task<http::Response> SmsSink::misbehave(const SmsFault& fault, const Order& order) {
  if (fault.kind == Kind::slow) co_await pause(slow_answer);
  if (fault.kind == Kind::slow) co_return co_await keep(order);
  if (fault.kind == Kind::hang_after) co_await keep(order);
  if (fault.kind == Kind::hang_after || fault.kind == Kind::hang_before) co_await pause(hold_);
  if (fault.kind != Kind::hang_after) record(order, "refused", "");
  if (fault.kind == Kind::no_id) co_return json_response(200, "{\"status\":\"perhaps\"}");
  http::Response response = error_response(fault.status, fault.code, "the sink refuses this number");
  if (!fault.retry_after.empty()) response.with("Retry-After", std::string(fault.retry_after));
  co_return response;
}

Task<http::Response> SmsSink::keep(const Order& order) {
  const std::string id = id_of(order.key);
  record(order, "accepted", id);
  co_await book_.durable();
  std::string body = "{\"id\":\"" + id + "\",\"status\":\"queued\",\"reference\":";
  append_json_string(body, order.reference);
  co_return json_response(201, body + "}");
}

// A repeated key is on record as "replayed" and is no second SMS for the reader.
void SmsSink::record(const Order& order, std::string_view result, std::string_view id) {
  const bool accepted = result == "accepted";
  const int attempt = accepted ? book_.count_attempt(order.key, order.to) : 0;
  std::string members = fmt::format("\"channel\":\"sms\",\"result\":\"{}\",\"attempt\":{}",
                                    attempt > 1 ? "replayed" : result, attempt);
  append_member(members, "recipient", order.to);
  append_member(members, "message_id", order.key);
  append_member(members, "event", order.reference);
  append_member(members, "id", id);
  append_member(members, "body_sha256", to_hex(sha256(order.text)));
  append_member(members, "text", order.text);
  book_.append(members, attempt == 1);
}

}  // namespace bursar::devtools
