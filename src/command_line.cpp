#include "command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>

#include "completion.hpp"

namespace bursar {
namespace {

constexpr const char* version = "bursar 0.1.0";

/// Help opens with examples: they are what most people came for.
class ExamplesFirst : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override {
    std::string text = CLI::Formatter::make_help(app, std::move(name), mode);
    const std::string examples = app->get_footer();
    if (mode == CLI::AppFormatMode::Sub || examples.empty()) return text;
    return "Examples:\n" + examples + "\n\n" + text;
  }
  std::string make_footer(const CLI::App*) const override { return {}; }
};

/// "15m", "90s", "2h", "300"
std::optional<std::chrono::seconds> parse_duration(const std::string& text) {
  std::size_t digits = 0;
  while (digits < text.size() && digits < 9 && text[digits] >= '0' && text[digits] <= '9') ++digits;
  if (digits == 0) return std::nullopt;
  const long number = std::stol(text.substr(0, digits));
  const std::string unit = text.substr(digits);
  if (unit.empty() || unit == "s") return std::chrono::seconds(number);
  if (unit == "m") return std::chrono::minutes(number);
  if (unit == "h") return std::chrono::hours(number);
  return std::nullopt;
}

CLI::Option* add_duration(CLI::App* app, const std::string& name, std::chrono::seconds& into,
                          const std::string& description) {
  const auto read = [&into](const CLI::results_t& texts) {
    const auto duration = parse_duration(texts.front());
    if (duration) into = *duration;
    return duration.has_value();
  };
  return app->add_option(name, read, description)
      ->type_name("DURATION")
      ->default_str(std::to_string(into.count()) + "s");
}

class Parser {
 public:
  Parser() : app_("Bursar takes payments and tells everyone who must know.", "bursar") {
    app_.formatter(std::make_shared<ExamplesFirst>());
    app_.footer(
        "  bursar up                                     everything on this machine, for development\n"
        "  bursar payments create --amount 1234 --currency EUR --wait\n"
        "  bursar mail list                              what the development mailbox got\n"
        "  bursar serve --role api,executor,notifier,scheduler,ops");
    app_.set_version_flag("--version", version);
    app_.require_subcommand(1);
    app_.fallthrough(false);
    add_servers();
    add_database_tools();
    add_development_tools();
    add_payments();
    add_messages();
    add_numbers();
    add_dead_letters();
    add_principals();
    add_keys();
    add_completion();
  }

  std::variant<CommandLine, ExitCode> parse(int argc, const char* const* argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      // exit() prints help and version to stdout, faults to stderr.
      return app_.exit(error) == 0 ? ExitCode::ok : ExitCode::usage;
    }
    if (!shell_.empty()) {
      const std::string script = completion_script(shell_, words_);
      std::fwrite(script.data(), 1, script.size(), stdout);
      return ExitCode::ok;
    }
    return line_;
  }

 private:
  CLI::App* add(CLI::App* parent, const char* name, const char* description, const char* examples,
                std::optional<Verb> verb) {
    CLI::App* app = parent->add_subcommand(name, description);
    app->footer(examples);
    if (verb)
      app->callback([this, verb] { line_.verb = *verb; });
    else
      app->require_subcommand(1);
    words_[parent == &app_ ? "" : parent->get_name()].push_back(name);
    return app;
  }

  void add_format(CLI::App* app) {
    const std::map<std::string, cli::Format> formats{
        {"table", cli::Format::table}, {"json", cli::Format::json}, {"csv", cli::Format::csv}};
    app->add_option("-o,--output", line_.format, "table, json or csv")
        ->transform(CLI::Transformer(formats).description(""))
        ->type_name("FORMAT");
  }

  void add_servers() {
    add(&app_, "up", "Development: a private database, one server with every role, and development peers",
        "  bursar up\n  BURSAR_DATA_DIR=/tmp/play BURSAR_LISTEN=127.0.0.1:9000 bursar up", Verb::up);
    auto* serve =
        add(&app_, "serve", "Runs parts of Bursar against a database",
            "  bursar serve --role api\n  bursar serve --role executor,notifier,scheduler,ops", Verb::serve);
    const auto read = [this](const CLI::results_t& texts) {
      const std::map<std::string, bool ServeRoles::*> roles{{"api", &ServeRoles::api},
                                                            {"executor", &ServeRoles::executor},
                                                            {"notifier", &ServeRoles::notifier},
                                                            {"scheduler", &ServeRoles::scheduler},
                                                            {"ops", &ServeRoles::ops}};
      for (const std::string& text : texts) {
        const auto found = roles.find(text);
        if (found == roles.end()) return false;
        line_.roles.*(found->second) = true;
      }
      return true;
    };
    serve
        ->add_option("--role", read,
                     "api, executor, notifier, scheduler, ops: any of them, separated by commas")
        ->required()
        ->delimiter(',')
        ->type_name("ROLES")
        ->type_size(1)
        ->expected(1, 8);
  }

