#include "client_verbs.hpp"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <cstdio>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "run_for.hpp"
#include "tools.hpp"

namespace bursar {
namespace {

bool is_about_messages(Verb verb) {
  return verb == Verb::mail_list || verb == Verb::mail_show || verb == Verb::sms_list;
}

/// The given token; else, in development, one of our own.
std::string token_for(const CommandLine& line, const Config& config) {
  if (!config.client.token.empty()) return config.client.token;
  const bool can_mint =
      config.is_development() && std::ranges::any_of(config.tokens.keys, &auth::Key::development);
  if (!can_mint) return {};
  const bool staff = line.verb == Verb::analytics_show;
  // A customer may name only itself; a service any user.
  const bool service = line.verb == Verb::payments_create && !line.create.user_id.empty();
  const std::string_view subject = staff ? demo_analyst : service ? demo_service : demo_customer;
  const auth::RoleName role = staff     ? auth::RoleName::analyst
                              : service ? auth::RoleName::service
                                        : auth::RoleName::customer;
  if (line.verb == Verb::payments_get || line.verb == Verb::payments_list ||
      line.verb == Verb::payments_wait || line.verb == Verb::payments_timeline)
    return mint_development_token(config, *parse_uuid(demo_analyst), {auth::RoleName::support},
                                  limits::token_lifetime_max);
  return mint_development_token(config, *parse_uuid(subject), {role}, limits::token_lifetime_max);
}

/// `sub` of our own token, unverified: only the default of --user, the server decides.
std::string subject_of(const std::string& token) {
  const auto first = token.find('.');
  if (first == std::string::npos) return {};
  const auto bytes =
      from_base64url(std::string_view(token).substr(first + 1, token.find('.', first + 1) - first - 1));
  const auto claims = bytes ? json::parse(text_of(*bytes)) : std::unexpected(json::ParseError());
  if (!claims || !claims->is_object()) return {};
  const json::value* subject = claims->get_object().if_contains("sub");
  return subject != nullptr && subject->is_string() ? std::string(subject->get_string()) : std::string();
}

Task<cli::Printed> create(cli::Remote& remote, const CommandLine& line, std::string subject) {
  SystemRandom random;
  if (!line.create.wait)
    co_return co_await cli::create_payment(remote, line.create, std::move(subject), random, line.format);
  cli::Printed made =
      co_await cli::create_payment(remote, line.create, std::move(subject), random, cli::Format::json);
  const auto payment = json::parse(made.text);
  const std::string id(payment->get_object().at("id").as_string());
  const SystemClock clock;
  cli::Printed printed = co_await cli::wait_for_payment(remote, id, line.timeout, clock, line.format);
  if (!made.notes.empty()) printed.notes = made.notes + (printed.notes.empty() ? "" : "\n") + printed.notes;
  co_return printed;
}

Task<cli::Printed> run(const CommandLine& line, cli::Server server) {
  const auto executor = co_await asio::this_coro::executor;
  const std::string subject = subject_of(server.token);
  cli::Remote remote(executor, std::move(server));
  const SystemClock clock;
  switch (line.verb) {
    case Verb::payments_create:
      co_return co_await create(remote, line, subject);
    case Verb::payments_get:
      co_return co_await cli::get_payment(remote, line.payment_id, line.format);
    case Verb::payments_list:
      co_return co_await cli::list_payments(remote, line.list, line.format);
    case Verb::payments_wait:
      co_return co_await cli::wait_for_payment(remote, line.payment_id, line.timeout, clock, line.format);
    case Verb::payments_timeline:
      co_return co_await cli::show_timeline(remote, line.payment_id, line.format);
    case Verb::mail_list:
      co_return co_await cli::list_mails(remote, line.messages, line.format);
    case Verb::mail_show:
      co_return co_await cli::show_mail(remote, line.mail_number, line.format);
    case Verb::sms_list:
      co_return co_await cli::list_sms(remote, line.messages, line.format);
    case Verb::analytics_show:
      co_return co_await cli::show_daily(remote, line.daily, line.format);
    default:
      throw UsageError("this verb does not speak to a server");
  }
}

}  // namespace

ExitCode run_client_verb(const CommandLine& line, const Config& config) {
  cli::Server server;
  if (is_about_messages(line.verb)) {
    server.url = config.client.devtools_url;
    if (server.url.empty())
      throw UsageError("there are no development sinks: start 'bursar up', or set BURSAR_DEVTOOLS_URL");
  } else {
    server.url = config.client.url;
    server.token = token_for(line, config);
    server.ca_file = config.client.ca_file;
  }
  const cli::Printed printed = run_for(run(line, std::move(server)));
  std::fwrite(printed.text.data(), 1, printed.text.size(), stdout);
  if (!printed.notes.empty()) std::fputs(fmt::format("{}\n", printed.notes).c_str(), stderr);
  return printed.code;
}

}  // namespace bursar
