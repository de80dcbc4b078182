#include "gateway/stripe.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "gateway/form.hpp"

namespace bursar::gateway {
namespace {

// The answers that stripe_answer.cpp reads are those of this version, whatever the account's default is.
constexpr std::string_view api_version = "2024-06-20";
constexpr std::string_view intents = "/v1/payment_intents";
constexpr int page_size = 100;  // the most that Stripe lists at once

// A charge is created within moments of its claim unless its first requests were lost; clocks differ by a
// little.
constexpr auto near_before = std::chrono::seconds(2);
constexpr auto near_behind = std::chrono::seconds(5);
constexpr auto far_before = std::chrono::minutes(2);

Answer own_refusal(const std::string& why) {
  Answer answer;
  answer.verdict = Verdict::not_executed;
  answer.evidence = safe_text("not sent: " + why, limits::peer_text_characters);
  answer.alarm = true;
  return answer;
}

bool is_header_text(std::string_view text, std::size_t most) {
  auto visible = [](char c) { return c > 0x20 && c < 0x7F; };
  return !text.empty() && text.size() <= most && std::all_of(text.begin(), text.end(), visible);
}

// One payment has one PaymentIntent. Where the gateway holds several of ours, money may have moved more than
// once: a success stays a success, with an alarm that names them all; without one nothing is decided unless
// all agree.
Answer combine(const std::vector<Answer>& matches) {
  if (matches.size() == 1) return matches.front();
  auto succeeded = [](const Answer& match) { return match.verdict == Verdict::succeeded; };
  auto declined = [](const Answer& match) { return match.verdict == Verdict::declined; };
  const auto success = std::find_if(matches.begin(), matches.end(), succeeded);
  const bool all_declined = std::all_of(matches.begin(), matches.end(), declined);
  Answer answer = success != matches.end() ? *success : matches.front();
  if (success == matches.end() && !all_declined) answer.verdict = Verdict::unknown;
  std::string all;
  for (const Answer& match : matches) all += "; " + match.evidence;
  answer.evidence = safe_text(fmt::format("the gateway holds {} payments of ours{}", matches.size(), all),
                              limits::peer_text_characters);
  answer.alarm = true;
  return answer;
}

bool has_success(const std::vector<Answer>& matches) {
  return std::any_of(matches.begin(), matches.end(),
                     [](const Answer& match) { return match.verdict == Verdict::succeeded; });
}

// A decline ends the payment, so it counts only when no list broke off in which a success could be.
Answer conclude(const std::vector<Answer>& matches, const std::optional<Answer>& failure) {
  Answer answer = combine(matches);
  if (!failure || answer.verdict != Verdict::declined) return answer;
  Answer open = *failure;
  open.evidence = safe_text(answer.evidence + "; but a list broke off: " + failure->evidence,
                            limits::peer_text_characters);
  return open;
}

std::int64_t seconds_of(Instant instant) {
  return std::chrono::floor<std::chrono::seconds>(instant).time_since_epoch().count();
}

std::string created_between(std::int64_t first_second, std::int64_t last_second) {
  return fmt::format("&created%5Bgte%5D={}&created%5Blte%5D={}", first_second, last_second);
}

}  // namespace

Stripe::Stripe(Executor executor, const Clock& clock, StripeOptions options)
    : clock_(clock),
      options_(std::move(options)),
      client_(std::move(executor), {.base_url = options_.base_url,
                                    .connections = options_.connections,
                                    .trusted_certificates_file = options_.trusted_certificates_file}) {
  if (!is_header_text(options_.api_key, limits::request_head_bytes))
    throw UsageError("the gateway's API key is empty or has blanks or control characters; copy it again");
}

http::ClientRequest Stripe::request(std::string method, std::string path, const Charge& charge) const {
  http::ClientRequest request;
  request.method = std::move(method);
  request.path = std::move(path);
  request.headers = {{"Authorization", "Bearer " + options_.api_key},
                     {"Stripe-Version", std::string(api_version)},
                     {"User-Agent", "bursar"}};
  if (charge.request_id && is_header_text(*charge.request_id, limits::request_id_characters))
    request.headers.emplace_back("X-Request-Id", *charge.request_id);
  if (charge.trace)
    request.headers.emplace_back(
        "traceparent",
        fmt::format("00-{}-{:016x}-01", to_hex(charge.trace->trace_id.bytes), charge.trace->span_id));
  return request;
}

Task<Answer> Stripe::charge(Charge charge) {
  const auto money = to_stripe(charge.money, !options_.simulator);
  if (!money) co_return own_refusal(money.error());
  if (!charge.payment_method && !options_.simulator)
    co_return own_refusal("the payment has no payment_method");
  http::ClientRequest create = request("POST", std::string(intents), charge);
  create.headers.emplace_back("Idempotency-Key", idempotency_key_of(charge.payment));
  create.content_type = "application/x-www-form-urlencoded";
  create.body = charge_form(charge, *money);
  const Expected expected = {charge.payment, *money};
  try {
    const http::ClientResponse response = co_await client_.call(std::move(create), options_.deadline);
    co_return read_charge_answer(response, expected);
  } catch (const http::CallFailed& failure) {
    co_return answer_of_failed_charge(failure);
  }
}

Task<Answer> Stripe::look_up(Charge charge, Instant first_claimed_at) {
  const auto money = to_stripe(charge.money, !options_.simulator);
  // Never sent by us, so there is nothing to find.
  Answer nothing;
  nothing.verdict = Verdict::not_found;
  if (!money) {
    nothing.evidence = "never sent: " + money.error();
    co_return nothing;
  }
  const Expected expected = {charge.payment, *money};
  const Monotonic end = clock_.monotonic() + options_.deadline;
  if (charge.gateway_reference) {
    http::ClientRequest retrieve =
        request("GET", fmt::format("{}/{}", intents, form_text(*charge.gateway_reference)), charge);
    try {
      const http::ClientResponse response = co_await client_.call(std::move(retrieve), options_.deadline);
      co_return read_retrieve_answer(response, expected);
    } catch (const http::CallFailed& failure) {
      co_return answer_of_failed_look_up(failure);
    }
  }
  Listed found = co_await search_near(charge, expected, first_claimed_at, end);
  const std::size_t near = found.looked_at;
  const bool near_whole = found.whole;
  bool since_whole = true;
  // A success decides. Anything else may have a twin that was created later, by a resend.
  if (!found.failure && !has_success(found.matches)) {
    std::string window = fmt::format("&created%5Bgte%5D={}", seconds_of(first_claimed_at - far_before));
    Listed since = co_await search_list(charge, expected, std::move(window), end);
    since_whole = since.whole;
    found.add(std::move(since));
  }
  if (!found.matches.empty()) co_return conclude(found.matches, found.failure);
  if (found.failure) co_return *found.failure;
  nothing.evidence =
      fmt::format("not among the {} payments created near the first claim{} and the {} since then{}", near,
                  near_whole ? "" : " that were looked at", found.looked_at - near,
                  since_whole ? "" : " that were looked at (there are more)");
  co_return nothing;
}

// What one more list says. A payment that is in both counts once, as it was seen last.
void Stripe::Listed::add(Listed more) {
  looked_at += more.looked_at;
  whole = whole && more.whole;
  if (!failure) failure = std::move(more.failure);
  for (Answer& match : more.matches) {
    const auto is_same = [&match](const Answer& known) {
      return match.gateway_reference ? known.gateway_reference == match.gateway_reference
                                     : known.evidence == match.evidence;
    };
    const auto known = std::find_if(matches.begin(), matches.end(), is_same);
    if (known == matches.end())
      matches.push_back(std::move(match));
    else
      *known = std::move(match);
  }
}

// All at once; and where a busy account has created more in these moments than is looked at in one list,
// second by second, from that of the claim on, all of them: a match in one is no reason to leave out another.
Task<Stripe::Listed> Stripe::search_near(Charge charge, Expected expected, Instant first_claimed_at,
                                         Monotonic end) {
  const std::int64_t first = seconds_of(first_claimed_at - near_before);
  const std::int64_t last = seconds_of(first_claimed_at + near_behind);
  Listed near = co_await search_list(charge, expected, created_between(first, last), end);
  if (near.failure || near.whole) co_return near;
  near.looked_at = 0;
  near.whole = true;
  const std::int64_t claimed = seconds_of(first_claimed_at);
  for (std::int64_t step = 0; step <= last - first && !near.failure; ++step) {
    const std::int64_t second = claimed + step <= last ? claimed + step : last - step;
    near.add(co_await search_list(charge, expected, created_between(second, second), end));
  }
  co_return near;
}

// Newest first, page by page. Every match counts: a gateway that ignored our key may hold two.
Task<Stripe::Listed> Stripe::search_list(Charge charge, Expected expected, std::string window,
                                         Monotonic end) {
  Listed listed;
  std::string cursor;
  for (int pages = 0; true; ++pages) {
    const auto left = std::chrono::floor<milliseconds>(end - clock_.monotonic());
    if (pages == limits::gateway_look_up_pages || left <= milliseconds(0)) {
      listed.whole = false;
      break;
    }
    http::ClientRequest list =
        request("GET", fmt::format("{}?limit={}{}{}", intents, page_size, window, cursor), charge);
    list.max_answer_bytes = limits::gateway_page_bytes;
    ListPage page;
    try {
      const http::ClientResponse response = co_await client_.call(std::move(list), left);
      page = read_list_answer(response, expected);
    } catch (const http::CallFailed& failure) {
      page.failure = answer_of_failed_look_up(failure);
    }
    Listed of_page;
    of_page.matches = std::move(page.matches);
    of_page.failure = std::move(page.failure);
    of_page.looked_at = page.looked_at;
    listed.add(std::move(of_page));
    if (listed.failure || !page.has_more) break;
    cursor = "&starting_after=" + form_text(page.last_id);
  }
  co_return listed;
}

}  // namespace bursar::gateway