  void add_database_tools() {
    add(&app_, "migrate", "Brings the database's schema to this binary's version",
        "  BURSAR_DATABASE_URL=postgresql://… bursar migrate", Verb::migrate);
    auto* audit =
        add(&app_, "audit", "Proves from the database that no payment is lost, doubled or stuck",
            "  bursar audit\n  bursar audit --gateway-ledger gateway-ledger.jsonl -o json", Verb::audit);
    audit->add_option("--gateway-ledger", line_.audit.gateway_ledger,
                      "the simulator's ledger, to compare every charge");
    add_duration(audit, "--stuck-after", line_.audit.stuck_after,
                 "how long something may wait without a next step");
    add_duration(audit, "--settled-after", line_.audit.settled_after, "younger payments are not compared");
    audit
        ->add_option("--window", line_.audit.window,
                     "payments compared with the ledger at once; fewer need less memory and more time")
        ->check(CLI::Range(1, limits::audit_window_payments));
    add_format(audit);
    auto* config = add(&app_, "config", "Settings", "  bursar config check", std::nullopt);
    add_format(add(config, "check",
                   "Every setting with its value and where it comes from; secrets are hidden",
                   "  bursar config check -o json", Verb::config_check));
    auto* openapi =
        add(&app_, "openapi", "Prints the specification of the API (OpenAPI 3.1), without a server",
            "  bursar openapi > openapi.json", Verb::openapi);
    openapi->add_flag("--ops", line_.with_operations, "of the operations listener, which has more routes");
    add(&app_, "access", "Prints who may do what, as docs/reference/access.md", "  bursar access",
        Verb::access);
  }

  void add_development_tools() {
    auto* token = add(&app_, "token", "Tokens for development",
                      "  bursar token mint --subject UUID --role customer", std::nullopt);
    auto* mint =
        add(token, "mint", "Signs a token with a development key and prints it",
            "  bursar token mint --subject 7b0e2f4c-96c4-4c1e-9a53-0d5b1f6a2c11 --role customer --ttl 15m",
            Verb::token_mint);
    mint->add_option("--subject", line_.token.subject, "whose token: a UUID")->required();
    mint->add_option("--role", line_.token.roles, "customer, service, support, analyst, operator, admin")
        ->required()
        ->delimiter(',');
    add_duration(mint, "--ttl", line_.token.lifetime, "how long it lives, at most 15m");
    auto* simulator =
        add(&app_, "gateway-sim", "A payment gateway for development and tests",
            "  bursar gateway-sim --listen 127.0.0.1:8010 --ledger ledger.jsonl", Verb::gateway_sim);
    simulator->add_option("--listen", line_.simulator.listen, "address:port")->capture_default_str();
    simulator->add_option("--ledger", line_.simulator.ledger, "file that remembers every charge")
        ->capture_default_str();
    simulator->add_option("--api-key", line_.simulator.api_key, "the only key that is let in");
    simulator->add_flag("--no-idempotency", line_.simulator.ignore_keys,
                        "every create charges, whatever its key");
    auto* devtools =
        add(&app_, "devtools", "The development peers of `up`: gateway simulator, mail and SMS sinks",
            "  bursar devtools --folder /tmp/ledgers", Verb::devtools);
    devtools->add_option("--gateway-listen", line_.devtools.gateway_listen, "address:port of the simulator")
        ->capture_default_str();
    devtools->add_option("--smtp-listen", line_.devtools.smtp_listen, "address:port of the mail sink")
        ->capture_default_str();
    devtools
        ->add_option("--sinks-listen", line_.devtools.sinks_listen, "address:port of the SMS sink and reads")
        ->capture_default_str();
    devtools->add_option("--folder", line_.devtools.folder, "where the ledgers are")->capture_default_str();
  }

