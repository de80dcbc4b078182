#include "up.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <boost/json/object.hpp>
#include <csignal>
#include <cstdio>

#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/log.hpp"
#include "child_log.hpp"
#include "client_verbs.hpp"
#include "config_sources.hpp"
#include "demo.hpp"
#include "dev_files.hpp"
#include "http/client.hpp"
#include "http/listener.hpp"
#include "private_cluster.hpp"
#include "run_for.hpp"
#include "store/contacts.hpp"
#include "store/migrations.hpp"
#include "token_settings.hpp"

namespace bursar {
namespace {

namespace fs = std::filesystem;

std::string text_of_member(const json::object& object, std::string_view name) {
  const json::value* found = object.if_contains(name);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

/// Where people on this machine reach a listener.
std::string local_address(std::string address) {
  constexpr std::string_view everywhere = "0.0.0.0:";
  if (address.starts_with(everywhere)) address.replace(0, everywhere.size(), "127.0.0.1:");
  return address;
}

/// Whether the other verbs can call the listener: they look for its address in the certificate.
void check_names(const Config& config, const std::string& listen) {
  std::string host = local_address(listen);
  host.resize(host.rfind(':'));
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  if (http::TlsIdentity(config.tls, SystemClock().now()).names(host)) return;
  throw UsageError(
      fmt::format("the certificate {} does not name {}, where `up` listens; for development make one that "
                  "does (docs/tls.md shows how)",
                  config.tls.certificate, host));
}

/// The demo customer has a mailbox and a number from the start; what somebody changed since then stays.
Task<> seed_contact(store::DatabaseOptions database) {
  const auto executor = co_await asio::this_coro::executor;
  pg::Pool pool(executor, store::connect_as(database, store::Role::api), 1);
  store::Contacts contacts(pool);
  const UserId customer(*parse_uuid(demo_of(auth::RoleName::customer).id));
  if (co_await contacts.find(customer)) co_return;
  store::Contact contact;
  contact.email = "demo@example.test";
  contact.phone = "+12025550123";  // a number kept for fiction
  co_await contacts.put(customer, contact);
}

/// Before anything is made: what the children will listen on is free, for each of them. All at once, so that
/// two settings with one port are found too. Throws UsageError that names the setting.
void check_addresses(const Config& config) {
  const std::vector<std::pair<std::string_view, std::string>> addresses = {
      {"BURSAR_LISTEN", config.listen},
      {"BURSAR_OPS_LISTEN", config.ops_listen},
      {"BURSAR_GATEWAY_SIM_LISTEN", config.peers.gateway_listen},
      {"BURSAR_SMTP_SINK_LISTEN", config.peers.smtp_listen},
      {"BURSAR_SINKS_LISTEN", config.peers.sinks_listen}};
  Loop loop(1);
  std::vector<std::unique_ptr<http::Listener>> taken;
  for (const auto& [setting, address] : addresses) {
    try {
      taken.push_back(std::make_unique<http::Listener>(loop.get_executor(), address, false));
    } catch (const UsageError& wrong) {
      throw UsageError(fmt::format("{}: {}", setting, wrong.what()));
    }
  }
}

/// True when the server would take a payment now.
Task<bool> is_ready(std::string ops_url, std::string ca_file) {
  const auto executor = co_await asio::this_coro::executor;
  http::ClientOptions options;
  options.base_url = std::move(ops_url);
  options.trusted_certificates_file = std::move(ca_file);
  options.connections = 1;
  http::Client client(executor, std::move(options));
  http::ClientRequest request;
  request.method = "GET";
  request.path = "/readyz";
  try {
    const auto answer = co_await client.call(std::move(request), limits::connect_deadline);
    co_return answer.status == 200;
  } catch (const http::CallFailed&) {
    co_return false;
  }
}

class Supervisor {
 public:
  explicit Supervisor(const Config& config) : config_(config), program_(fs::read_symlink("/proc/self/exe")) {}

  void start() {
    if (config_.has_tls())
      for (const auto& listen : {config_.listen, config_.ops_listen}) check_names(config_, listen);
    start_database();
    const auto report = run_for(store::migrate(database_));
    if (!report.applied.empty()) log::info("migrated", {{"from", report.from}, {"to", report.to}});
    run_to_end(seed_contact(database_));
    key_ = development_key();
    seal_ = config_.key_encryption_key.empty() ? load_or_make_seal(config_.data_dir / "dev.seal")
                                               : config_.key_encryption_key;
    run_to_end(seed_demo(database_, seal_, parse_key_seal(seal_, true).value()));
    start_devtools();
    start_server();
    write_private_file(config_.data_dir / "dev.env", env_text(dev_variables()));
    const std::string text =
        banner({.url = url_,
                .ops_url = ops_url_,
                .sinks_url = sinks_url_,
                .gateway_url = gateway_url_,
                .data_folder = config_.data_dir,
                .log_ins = log_ins(),
                .is_default_folder = config_.data_dir == default_data_folder(config::home_folder().string()),
                .program = program_,
                .ca_file = trusted()});
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
  }

  /// What ended by itself, and how; nullopt while everything runs.
  std::optional<std::string> what_ended() {
    if (cluster_)
      if (const auto status = cluster_->ended())
        return fmt::format("the database {}; see {}", describe_exit(*status), log_file("postgres").string());
    if (const auto status = server_->poll())
      return fmt::format("the server {}; see {}", describe_exit(*status), log_file("serve").string());
    if (const auto status = devtools_->poll())
      return fmt::format("the development peers {}; see {}", describe_exit(*status),
                         log_file("devtools").string());
    return std::nullopt;
  }

  /// In the order of the flow: nobody loses what it still needs.
  void stop() {
    stop_child(server_, limits::drain_deadline + limits::exit_slack + seconds(1));
    stop_child(devtools_, limits::drain_deadline);
    if (cluster_) cluster_->stop();
  }

 private:
  void start_database() {
    database_ = config_.database;
    // Whose folder it is comes first: another `up` that runs on it has our ports too.
    if (database_.url.empty()) cluster_ = std::make_unique<PrivateCluster>(config_.data_dir);
    check_addresses(config_);
    if (!cluster_) {
      fs::create_directories(config_.data_dir / "log");
      return;
    }
    cluster_->start();
    database_.url = cluster_->url();
  }

  std::vector<std::array<std::string, 3>> log_ins() const {
    std::vector<std::array<std::string, 3>> all;
    for (const DemoPrincipal& principal : demo_principals())
      all.push_back({std::string(auth::to_text(principal.role)), std::string(principal.id),
                     demo_secret(principal, seal_)});
    return all;
  }

  auth::Key development_key() const {
    const auto given = std::ranges::find_if(config_.tokens.keys, &auth::Key::development);
    return given != config_.tokens.keys.end() ? *given : load_or_make_key(config_.data_dir / "dev.key");
  }

  fs::path log_file(std::string_view name) const {
    return config_.data_dir / "log" / fmt::format("{}.log", name);
  }

  std::unique_ptr<ChildProcess> start_child(std::string_view log, std::vector<std::string> arguments,
                                            Variables environment) {
    begin_log(log_file(log));
    ChildOptions options;
    options.command = std::move(arguments);
    options.command.insert(options.command.begin(), program_.string());
    options.environment = std::move(environment);
    options.log_file = log_file(log).string();
    // When we are killed, their ports must be free for the next start at once; both survive being killed.
    options.signal_when_we_die = SIGKILL;
    return std::make_unique<ChildProcess>(std::move(options));
  }

  void start_devtools() {
    const fs::path folder = config_.data_dir / "peers";
    fs::create_directories(folder);
    devtools_ = start_child("devtools",
                            {"devtools", "--gateway-listen", config_.peers.gateway_listen, "--smtp-listen",
                             config_.peers.smtp_listen, "--sinks-listen", config_.peers.sinks_listen,
                             "--folder", folder.string()},
                            {});
    const auto ready =
        wait_for_event(*devtools_,
                       "the development peers (BURSAR_GATEWAY_SIM_LISTEN, BURSAR_SMTP_SINK_LISTEN, "
                       "BURSAR_SINKS_LISTEN)",
                       log_file("devtools"), "devtools_ready");
    gateway_url_ = text_of_member(ready, "gateway");
    smtp_url_ = text_of_member(ready, "smtp");
    sms_url_ = text_of_member(ready, "sms");
    sinks_url_ = text_of_member(ready, "read");
  }

  void start_server() {
    server_ =
        start_child("serve", {"serve", "--role", "api,executor,notifier,scheduler,ops"}, server_variables());
    const auto ready = wait_for_event(*server_, "the server (BURSAR_LISTEN, BURSAR_OPS_LISTEN)",
                                      log_file("serve"), "serving");
    const std::string scheme = config_.has_tls() ? "https://" : "http://";
    url_ = scheme + local_address(text_of_member(ready, "listen"));
    ops_url_ = scheme + local_address(text_of_member(ready, "ops_listen"));
    // Listening is not enough: the line of the banner must pay when it is pasted.
    const auto end = std::chrono::steady_clock::now() + limits::child_ready_deadline;
    while (!run_for(is_ready(ops_url_, trusted())) && std::chrono::steady_clock::now() < end) {
      if (server_->wait(milliseconds(20))) return;  // what_ended() says so
    }
  }

  /// What the other verbs trust: the file that was given for it, else just our own certificate.
  std::string trusted() const {
    const std::string& given = config_.client.ca_file;
    return config_.has_tls() && given.empty() ? fs::absolute(config_.tls.certificate).string() : given;
  }

  Variables shared_variables() const {
    return {{"BURSAR_ENV", "development"},
            {"BURSAR_DATA_DIR", config_.data_dir.string()},
            {"BURSAR_DATABASE_URL", database_.url},
            {"BURSAR_ROLE_PREFIX", database_.role_prefix},
            {"BURSAR_JWT_KEYS", key_setting(key_)},
            {"BURSAR_KEY_ENCRYPTION_KEY", seal_},
            {"BURSAR_JWT_ISSUER", config_.tokens.issuer},
            {"BURSAR_JWT_AUDIENCE", config_.tokens.audience},
            {"BURSAR_TIME_ZONE", config_.time_zone},
            {"BURSAR_GATEWAY", "simulator"},
            {"BURSAR_GATEWAY_URL", gateway_url_},
            {"BURSAR_SMTP_URL", smtp_url_},
            {"BURSAR_SMS_URL", sms_url_}};
  }

  Variables server_variables() const {
    Variables variables = shared_variables();
    variables.emplace_back("BURSAR_LISTEN", config_.listen);
    variables.emplace_back("BURSAR_OPS_LISTEN", config_.ops_listen);
    if (config_.has_tls()) {
      variables.emplace_back("BURSAR_TLS_CERTIFICATE_FILE", config_.tls.certificate);
      variables.emplace_back("BURSAR_TLS_KEY_FILE", config_.tls.key);
    }
    for (const Config::Shown& given : config_.shown)
      if (given.name == "BURSAR_JWT_KEY_FILES" || given.name == "BURSAR_JWT_ISSUERS")
        variables.emplace_back(given.name, given.value);
    variables.emplace_back("BURSAR_MAIL_FROM", config_.mail.from);
    variables.emplace_back("BURSAR_API_LOOPS", std::to_string(config_.api_loops));
    variables.emplace_back("BURSAR_LOG_LEVEL", config_.log_level == log::Level::debug     ? "debug"
                                               : config_.log_level == log::Level::warning ? "warning"
                                               : config_.log_level == log::Level::error   ? "error"
                                                                                          : "info");
    for (const Config::Shown& one : config_.shown)
      if (one.name == "BURSAR_RATE_LIMIT" || one.name == "BURSAR_TRUSTED_PROXIES")
        variables.emplace_back(one.name, one.value);
    if (!config_.faults.empty()) variables.emplace_back("BURSAR_FAULTS", config_.faults);
    return variables;
  }

  Variables dev_variables() const {
    Variables variables = shared_variables();
    variables.emplace_back("BURSAR_URL", url_);
    variables.emplace_back("BURSAR_OPS_URL", ops_url_);
    if (!trusted().empty()) variables.emplace_back("BURSAR_CA_FILE", trusted());
    variables.emplace_back("BURSAR_DEVTOOLS_URL", sinks_url_);
    return variables;
  }

  static void stop_child(const std::unique_ptr<ChildProcess>& child, milliseconds time) {
    if (!child) return;
    child->signal(SIGTERM);
    if (!child->wait(time)) child->signal(SIGKILL);
  }

  const Config& config_;
  fs::path program_;
  std::unique_ptr<PrivateCluster> cluster_;
  std::unique_ptr<ChildProcess> devtools_, server_;
  store::DatabaseOptions database_;
  auth::Key key_;
  std::string seal_;
  std::string gateway_url_, smtp_url_, sms_url_, sinks_url_, url_, ops_url_;
};

volatile std::sig_atomic_t stop_asked = 0;

/// A second one does not wait; the children end with us.
void ask_to_stop(int) {
  if (stop_asked != 0) ::_exit(130);
  stop_asked = 1;
}

}  // namespace

ExitCode up(const Config& config) {
  if (!config.is_development())
    throw UsageError(
        "'bursar up' is for development, and BURSAR_ENV says production; production runs 'bursar serve'");
  ::signal(SIGINT, ask_to_stop);
  ::signal(SIGTERM, ask_to_stop);
  Supervisor supervisor(config);
  supervisor.start();
  std::optional<std::string> ended;
  while (stop_asked == 0 && !ended) {
    ended = supervisor.what_ended();
    ::usleep(std::chrono::microseconds(limits::child_looked_at_every).count());
  }
  if (!ended) std::fputs("\nstopping…\n", stderr);
  supervisor.stop();
  if (!ended) return ExitCode::ok;
  std::fputs(fmt::format("bursar: {}\n", *ended).c_str(), stderr);
  return ExitCode::other;
}

}  // namespace bursar
