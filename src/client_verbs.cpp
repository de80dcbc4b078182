#include "client_verbs.hpp"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <cstdio>

#include "base/error.hpp"
#include "base/json.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "demo.hpp"
#include "run_for.hpp"
#include "tools.hpp"

namespace bursar {
namespace {

bool is_about_messages(Verb verb) {
  return verb == Verb::mail_list || verb == Verb::mail_show || verb == Verb::sms_list;
}

bool is_for_admins(Verb verb) { return verb >= Verb::principals_create && verb <= Verb::keys_revoke; }

/// Who asks when nobody is named.
auth::RoleName role_for(const CommandLine& line) {
  if (is_for_admins(line.verb)) return auth::RoleName::admin;
  switch (line.verb) {
    case Verb::analytics_show:
      return auth::RoleName::analyst;
    case Verb::payments_get:
    case Verb::payments_list:
    case Verb::payments_wait:
    case Verb::payments_timeline:
      return auth::RoleName::support;
    case Verb::payments_create:
      // A customer may name only itself; a service any user.
      return line.create.user_id.empty() ? auth::RoleName::customer : auth::RoleName::service;
    default:
      return auth::RoleName::customer;
  }
}

/// The given token; else, in development, one of our own.
std::string token_for(const CommandLine& line, const Config& config) {
  if (!config.client.token.empty()) return config.client.token;
  const bool can_mint =
      config.is_development() && std::ranges::any_of(config.tokens.keys, &auth::Key::development);
  if (!can_mint) return {};
  const auth::RoleName role = role_for(line);
  return mint_development_token(config, *parse_uuid(demo_of(role).id), {role}, limits::token_lifetime_max);
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

Task<cli::Printed> run_for_admins(const CommandLine& line, cli::Server server) {
  const auto executor = co_await asio::this_coro::executor;
  cli::Remote ops(executor, std::move(server));
  const cli::PrincipalArguments& with = line.principal;
  switch (line.verb) {
    case Verb::principals_create:
      co_return co_await cli::create_principal(ops, with, line.format);
    case Verb::principals_list:
      co_return co_await cli::list_principals(ops, with, line.format);
    case Verb::principals_show:
      co_return co_await cli::show_principal(ops, with.id, line.format);
    case Verb::principals_change:
      co_return co_await cli::change_principal(ops, with, line.format);
    case Verb::principals_revoke:
      co_return co_await cli::revoke_principal(ops, with.id, line.format);
    case Verb::principals_restore:
      co_return co_await cli::restore_principal(ops, with.id, line.format);
    case Verb::principals_new_secret:
      co_return co_await cli::new_secret(ops, with, line.format);
    case Verb::principals_revoke_secret:
      co_return co_await cli::revoke_secret(ops, with.id, line.format);
    case Verb::keys_list:
      co_return co_await cli::list_keys(ops, line.format);
    case Verb::keys_create:
      co_return co_await cli::create_keys(ops, line.format);
    case Verb::keys_rotate:
      co_return co_await cli::rotate_keys(ops, line.format);
    case Verb::keys_revoke:
      co_return co_await cli::revoke_key(ops, with.id, line.format);
    default:
      throw UsageError("this verb is not for administrators");
  }
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
    server.url = is_for_admins(line.verb) ? config.client.ops_url : config.client.url;
    server.token = token_for(line, config);
    server.ca_file = config.client.ca_file;
  }
  const cli::Printed printed = run_for(is_for_admins(line.verb) ? run_for_admins(line, std::move(server))
                                                                : run(line, std::move(server)));
  std::fwrite(printed.text.data(), 1, printed.text.size(), stdout);
  if (!printed.notes.empty()) std::fputs(fmt::format("{}\n", printed.notes).c_str(), stderr);
  return printed.code;
}

}  // namespace bursar
