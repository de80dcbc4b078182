#include "devtools/gateway_sim_list.hpp"

#include "devtools/gateway_sim_answers.hpp"
#include "devtools/gateway_sim_form.hpp"

namespace bursar::devtools {
namespace {

constexpr std::int64_t most_at_once = 100;
constexpr std::int64_t usual_limit = 10;
constexpr std::int64_t end_of_time = 253'402'300'799;  // 9999-12-31

struct Window {
  std::int64_t first = 0;  // seconds, both inclusive
  std::int64_t last = end_of_time;
  std::int64_t limit = usual_limit;
  std::string starting_after;
};

std::expected<Window, std::string> read_window(std::string_view query) {
  const auto form = parse_form(query);
  if (!form) return std::unexpected(form.error());
  Window window;
  for (const auto& [name, value] : *form) {
    if (name == "starting_after") {
      window.starting_after = value;
      continue;
    }
    const auto number = whole_number(value);
    if (!number) return std::unexpected(name + " must be a whole number");
    if (name == "limit" && (*number < 1 || *number > most_at_once))
      return std::unexpected("limit must be 1 to 100");
    if (name == "limit")
      window.limit = *number;
    else if (name == "created[gte]")
      window.first = std::max(window.first, *number);
    else if (name == "created[gt]")
      window.first = std::max(window.first, *number + 1);
    else if (name == "created[lte]")
      window.last = std::min(window.last, *number);
    else if (name == "created[lt]")
      window.last = std::min(window.last, *number - 1);
    else
      return std::unexpected("Received unknown parameter: " + name);
  }
  return window;
}

}  // namespace

http::Response list_response(std::string_view query, const GatewayState& state, Instant visible_until) {
  const auto window = read_window(query);
  if (!window) return error_response(400, "invalid_request_error", "", window.error());
  std::uint64_t number = window->last < 0 ? 0 : state.newest_until(std::min(window->last, end_of_time));
  if (!window->starting_after.empty()) {
    const Intent* last = state.find(window->starting_after);
    if (last == nullptr)
      return error_response(400, "invalid_request_error", "resource_missing", "No such starting_after.");
    number = std::min(number, last->number - 1);
  }
  while (number > 0 && state.at(number).created > visible_until) --number;
  const Instant oldest = Instant(std::chrono::seconds(std::min(window->first, end_of_time)));
  http::Response response;
  response.content_type = "application/json";
  response.body = R"({"object":"list","url":"/v1/payment_intents","data":[)";
  std::int64_t listed = 0;
  for (; number > 0 && listed < window->limit && state.at(number).created >= oldest; --number, ++listed) {
    if (listed > 0) response.body += ',';
    append_intent(response.body, state.at(number), state.at(number).status);
  }
  const bool has_more = number > 0 && state.at(number).created >= oldest;
  response.body.append(R"(],"has_more":)").append(has_more ? "true}" : "false}");
  return response;
}

}  // namespace bursar::devtools
