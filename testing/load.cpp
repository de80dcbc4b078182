#include "testing/load.hpp"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <thread>

#include "base/json.hpp"
#include "base/task_group.hpp"
#include "http/client.hpp"
#include "testing/run.hpp"

namespace bursar::testing {
namespace {

using Time = std::chrono::steady_clock;

constexpr milliseconds pace_tick{2};
constexpr milliseconds first_pause{20};
constexpr milliseconds longest_pause{1000};

struct Answer {
  int status = 0;  // 0: none
  milliseconds come_again{0};
  json::object body;
};

std::string text_of(const json::object& object, std::string_view member) {
  const json::value* found = object.if_contains(member);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

http::ClientRequest request_for(const Wanted& wanted, const std::string& authorization) {
  http::ClientRequest request;
  request.path = "/payments";
  request.headers = {{"Authorization", authorization}, {"Idempotency-Key", wanted.key}};
  request.content_type = "application/json";
  request.body = fmt::format(R"({{"user_id":"{}","amount":{},"currency":"{}")", wanted.user_id, wanted.amount,
                             wanted.currency);
  if (!wanted.reference.empty()) request.body += fmt::format(R"(,"reference":"{}")", wanted.reference);
  request.body += "}";
  return request;
}

Task<Answer> ask(http::Client& api, const Wanted& wanted, const std::string& authorization) {
  Answer answer;
  try {
    auto request = request_for(wanted, authorization);
    const auto response = co_await api.call(std::move(request), limits::outbound_deadline);
    answer.status = response.status;
    if (const auto after = response.header("Retry-After")) answer.come_again = seconds(std::stol(*after));
    const auto parsed = json::parse(response.body);
    if (parsed && parsed->is_object()) answer.body = parsed->get_object();
  } catch (const http::CallFailed&) {
    co_return answer;
  }
  co_return answer;
}

bool says_what_was_wanted(const json::object& body, const Wanted& wanted) {
  const json::value* amount = body.if_contains("amount");
  return amount != nullptr && amount->is_int64() && amount->get_int64() == wanted.amount &&
         text_of(body, "user_id") == wanted.user_id && text_of(body, "currency") == wanted.currency &&
         text_of(body, "reference") == wanted.reference;
}

std::vector<std::unique_ptr<http::Client>> clients_of(const Executor& executor, const LoadOptions& options) {
  std::vector<std::unique_ptr<http::Client>> clients;
  for (const std::string& url : options.urls) {
    http::ClientOptions client{.base_url = url, .connections = options.connections};
    clients.push_back(std::make_unique<http::Client>(executor, std::move(client)));
  }
  return clients;
}

}  // namespace

class Load::Core {
 public:
  explicit Core(LoadOptions options)
      : options_(std::move(options)),
        clients_(clients_of(loop_.get_executor(), options_)),
        driver_(loop_.get_executor()),
        callers_(loop_.get_executor()) {
    driver_.spawn("load", options_.per_second > 0 ? paced() : as_fast_as_it_goes());
    thread_ = std::thread([this] { loop_.run(); });
  }

  LoadReport finish() {
    if (thread_.joinable()) thread_.join();
    return report_;
  }

 private:
  Task<> paced() {
    const auto start = Time::now();
    for (std::size_t started = 0; started < options_.payments;) {
      const double elapsed = std::chrono::duration<double>(Time::now() - start).count();
      for (; started < options_.payments && static_cast<double>(started) <= elapsed * options_.per_second;
           ++started)
        callers_.spawn("caller", pay(started));
      co_await pause(pace_tick);
    }
    co_await end(start);
  }

  Task<> as_fast_as_it_goes() {
    const auto start = Time::now();
    const std::size_t callers = options_.connections * options_.urls.size();
    for (std::size_t i = 0; i < callers; ++i) callers_.spawn("caller", pay_in_turn());
    co_await end(start);
  }

  Task<> end(Time::time_point start) {
    co_await callers_.join();
    report_.took = std::chrono::duration_cast<milliseconds>(Time::now() - start);
    for (const auto& client : clients_) {
      report_.connections += client->idle();
      client->close();
    }
  }

  Task<> pay_in_turn() {
    while (next_ < options_.payments) co_await pay(next_++);
  }

  Task<> pay(std::size_t number) {
    const Wanted wanted = options_.wanted(number);
    const auto start = Time::now();
    milliseconds backoff = first_pause;
    for (std::size_t attempt = 0; Time::now() - start < options_.patience; ++attempt) {
      http::Client& api = *clients_[(number + attempt) % clients_.size()];
      const Answer answer = co_await ask(api, wanted, options_.authorization);
      ++report_.attempts;
      if (answer.status == 202) {
        acknowledge(wanted, answer, start);
        co_return;
      }
      if (answer.status != 0 && answer.status != 503 && answer.status != 429) {
        report_.refused.push_back(fmt::format("{}: {}", wanted.key, answer.status));
        co_return;
      }
      ++report_.again[answer.status == 0 ? "no answer" : std::to_string(answer.status)];
      co_await pause(std::max(backoff, answer.come_again));
      backoff = std::min(backoff * 2, longest_pause);
    }
    report_.unanswered.push_back(wanted.key);
  }

  void acknowledge(const Wanted& wanted, const Answer& answer, Time::time_point start) {
    if (!says_what_was_wanted(answer.body, wanted))
      report_.refused.push_back(wanted.key + ": the answer is about something else");
    report_.acknowledged.push_back({wanted, text_of(answer.body, "id"), text_of(answer.body, "created_at"),
                                    std::chrono::duration_cast<milliseconds>(Time::now() - start)});
  }

  LoadOptions options_;
  Loop loop_{1};
  std::vector<std::unique_ptr<http::Client>> clients_;
  std::size_t next_ = 0;
  LoadReport report_;
  TaskGroup driver_, callers_;
  std::thread thread_;
};

Load::Load(LoadOptions options) : core_(std::make_unique<Core>(std::move(options))) {}
Load::~Load() { core_->finish(); }
LoadReport Load::finish() { return core_->finish(); }

std::vector<std::string> disagreeing_replays(const LoadOptions& options,
                                             const std::vector<Acknowledged>& acknowledged) {
  auto body = [](const LoadOptions& load, const std::vector<Acknowledged>& first,
                 std::vector<std::string>& disagreeing) -> Task<> {
    const auto clients = clients_of(co_await asio::this_coro::executor, load);
    std::size_t turn = 0;
    for (const Acknowledged& one : first) {
      http::Client& api = *clients[turn++ % clients.size()];
      const Answer answer = co_await ask(api, one.wanted, load.authorization);
      const bool agrees = answer.status == 202 && text_of(answer.body, "id") == one.id &&
                          text_of(answer.body, "created_at") == one.created_at &&
                          says_what_was_wanted(answer.body, one.wanted);
      if (!agrees) disagreeing.push_back(one.wanted.key);
    }
    for (const auto& client : clients) client->close();
  };
  std::vector<std::string> disagreeing;
  run(body(options, acknowledged, disagreeing));
  return disagreeing;
}

}  // namespace bursar::testing
