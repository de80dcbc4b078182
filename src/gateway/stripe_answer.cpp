#include "gateway/stripe_answer.hpp"

#include "base/json.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "http/retry_after.hpp"

namespace bursar::gateway {
namespace {

constexpr std::size_t failure_code_characters = 100;  // payment events' column
constexpr std::size_t reference_characters = 255;
constexpr std::size_t excerpt_characters = 200;

// A member that is a text, else "".
std::string_view text_at(const json::object& object, std::string_view key) {
  const json::value* found = object.if_contains(key);
  if (found == nullptr || !found->is_string()) return {};
  return {found->get_string().data(), found->get_string().size()};
}

const json::object* object_at(const json::object& object, std::string_view key) {
  const json::value* found = object.if_contains(key);
  return found == nullptr ? nullptr : found->if_object();
}

bool number_is(const json::object& object, std::string_view key, std::int64_t expected) {
  const json::value* found = object.if_contains(key);
  return found != nullptr && found->is_int64() && found->get_int64() == expected;
}

std::string shown(const json::object& object, std::string_view key) {
  const json::value* found = object.if_contains(key);
  return found == nullptr ? "nothing" : safe_text(json::to_text(*found), 60);
}

Answer make(Verdict verdict, std::string_view evidence) {
  Answer answer;
  answer.verdict = verdict;
  answer.evidence = safe_text(evidence, limits::peer_text_characters);
  return answer;
}

Answer alarm(std::string_view evidence) {
  Answer answer = make(Verdict::unknown, evidence);
  answer.alarm = true;
  return answer;
}

bool is_reference(std::string_view id) {
  auto visible = [](char c) { return c > 0x20 && c < 0x7F; };
  return id.starts_with("pi_") && id.size() <= reference_characters &&
         std::all_of(id.begin(), id.end(), visible);
}

bool names_our_payment(const json::object& intent, const Expected& expected) {
  const json::object* metadata = object_at(intent, "metadata");
  return metadata != nullptr && text_at(*metadata, payment_id_key) == expected.payment.text();
}

// Why a PaymentIntent is not the one that was asked for; nullopt when it is. A stranger's answer, another
// amount: an alarm and never a success.
std::optional<Answer> contradiction(const json::object& intent, const Expected& expected) {
  if (text_at(intent, "object") != "payment_intent" || !is_reference(text_at(intent, "id")))
    return make(Verdict::unknown, "the answer is no PaymentIntent: object " + shown(intent, "object"));
  if (!names_our_payment(intent, expected))
    return alarm(fmt::format("the answer names another payment: {}, metadata {}", shown(intent, "id"),
                             shown(intent, "metadata")));
  if (!number_is(intent, "amount", expected.money.amount) ||
      text_at(intent, "currency") != expected.money.currency)
    return alarm(fmt::format("asked for {} {}, the gateway says {} {} for {}", expected.money.amount,
                             expected.money.currency, shown(intent, "amount"), shown(intent, "currency"),
                             shown(intent, "id")));
  return std::nullopt;
}

std::string describe(const json::object& error) {
  std::string text(text_at(error, "type"));
  for (const std::string_view key : {"code", "decline_code"})
    if (!text_at(error, key).empty()) text.append(" ").append(text_at(error, key));
  if (!text_at(error, "message").empty()) text.append(": ").append(text_at(error, "message"));
  return text;
}

Answer declined(const json::object& intent, const json::object& error) {
  Answer answer = make(Verdict::declined, fmt::format("{} {}", text_at(intent, "id"), describe(error)));
  answer.gateway_reference = std::string(text_at(intent, "id"));
  std::string_view code = text_at(error, "decline_code");
  if (code.empty()) code = text_at(error, "code");
  answer.failure_code = code.empty() ? "card_declined" : safe_text(code, failure_code_characters);
  return answer;
}

Answer judge(const json::object& intent, const Expected& expected) {
  if (auto wrong = contradiction(intent, expected)) return *wrong;
  const std::string_view status = text_at(intent, "status");
  const std::string here = fmt::format("{} is {}", text_at(intent, "id"), shown(intent, "status"));
  const json::object* error = object_at(intent, "last_payment_error");
  Answer answer;
  if (status == "succeeded") {
    answer = number_is(intent, "amount_received", expected.money.amount)
                 ? make(Verdict::succeeded, here)
                 : alarm(fmt::format("{}, but received {}", here, shown(intent, "amount_received")));
  } else if (status == "requires_payment_method" && error != nullptr &&
             text_at(*error, "type") == "card_error") {
    answer = declined(intent, *error);
  } else if (status == "canceled") {
    answer = make(Verdict::declined, here + ", reason " + shown(intent, "cancellation_reason"));
    answer.failure_code = "canceled";
  } else if (status == "processing" || status == "requires_payment_method") {
    answer = make(Verdict::unknown, here + ": not decided yet");
  } else if (status == "requires_action") {
    answer = make(Verdict::unknown,
                  here + ": waits for the payer, whom nobody asks; look into the gateway's dashboard");
  } else {
    answer = alarm(here +
                   ": a state that our request cannot lead to");  // requires_capture, requires_confirmation…
  }
  answer.gateway_reference = std::string(text_at(intent, "id"));
  return answer;
}

// The head of every piece of evidence.
std::string head_of(const http::ClientResponse& response) {
  std::string head = fmt::format("HTTP {}", response.status);
  if (response.header("Idempotent-Replayed") == "true") head += " (stored answer, replayed)";
  if (const auto id = response.header("Request-Id")) head += " " + safe_text(*id, 60);
  return head + ": ";
}

std::string excerpt(const http::ClientResponse& response) {
  return response.body.empty() ? "no body" : safe_text(response.body, excerpt_characters);
}

// Typed errors of a charge that are no decline.
Answer read_typed_error(const http::ClientResponse& response, const json::object& error,
                        const std::string& head) {
  const std::string_view type = text_at(error, "type");
  const std::string_view code = text_at(error, "code");
  const std::string what = head + describe(error);
  if (type == "idempotency_error" && code != "idempotency_key_in_use")
    return alarm(what + " (our key was used with another body)");
  // An earlier request under our key, or on the same object, is under way and may yet charge.
  if (response.status == 409 || code == "idempotency_key_in_use" || code == "lock_timeout")
    return make(Verdict::unknown, what);
  if (response.status == 429) {
    Answer answer = make(Verdict::not_executed, what);
    answer.unavailable = true;
    return answer;
  }
  if (type == "invalid_request_error" && response.status < 500) {
    Answer answer = make(Verdict::not_executed, what + " (the gateway calls our request invalid)");
    answer.alarm = true;
    return answer;
  }
  return make(Verdict::unknown, what);
}

Answer read_decline(const json::object& error, const Expected& expected, const std::string& head) {
  const json::object* intent = object_at(error, "payment_intent");
  if (intent == nullptr)
    return make(Verdict::unknown, head + "a decline that names no payment: " + describe(error));
  if (auto wrong = contradiction(*intent, expected)) return *wrong;
  const std::string_view status = text_at(*intent, "status");
  if (status != "requires_payment_method" && status != "canceled")
    return alarm(
        fmt::format("{}a decline, but {} is {}", head, text_at(*intent, "id"), shown(*intent, "status")));
  return declined(*intent, error);
}

Answer refused_credentials(const http::ClientResponse& response, Verdict verdict) {
  Answer answer =
      make(verdict, head_of(response) +
                        "the gateway refused our credentials; check the configured API key and its "
                        "permissions. " +
                        excerpt(response));
  answer.alarm = true;
  answer.unavailable = true;
  return answer;
}

bool refuses_credentials(int status) { return status == 401 || status == 403 || status == 407; }

Answer read_any_charge_answer(const http::ClientResponse& response, const Expected& expected) {
  const std::string head = head_of(response);
  if (refuses_credentials(response.status)) return refused_credentials(response, Verdict::not_executed);
  if (response.status / 100 == 3)
    return alarm(head + "a redirect, which is not followed; check the gateway's base URL");
  const auto parsed = json::parse(response.body);
  const json::object* body = parsed ? parsed->if_object() : nullptr;
  if (body == nullptr)
    return make(Verdict::unknown, head + "not an answer of the gateway: " + excerpt(response));
  const json::object* error = object_at(*body, "error");
  if (response.status / 100 == 2 && error != nullptr)
    return alarm(head + "success that carries an error: " + describe(*error));
  if (response.status / 100 == 2) {
    Answer answer = judge(*body, expected);
    answer.evidence = safe_text(head + answer.evidence, limits::peer_text_characters);
    return answer;
  }
  if (error == nullptr || text_at(*error, "type").empty())
    return make(Verdict::unknown, head + "no typed error of the gateway: " + excerpt(response));
  if (response.status == 402 && text_at(*error, "type") == "card_error")
    return read_decline(*error, expected, head);
  return read_typed_error(response, *error, head);
}

Answer unreadable_look_up(const http::ClientResponse& response) {
  if (refuses_credentials(response.status)) return refused_credentials(response, Verdict::unknown);
  Answer answer =
      make(Verdict::unknown, head_of(response) + "the look-up was not answered: " + excerpt(response));
  answer.unavailable = response.status >= 500 || response.status == 429;
  answer.retry_after = http::retry_after_of(response);
  return answer;
}

}  // namespace

Answer read_charge_answer(const http::ClientResponse& response, const Expected& expected) {
  Answer answer = read_any_charge_answer(response, expected);
  if (response.status / 100 != 2) answer.retry_after = http::retry_after_of(response);
  // A stored 500 says nothing of how the gateway is now.
  const bool replayed = response.header("Idempotent-Replayed") == "true";
  if (response.status == 429 || (response.status >= 500 && !replayed)) answer.unavailable = true;
  return answer;
}

Answer read_retrieve_answer(const http::ClientResponse& response, const Expected& expected) {
  const auto parsed = json::parse(response.body);
  const json::object* body = parsed ? parsed->if_object() : nullptr;
  if (response.status == 200 && body != nullptr) return judge(*body, expected);
  const json::object* error = body == nullptr ? nullptr : object_at(*body, "error");
  if (response.status == 404 && error != nullptr && text_at(*error, "code") == "resource_missing")
    return alarm(head_of(response) +
                 "the gateway does not know what it named before; is this its other mode or account? " +
                 describe(*error));
  return unreadable_look_up(response);
}

ListPage read_list_answer(const http::ClientResponse& response, const Expected& expected) {
  ListPage page;
  const auto parsed = json::parse(response.body);
  const json::object* body = parsed ? parsed->if_object() : nullptr;
  const json::value* data = body == nullptr ? nullptr : body->if_contains("data");
  const json::value* has_more = body == nullptr ? nullptr : body->if_contains("has_more");
  const bool is_list = response.status == 200 && data != nullptr && data->is_array() && has_more != nullptr &&
                       has_more->is_bool() && text_at(*body, "object") == "list";
  if (!is_list) {
    page.failure = unreadable_look_up(response);
    return page;
  }
  for (const json::value& item : data->get_array()) {
    const json::object* intent = item.if_object();
    if (intent == nullptr || !is_reference(text_at(*intent, "id"))) {
      page.failure = make(Verdict::unknown, "the gateway's list holds something that is no PaymentIntent");
      return page;
    }
    page.last_id = text_at(*intent, "id");
    ++page.looked_at;
    if (names_our_payment(*intent, expected)) page.matches.push_back(judge(*intent, expected));
  }
  page.has_more = has_more->get_bool() && page.looked_at > 0;
  return page;
}

Answer answer_of_failed_charge(const http::CallFailed& failure) {
  Answer answer = make(failure.sent() ? Verdict::unknown : Verdict::not_executed, failure.what());
  answer.unavailable = true;
  return answer;
}

Answer answer_of_failed_look_up(const http::CallFailed& failure) {
  Answer answer = make(Verdict::unknown, std::string("the look-up was not answered: ") + failure.what());
  answer.unavailable = true;
  return answer;
}

}  // namespace bursar::gateway
