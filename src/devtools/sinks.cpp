#include "devtools/sinks.hpp"

#include "base/json.hpp"
#include "base/limits.hpp"
#include "base/task_group.hpp"
#include "devtools/gateway_sim_form.hpp"
#include "devtools/mail_sink.hpp"
#include "devtools/mail_text.hpp"
#include "devtools/sinks_book.hpp"
#include "devtools/sms_sink.hpp"
#include "http/server.hpp"

namespace bursar::devtools {
namespace {

http::Response json_response(const json::value& body) {
  http::Response response;
  response.content_type = "application/json";
  response.body = json::to_text(body);
  return response;
}

http::Response refusal(const http::Request& request, int status, std::string code, std::string detail) {
  http::Problem problem;
  problem.status = status;
  problem.code = std::move(code);
  problem.title = std::string(http::reason_phrase(status));
  problem.detail = std::move(detail);
  return http::problem_response(problem, request.request_id);
}

http::Response list(const http::Request& request, const SinkBook& book, std::string_view name) {
  const auto query = parse_form(request.query);
  if (!query) return refusal(request, 422, "invalid_query", query.error());
  const auto limit = whole_number(value_of(*query, "limit").value_or("50"));
  if (!limit || *limit < 1 || static_cast<std::size_t>(*limit) > limits::page_entries_looked_at)
    return refusal(request, 422, "invalid_query", "limit must be a number from 1 to 10000");
  json::array entries;
  for (json::object& entry : book.list(static_cast<std::size_t>(*limit), value_of(*query, "to"))) {
    entry.erase("content");
    entry.erase("listed");
    entries.push_back(std::move(entry));
  }
  json::object body;
  body[name] = std::move(entries);
  return json_response(body);
}

http::Response show(const http::Request& request, const SinkBook& book, std::string_view number) {
  const auto wanted = whole_number(number);
  auto entry = wanted ? book.find(*wanted) : std::nullopt;
  if (!entry)
    return refusal(request, 404, "not_found", "there is no such message here; the ledger file has every one");
  entry->erase("listed");
  if (const json::value* content = entry->if_contains("content"))
    (*entry)["text"] = mail_text(std::string(content->as_string()));
  return json_response(*entry);
}

std::string wanted_mode(const http::Request& request) {
  const auto parsed = json::parse(request.body);
  const json::object* body = parsed ? parsed->if_object() : nullptr;
  const json::value* mode = body != nullptr ? body->if_contains("mode") : nullptr;
  return mode != nullptr && mode->is_string() ? std::string(mode->get_string()) : std::string();
}

http::Response mode_response(std::string_view mode) {
  json::object body;
  body["mode"] = mode;
  return json_response(body);
}

}  // namespace

class Sinks::Core {
 public:
  Core(Loop& loop, const Clock& clock, const SinksOptions& options)
      : mails_(loop.get_executor(), clock, options.mail_ledger),
        messages_(loop.get_executor(), clock, options.sms_ledger),
        mail_(loop.get_executor(), mails_, mail_options(options)),
        sms_(messages_, options.hold),
        server_(loop, server_options(options),
                [this](const http::Request& request) { return answer(request); }),
        writers_(loop.get_executor()),
        tasks_(loop.get_executor()) {}

  Task<> run() {
    writers_.spawn("mail ledger", mails_.run());
    writers_.spawn("sms ledger", messages_.run());
    tasks_.spawn("mail sink", mail_.run());
    tasks_.spawn("sink server", server_.run());
    std::exception_ptr cancelled;
    try {
      co_await tasks_.join();
    } catch (...) {
      cancelled = std::current_exception();
    }
    // The writers go last: whoever waits for the disk still gets its answer.
    co_await asio::this_coro::reset_cancellation_state();
    if (cancelled) tasks_.cancel();
    co_await tasks_.join();
    writers_.cancel();
    co_await writers_.join();
    if (cancelled) std::rethrow_exception(cancelled);
  }

  void stop() {
    mail_.stop();
    server_.stop();
  }

  std::uint16_t smtp_port() const { return mail_.port(); }
  std::uint16_t http_port() const { return server_.port(); }

 private:
  static MailSinkOptions mail_options(const SinksOptions& options) {
    MailSinkOptions mail;
    mail.listen = options.smtp_listen;
    mail.hold = options.hold;
    mail.drip_gap = options.drip_gap;
    return mail;
  }
  static http::ServerOptions server_options(const SinksOptions& options) {
    http::ServerOptions server;
    server.listen = options.http_listen;
    return server;
  }

  Task<http::Response> answer(const http::Request& request) {
    const std::string_view path = request.path;
    if (request.method == "POST" && path == "/messages") co_return co_await sms_.take(request);
    if (request.method == "GET" && path == "/_mail") co_return list(request, mails_, "mails");
    if (request.method == "GET" && path == "/_sms") co_return list(request, messages_, "messages");
    if (request.method == "POST" && path == "/_mail/mode") co_return set_mail_mode(request);
    if (request.method == "POST" && path == "/_sms/mode") co_return set_sms_mode(request);
    if (request.method == "GET" && path.starts_with("/_mail/"))
      co_return show(request, mails_, path.substr(7));
    if (request.method == "GET" && path.starts_with("/_sms/"))
      co_return show(request, messages_, path.substr(6));
    co_return refusal(request, 404, "not_found", "the sinks know POST /messages, GET /_mail and GET /_sms");
  }

  http::Response set_mail_mode(const http::Request& request) {
    const auto mode = mail_sink_mode(wanted_mode(request));
    if (!mode)
      return refusal(request, 422, "unknown_mode", "mode is normal, banner_never, banner_421 or down");
    mail_.set_mode(*mode);
    return mode_response(to_text(*mode));
  }

  http::Response set_sms_mode(const http::Request& request) {
    const auto mode = sms_sink_mode(wanted_mode(request));
    if (!mode) return refusal(request, 422, "unknown_mode", "mode is normal, unavailable or hang");
    sms_.set_mode(*mode);
    return mode_response(to_text(*mode));
  }

  SinkBook mails_, messages_;
  MailSink mail_;
  SmsSink sms_;
  http::Server server_;
  TaskGroup writers_, tasks_;
};

Sinks::Sinks(Loop& loop, const Clock& clock, SinksOptions options)
    : core_(std::make_unique<Core>(loop, clock, options)) {}
Sinks::~Sinks() = default;

Task<> Sinks::run() { return core_->run(); }
void Sinks::stop() { core_->stop(); }
std::uint16_t Sinks::smtp_port() const { return core_->smtp_port(); }
std::uint16_t Sinks::http_port() const { return core_->http_port(); }
std::string Sinks::smtp_url() const { return fmt::format("smtp://127.0.0.1:{}", smtp_port()); }
std::string Sinks::sms_url() const { return read_url() + "/messages"; }
std::string Sinks::read_url() const { return fmt::format("http://127.0.0.1:{}", http_port()); }

}  // namespace bursar::devtools
