#include "tools.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdio>

#include "api/access_page.hpp"
#include "api/api.hpp"
#include "audit.hpp"
#include "base/error.hpp"
#include "base/limits.hpp"
#include "identity.hpp"
#include "run_for.hpp"
#include "store/dead_letters.hpp"
#include "store/migrations.hpp"
#include "workers/scheduler.hpp"

namespace bursar {
namespace {

void print(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }
void note(std::string_view text) { std::fputs(fmt::format("{}\n", text).c_str(), stderr); }

std::optional<QueueNumber> channel_number(const std::optional<std::string>& name) {
  if (!name) return std::nullopt;
  if (*name == "email") return queues::email;
  if (*name == "sms") return queues::sms;
  throw UsageError(fmt::format("'{}' is no channel; expected email or sms", *name));
}

std::string channel_name(QueueNumber queue) {
  if (queue == queues::email) return "email";
  return queue == queues::sms ? "sms" : std::to_string(queue);
}

Task<std::vector<store::DeadLetter>> list_letters(const store::DatabaseOptions& database,
                                                  std::optional<QueueNumber> channel, int limit) {
  const auto executor = co_await asio::this_coro::executor;
  pg::Pool pool(executor, store::connect_as(database, store::Role::operations), 1);
  store::DeadLetters letters(pool);
  std::vector<store::DeadLetter> all;
  std::optional<Instant> before;
  while (static_cast<int>(all.size()) < limit) {
    const int wanted = std::min(limit - static_cast<int>(all.size()), static_cast<int>(limits::batch_rows));
    auto page = co_await letters.list(channel, before, wanted);
    all.insert(all.end(), page.begin(), page.end());
    if (static_cast<int>(page.size()) < wanted) break;
    before = page.back().dead_at;
  }
  co_return all;
}

/// Nobody is logged in on this machine: what is decided here is on record with the nil principal.
store::StaffAction local_action(std::string operation, std::string detail) {
  store::StaffAction action;
  action.roles = "local";
  action.operation = std::move(operation);
  action.detail = std::move(detail);
  action.request_id = "local";
  action.address = "local";
  return action;
}

std::vector<store::DeadLetter> chosen_letters(QueueNumber channel, const std::vector<std::string>& events) {
  std::vector<store::DeadLetter> chosen;
  for (const std::string& text : events) {
    const auto event = parse_event_id(text);
    if (!event) throw UsageError(fmt::format("'{}' is no event id; expected PAYMENT_ID.1", text));
    store::DeadLetter letter;
    letter.queue = channel;
    letter.event = *event;
    chosen.push_back(std::move(letter));
  }
  return chosen;
}

/// In batches; with no events named, until no letter is left.
Task<std::int64_t> redrive_letters(const store::DatabaseOptions& database, QueueNumber channel,
                                   std::vector<std::string> events) {
  const auto executor = co_await asio::this_coro::executor;
  pg::Pool pool(executor, store::connect_as(database, store::Role::operations), 1);
  store::DeadLetters letters(pool);
  auto chosen = chosen_letters(channel, events);
  const bool all = chosen.empty();
  std::int64_t redriven = 0;
  std::optional<Instant> before;
  while (true) {
    if (all) {
      chosen = co_await letters.list(channel, before, static_cast<int>(limits::batch_rows));
      if (chosen.empty()) co_return redriven;
      before = chosen.back().dead_at;
    }
    for (std::size_t at = 0; at < chosen.size(); at += limits::batch_rows) {
      const auto first = chosen.begin() + static_cast<std::ptrdiff_t>(at);
      const auto last =
          chosen.begin() + static_cast<std::ptrdiff_t>(std::min(chosen.size(), at + limits::batch_rows));
      const std::vector<store::DeadLetter> batch(first, last);
      auto by = local_action("redriveDeadLetters",
                             fmt::format("{}: {} dead letters", channel_name(channel), batch.size()));
      redriven += co_await letters.redrive(channel, batch, std::move(by));
    }
    if (!all) co_return redriven;
  }
}

json::object finding_json(const store::Finding& finding) {
  json::array offenders;
  for (const std::string& offender : finding.offenders) offenders.emplace_back(offender);
  return {{"invariant", finding.invariant},
          {"sentence", finding.sentence},
          {"count", finding.count},
          {"offenders", std::move(offenders)}};
}

}  // namespace

ExitCode migrate_verb(const Config& config) {
  const auto report = run_for(store::migrate(config.database));
  for (const std::string& name : report.applied) print(fmt::format("applied {}\n", name));
  print(fmt::format("the schema is version {}{}\n", report.to, report.applied.empty() ? ", as before" : ""));
  return ExitCode::ok;
}

ExitCode audit_verb(const Config& config, const AuditArguments& arguments, cli::Format format) {
  AuditOptions options;
  options.database = config.database;
  options.gateway_ledger = arguments.gateway_ledger;
  options.stuck_after = arguments.stuck_after;
  options.settled_after = arguments.settled_after;
  options.window = arguments.window;
  options.time_zone = config.time_zone;
  const auto findings = run_for(audit(options));
  if (format == cli::Format::table) {
    print(audit_report(findings));
  } else {
    json::array rows;
    for (const store::Finding& finding : findings) rows.push_back(finding_json(finding));
    const std::vector<cli::Column> columns{
        {"", "invariant"}, {"", "count"}, {"", "sentence"}, {"", "offenders"}};
    print(cli::format_rows(format, columns, rows));
  }
  return is_clean(findings) ? ExitCode::ok : ExitCode::check_failed;
}

namespace {

/// Throws UsageError for a key file that `serve` could not use.
void check_keys(const Config& config) {
  Loop loop(1);
  const SystemClock clock;
  SystemRandom random;
  const auth::KeySources usable(loop.get_executor(), key_sources_of(config), clock, random);
}

}  // namespace

ExitCode config_check_verb(const Config& config, cli::Format format) {
  if (config.has_tls()) const http::TlsIdentity usable(config.tls, SystemClock().now());
  check_keys(config);
  json::array rows;
  for (const Config::Shown& line : config.shown)
    rows.push_back(json::object{
        {"name", line.name}, {"value", line.value}, {"origin", line.origin}, {"form", line.form}});
  std::vector<cli::Column> columns{{"NAME", "name"}, {"VALUE", "value"}, {"ORIGIN", "origin"}};
  if (format == cli::Format::csv) columns.push_back({"FORM", "form"});
  print(cli::format_rows(format, columns, rows));
  return ExitCode::ok;
}

std::string mint_development_token(const Config& config, const Uuid& subject,
                                   const std::vector<auth::RoleName>& roles, std::chrono::seconds lifetime) {
  if (!config.is_development())
    throw UsageError(
        "tokens are minted in development only (BURSAR_ENV=development); in production the issuer does it");
  const auto key = std::ranges::find_if(config.tokens.keys, &auth::Key::development);
  if (key == config.tokens.keys.end())
    throw UsageError(
        "there is no development key (one called dev-…) in BURSAR_JWT_KEYS; 'bursar up' makes one and leaves "
        "it in "
        "dev.env");
  auth::MintRequest request;
  request.subject = subject;
  request.roles = roles;
  request.lifetime = lifetime;
  return auth::mint(*key, config.tokens, request, SystemClock().now());
}

ExitCode openapi_verb(bool with_operations) {
  using auth::Listener;
  print(api::openapi_document(with_operations ? Listener::operations : Listener::everywhere) + '\n');
  return ExitCode::ok;
}

ExitCode access_verb() {
  print(api::access_page());
  return ExitCode::ok;
}

ExitCode token_mint_verb(const Config& config, const TokenArguments& arguments) {
  const auto subject = parse_uuid(arguments.subject);
  if (!subject) throw UsageError(fmt::format("--subject '{}' is no UUID", arguments.subject));
  std::vector<auth::RoleName> roles;
  for (const std::string& name : arguments.roles) {
    const auto role = auth::parse_role(name);
    if (!role)
      throw UsageError(fmt::format(
          "--role '{}' is no role; expected customer, service, support, analyst, operator or admin", name));
    roles.push_back(*role);
  }
  print(mint_development_token(config, *subject, roles, arguments.lifetime) + '\n');
  return ExitCode::ok;
}

ExitCode analytics_run_verb(const Config& config) {
  const auto count = [](const Config& with) -> Task<workers::Scheduler::Round> {
    const auto executor = co_await asio::this_coro::executor;
    const SystemClock clock;
    workers::SchedulerOptions options;
    options.database = with.database;
    options.time_zone = with.time_zone;
    workers::Scheduler scheduler(executor, std::move(options), clock);
    co_return co_await scheduler.roll_up_open_days();
  };
  const auto round = run_for(count(config));
  print(round.rows == 1 ? "1 day of a currency was counted anew\n"
                        : fmt::format("{} days of currencies were counted anew\n", round.rows));
  for (const auto day : round.failed)
    note(fmt::format("{} could not be counted; see the log line roll_up_failed",
                     to_rfc3339(Instant(day)).substr(0, 10)));
  return round.failed.empty() ? ExitCode::ok : ExitCode::other;
}

ExitCode dlq_list_verb(const Config& config, const DeadLetterArguments& arguments, cli::Format format) {
  const auto letters =
      run_for(list_letters(config.database, channel_number(arguments.channel), arguments.limit));
  json::array rows;
  for (const store::DeadLetter& letter : letters)
    rows.push_back(json::object{{"dead_at", to_rfc3339(letter.dead_at)},
                                {"channel", channel_name(letter.queue)},
                                {"event", letter.event.text()},
                                {"tries", letter.tries},
                                {"crashes", letter.crashes},
                                {"reason", letter.reason}});
  const std::vector<cli::Column> columns{{"DEAD AT", "dead_at"}, {"CHANNEL", "channel"},
                                         {"EVENT", "event"},     {"TRIES", "tries"},
                                         {"CRASHES", "crashes"}, {"REASON", "reason"}};
  print(cli::format_rows(format, columns, rows));
  if (rows.empty()) note("no dead letters");
  return ExitCode::ok;
}

ExitCode dlq_redrive_verb(const Config& config, const DeadLetterArguments& arguments) {
  if (arguments.events.empty() && !arguments.all)
    throw UsageError(
        "say which: --event PAYMENT_ID.1 (several times), or --all; 'bursar dlq list' shows them");
  const QueueNumber channel = channel_number(arguments.channel).value();
  const auto redriven = run_for(redrive_letters(config.database, channel, arguments.events));
  print(fmt::format("{} dead letter{} back in {}\n", redriven, redriven == 1 ? " is" : "s are",
                    channel_name(channel)));
  return redriven == 0 && !arguments.all ? ExitCode::not_found : ExitCode::ok;
}

}  // namespace bursar
