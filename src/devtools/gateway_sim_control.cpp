#include "devtools/gateway_sim_control.hpp"

#include "base/json.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "devtools/gateway_sim_form.hpp"

namespace bursar::devtools {
namespace {

using http::Request;
using http::Response;

constexpr std::int64_t most_shown = 1000;

Response json_response(std::string body) {
  Response response;
  response.content_type = "application/json";
  response.body = std::move(body);
  return response;
}

Response refused(int status, std::string_view code, std::string_view detail, const Request& request) {
  const http::Problem problem = {
      .status = status, .code = std::string(code), .title = "Not done", .detail = std::string(detail)};
  return http::problem_response(problem, request.request_id);
}

// The whole body as an object, or nullopt.
std::optional<json::object> body_of(const Request& request) {
  const auto parsed = json::parse(request.body);
  if (!parsed || !parsed->is_object()) return std::nullopt;
  return parsed->get_object();
}

std::string text_at(const json::object& object, std::string_view key, std::string_view absent) {
  const auto* found = object.if_contains(key);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string(absent);
}

std::optional<std::int64_t> number_at(const json::object& object, std::string_view key, std::int64_t absent) {
  const auto* found = object.if_contains(key);
  if (found == nullptr) return absent;
  if (!found->is_int64()) return std::nullopt;
  return found->get_int64();
}

std::optional<FaultScript::On> parse_on(std::string_view text) {
  if (text == "create") return FaultScript::On::create;
  if (text == "look_up") return FaultScript::On::look_up;
  if (text == "any") return FaultScript::On::any;
  return std::nullopt;
}

}  // namespace

Response SimControl::answer(const Request& request, const GatewayState& state) {
  const bool get = request.method == "GET";
  if (request.path == "/" && get) {
    Response page;
    page.content_type = "text/markdown; charset=utf-8";
    page.body =
        "# Payment gateway simulator\n\nAmounts (in the gateway's units) that misbehave:\n\n" + fault_table();
    return page;
  }
  if (request.path == "/_sim/faults" && get) return show_faults();
  if (request.path == "/_sim/faults" && request.method == "POST") return order_fault(request);
  if (request.path == "/_sim/faults" && request.method == "DELETE") {
    faults_.clear();
    latency_ = milliseconds(0);
    return show_faults();
  }
  if (request.path == "/_sim/latency" && request.method == "POST") return set_latency(request);
  if (request.path == "/_sim/charges" && get) return show_charges(request, state);
  if (request.path == "/_sim/calls" && get) return show_calls(request, state);
  return refused(404, "not_found", "known are faults, latency, charges and calls", request);
}

Response SimControl::order_fault(const Request& request) {
  const auto body = body_of(request);
  if (!body)
    return refused(400, "malformed", R"(send {"fault":"timeout_after","count":1,"on":"create"})", request);
  const std::string name = text_at(*body, "fault", "");
  const Fault* fault = fault_named(name);
  if (fault == nullptr) {
    std::string names;
    for (const Fault& known : all_faults()) names.append(names.empty() ? "" : ", ").append(known.name);
    return refused(422, "unknown_fault", fmt::format("'{}' is no fault; known are {}", name, names), request);
  }
  const auto count = number_at(*body, "count", 1);
  if (!count || *count < 1)
    return refused(422, "bad_count", "count must be a whole number from 1 on", request);
  const auto on = parse_on(text_at(*body, "on", "create"));
  if (!on) return refused(422, "bad_on", "on must be create, look_up or any", request);
  if (faults_.size() >= limits::simulator_form_pairs)
    return refused(409, "too_many", "too many faults wait", request);
  faults_.add({fault, *on, static_cast<std::uint64_t>(*count)});
  return show_faults();
}

Response SimControl::set_latency(const Request& request) {
  const auto body = body_of(request);
  const auto ms = body ? number_at(*body, "ms", -1) : std::nullopt;
  constexpr auto most = std::chrono::duration_cast<milliseconds>(limits::simulator_pause_max);
  if (!ms || *ms < 0 || *ms > most.count())
    return refused(422, "bad_ms", R"(send {"ms":20}, at most an hour)", request);
  latency_ = milliseconds(*ms);
  return json_response(fmt::format(R"({{"ms":{}}})", *ms));
}

Response SimControl::show_faults() const {
  std::string json =
      fmt::format(R"({{"waiting":{},"latency_ms":{},"known":[)", faults_.size(), latency_.count());
  for (const Fault& fault : all_faults()) {
    if (json.back() == '}') json += ',';
    json += fmt::format(R"({{"name":"{}","amount":{},"effect":"{}","ends":"{}"}})", fault.name, fault.amount,
                        fault.effect, fault.ends);
  }
  return json_response(json + "]}");
}

Response SimControl::show_charges(const Request& request, const GatewayState& state) const {
  const auto query = parse_form(request.query);
  const auto wanted = query ? value_of(*query, "payment_id") : std::nullopt;
  std::int64_t count = 0;
  std::string list;
  for (const Charged& charge : state.charges()) {
    const Intent& intent = state.at(charge.intent);
    if (wanted && intent.payment_id != *wanted) continue;
    if (++count > most_shown) continue;
    if (!list.empty()) list += ',';
    list +=
        fmt::format(R"({{"charge":"ch_sim_{:012x}","intent":"{}","amount":{},"currency":"{}","payment_id":)",
                    charge.number, intent.id(), intent.amount, intent.currency);
    append_json_string(list, intent.payment_id);
    list += '}';
  }
  return json_response(fmt::format(R"({{"count":{},"charges":[{}]}})", count, list));
}

Response SimControl::show_calls(const Request& request, const GatewayState& state) const {
  const auto query = parse_form(request.query);
  const auto key = query ? value_of(*query, "key") : std::nullopt;
  if (key) return json_response(fmt::format(R"({{"sent":{}}})", state.times_sent(*key)));
  return json_response(fmt::format(R"({{"creates":{},"look_ups":{},"intents":{},"charges":{}}})", creates_,
                                   look_ups_, state.count(), state.charges().size()));
}

}  // namespace bursar::devtools