  void add_payments() {
    auto* payments =
        add(&app_, "payments", "Payments", "  bursar payments list --status FAILED", std::nullopt);
    auto* create =
        add(payments, "create", "Asks for a payment",
            "  bursar payments create --amount 1234 --currency EUR --wait\n"
            "  bursar payments create --user UUID --amount 500 --currency JPY --reference order-1017",
            Verb::payments_create);
    create->add_option("--user", line_.create.user_id, "who pays; without it the token's subject");
    create->add_option("--amount", line_.create.amount, "in minor units: 1234 is 12.34 EUR")->required();
    create->add_option("--currency", line_.create.currency, "ISO 4217 code")->required();
    create->add_option("--description", line_.create.description, "for the payer's messages");
    create->add_option("--reference", line_.create.reference, "your own number for it");
    create->add_option("--payment-method", line_.create.payment_method, "the gateway's token");
    create->add_option("--metadata", line_.create.metadata, "key=value, several times")
        ->type_name("KEY=VALUE");
    create->add_option("--key", line_.create.idempotency_key, "Idempotency-Key; without it a new one");
    create->add_flag("--wait", line_.create.wait, "until it has succeeded or failed");
    add_format(create);
    auto* get = add(payments, "get", "One payment", "  bursar payments get ID -o json", Verb::payments_get);
    get->add_option("id", line_.payment_id, "the payment's id")->required();
    add_format(get);
    auto* timeline = add(payments, "timeline", "What happened to a payment, and what comes next",
                         "  bursar payments timeline ID", Verb::payments_timeline);
    timeline->add_option("id", line_.payment_id, "the payment's id")->required();
    add_format(timeline);
    auto* list = add(payments, "list", "Payments, newest first",
                     "  bursar payments list --status PENDING --limit 100 -o csv", Verb::payments_list);
    list->add_option("--status", line_.list.status, "PENDING, SUCCESS or FAILED");
    list->add_option("--user", line_.list.user_id, "who pays");
    list->add_option("--reference", line_.list.reference, "exactly this reference");
    list->add_option("--currency", line_.list.currency, "ISO 4217 code");
    list->add_option("--created-after", line_.list.created_after, "RFC 3339 time with an offset");
    list->add_option("--limit", line_.list.limit, "how many")
        ->capture_default_str()
        ->check(CLI::Range(1, 100'000));
    add_format(list);
    auto* wait =
        add(payments, "wait", "Waits for the outcome: exit code 0 SUCCESS, 9 FAILED, 7 still PENDING",
            "  bursar payments wait ID --timeout 1m", Verb::payments_wait);
    wait->add_option("id", line_.payment_id, "the payment's id")->required();
    for (CLI::App* app : {wait, create}) add_duration(app, "--timeout", line_.timeout, "how long to wait");
    add_format(wait);
  }

  void add_messages() {
    auto* mail = add(&app_, "mail", "The development mailbox", "  bursar mail list -o json", std::nullopt);
    auto* sms = add(&app_, "sms", "The development SMS sink", "  bursar sms list", std::nullopt);
    auto* show = add(mail, "show", "One mail with its text", "  bursar mail show 3", Verb::mail_show);
    show->add_option("n", line_.mail_number, "its number in the list")->required();
    auto* mails =
        add(mail, "list", "Mails, newest first", "  bursar mail list --to ada@example.test", Verb::mail_list);
    auto* messages =
        add(sms, "list", "SMS, newest first", "  bursar sms list --limit 5 -o json", Verb::sms_list);
    for (CLI::App* app : {mails, messages}) {
      app->add_option("--to", line_.messages.to, "only to this address or number");
      app->add_option("--limit", line_.messages.limit, "how many")
          ->capture_default_str()
          ->check(CLI::Range(1, 10'000));
    }
    for (CLI::App* app : {mails, messages, show}) add_format(app);
  }

  void add_numbers() {
    auto* analytics = add(&app_, "analytics", "The days' figures", "  bursar analytics show", std::nullopt);
    add(analytics, "run", "Counts every day that is not final, now", "  bursar analytics run",
        Verb::analytics_run);
    auto* show =
        add(analytics, "show", "Figures by day and currency",
            "  bursar analytics show --from 2026-11-01 --to 2026-11-30 -o csv", Verb::analytics_show);
    show->add_option("--from", line_.daily.from, "first day");
    show->add_option("--to", line_.daily.to, "last day, included");
    add_format(show);
  }

  void add_dead_letters() {
    auto* dlq = add(&app_, "dlq", "Notifications that were given up", "  bursar dlq list", std::nullopt);
    auto* list =
        add(dlq, "list", "Dead letters, newest first", "  bursar dlq list --channel email", Verb::dlq_list);
    auto* redrive =
        add(dlq, "redrive", "Puts dead letters back into their channel",
            "  bursar dlq redrive --channel email --all\n  bursar dlq redrive --channel sms --event ID.1",
            Verb::dlq_redrive);
    for (CLI::App* app : {list, redrive})
      app->add_option("--channel", line_.dead_letters.channel, "email or sms");
    list->add_option("--limit", line_.dead_letters.limit, "how many")
        ->capture_default_str()
        ->check(CLI::Range(1, 10'000));
    add_format(list);
    redrive->get_option("--channel")->required();
    auto* events = redrive->add_option("--event", line_.dead_letters.events, "PAYMENT_ID.1, several times");
    redrive->add_flag("--all", line_.dead_letters.all, "every dead letter of the channel")->excludes(events);
  }

  void add_principals() {
    cli::PrincipalArguments& with = line_.principal;
    auto* all = add(&app_, "principals", "Who may call, for administrators",
                    "  bursar principals create --name 'Shop' --role service", std::nullopt);
    auto* create =
        add(all, "create", "Makes somebody known and prints the log-in",
            "  bursar principals create --name 'Shop' --role service\n"
            "  bursar principals create --name Grace --role operator --issuer https://… --subject …\n"
            "  bursar principals create --direct --name 'First admin' --role admin",
            Verb::principals_create);
    create->add_flag("--direct", with.direct,
                     "writes to BURSAR_DATABASE_URL, without a server: for the first administrator");
    create->add_option("--issuer", with.issuer, "a foreign issuer, as its tokens name it");
    create->add_option("--subject", with.subject, "what that issuer calls it");
    auto* list = add(all, "list", "Principals, the latest id first",
                     "  bursar principals list --role operator", Verb::principals_list);
    list->add_option("--limit", with.limit, "how many")->capture_default_str()->check(CLI::Range(1, 100'000));
    auto* show = add(all, "show", "One principal and its secrets", "  bursar principals show ID",
                     Verb::principals_show);
    auto* change = add(all, "change", "Changes a name, a role or a limit",
                       "  bursar principals change ID --role support", Verb::principals_change);
    auto* revoke = add(all, "revoke", "Nothing of it counts any more", "  bursar principals revoke ID",
                       Verb::principals_revoke);
    auto* restore = add(all, "restore", "Takes a revocation back", "  bursar principals restore ID",
                        Verb::principals_restore);
    auto* secret = add(all, "new-secret", "A further client secret", "  bursar principals new-secret ID",
                       Verb::principals_new_secret);
    secret->add_option("--expires-at", with.expires_at, "RFC 3339 time with an offset; never without it");
    auto* end = add(all, "revoke-secret", "No new tokens by a secret",
                    "  bursar principals revoke-secret SECRET_ID", Verb::principals_revoke_secret);
    for (CLI::App* app : {show, change, revoke, restore, secret})
      app->add_option("id", with.id, "its id")->required();
    end->add_option("id", with.id, "the secret's id")->required();
    for (CLI::App* app : {create, list, change}) app->add_option("--role", with.role, "its role");
    for (CLI::App* app : {create, change}) {
      app->add_option("--name", with.name, "for people");
      app->add_option("--rate-limit", with.rate_limit, "instead of the usual limits; empty takes it away");
    }
    create->get_option("--role")->required();
    create->get_option("--name")->required();
    for (CLI::App* app : {create, list, show, change, revoke, restore, secret, end}) add_format(app);
  }

  void add_keys() {
    auto* keys = add(&app_, "keys", "The keys that sign our tokens, for administrators", "  bursar keys list",
                     std::nullopt);
    auto* list = add(keys, "list", "Keys and their states", "  bursar keys list -o json", Verb::keys_list);
    auto* create = add(keys, "create", "Makes the signing and the waiting key where they are missing",
                       "  bursar keys create --direct", Verb::keys_create);
    create->add_flag("--direct", line_.principal.direct,
                     "writes to BURSAR_DATABASE_URL, without a server: for the first keys");
    auto* rotate = add(keys, "rotate", "The waiting key signs, a new one waits", "  bursar keys rotate",
                       Verb::keys_rotate);
    auto* revoke = add(keys, "revoke", "Nothing that a key signed counts any more",
                       "  bursar keys revoke KID", Verb::keys_revoke);
    revoke->add_option("kid", line_.principal.id, "the key's id")->required();
    for (CLI::App* app : {list, create, rotate, revoke}) add_format(app);
  }

  void add_completion() {
    auto* completion = add(&app_, "completion", "Prints a script that completes verbs in your shell",
                           "  source <(bursar completion bash)", std::nullopt);
    completion->require_subcommand(0);
    completion->add_option("shell", shell_, "bash or zsh")->required()->check(CLI::IsMember({"bash", "zsh"}));
  }

  CLI::App app_;
  CommandLine line_;
  std::string shell_;
  VerbWords words_;
};

}  // namespace

std::variant<CommandLine, ExitCode> parse_command_line(int argc, const char* const* argv) {
  Parser parser;
  return parser.parse(argc, argv);
}

}  // namespace bursar
