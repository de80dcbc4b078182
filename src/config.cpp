#include "config.hpp"

#include <fmt/format.h>
#include <array>
#include <charconv>
#include <functional>
#include <thread>

#include "auth/signature.hpp"
#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"
#include "config_sources.hpp"
#include "private_cluster.hpp"
#include "token_settings.hpp"

namespace bursar {
namespace {

enum class Secret { no, password, yes };

struct Setting {
  std::string_view name;
  std::string_view form;
  std::string_view fallback;
  /// password: only the password of the URL is hidden.
  Secret secret = Secret::no;
};

/// Secrets can also be given as NAME_FILE, the path of a file that holds the value.
constexpr std::array settings{
    Setting{"BURSAR_ENV", "development | production", "production"},
    Setting{"BURSAR_DATABASE_URL", "postgresql://user:password@host:port/database, or key=value pairs", "",
            Secret::password},
    Setting{"BURSAR_ROLE_PREFIX", "start of the database roles' names: lower-case, digits, _", "bursar"},
    Setting{"BURSAR_DATA_DIR", "absolute folder where `bursar up` keeps everything", ""},
    Setting{"BURSAR_LISTEN", "address:port of the public listener", "127.0.0.1:8000"},
    Setting{"BURSAR_OPS_LISTEN", "address:port of the operations listener", "127.0.0.1:8001"},
    Setting{"BURSAR_OPS_HOSTS", "host names of the operations listener, separated by commas", ""},
    Setting{"BURSAR_TLS_CERTIFICATE_FILE",
            "PEM file with the certificate and its chain: with it both listeners speak TLS", ""},
    Setting{"BURSAR_TLS_KEY_FILE", "PEM file with the certificate's key, without a passphrase", ""},
    Setting{"BURSAR_JWT_KEYS", "kid:HS256:secret or kid:EdDSA:public[:seed], base64url, separated by commas",
            "", Secret::yes},
    Setting{"BURSAR_JWT_KEY_FILES", "absolute paths of public keys (PEM, JWK, JWK set), by commas", ""},
    Setting{"BURSAR_KEY_ENCRYPTION_KEY", "32 bytes in base64url, which seal the keys that sign our tokens",
            "", Secret::yes},
    Setting{"BURSAR_JWT_ISSUER", "iss of our own tokens", "bursar"},
    Setting{"BURSAR_JWT_AUDIENCE", "aud of our own tokens", "bursar"},
    Setting{"BURSAR_JWT_ISSUERS",
            "JSON array of foreign issuers: issuer, audience, keys (https URL or path)…", ""},
    Setting{"BURSAR_GATEWAY", "simulator | stripe", "simulator"},
    Setting{"BURSAR_GATEWAY_URL", "http(s)://host[:port] of the payment gateway", ""},
    Setting{"BURSAR_STRIPE_SECRET_KEY", "the gateway's API key", "", Secret::yes},
    Setting{"BURSAR_SMTP_URL", "smtp(s)://[user:password@]host[:port]", "", Secret::password},
    Setting{"BURSAR_MAIL_FROM", "sender: Name <address> or address", "Bursar <payments@example.test>"},
    Setting{"BURSAR_SMS_URL", "http(s) URL that messages are posted to", ""},
    Setting{"BURSAR_SMS_TOKEN", "bearer token of the SMS provider", "", Secret::yes},
    Setting{"BURSAR_API_LOOPS", "threads that serve the API, 1 to 64; default: one per core, at most 8", ""},
    Setting{"BURSAR_LOG_LEVEL", "debug | info | warning | error", "info"},
    Setting{"BURSAR_RATE_LIMIT", "off, or classes with their rates: create=200/s:400,read=off", ""},
    Setting{"BURSAR_TRUSTED_PROXIES", "addresses or networks of proxies: 192.0.2.7,2001:db8::/32", ""},
    Setting{"BURSAR_TIME_ZONE", "IANA name of the zone in which analytics begins its days", "UTC"},
    Setting{"BURSAR_FAULTS", "fault points of tests, development only: name=crash|throw|stall[@n],…", ""},
    Setting{"BURSAR_URL", "http(s)://host:port that client verbs speak to", "http://127.0.0.1:8000"},
    Setting{"BURSAR_CA_FILE", "PEM file with the only certificates that client verbs trust", ""},
    Setting{"BURSAR_OPS_URL", "http://host:port of the operations listener", "http://127.0.0.1:8001"},
    Setting{"BURSAR_TOKEN", "bearer token of client verbs", "", Secret::yes},
    Setting{"BURSAR_DEVTOOLS_URL", "http://host:port of the development sinks", ""},
    Setting{"BURSAR_GATEWAY_SIM_LISTEN", "address:port of the gateway simulator in `up`", "127.0.0.1:8010"},
    Setting{"BURSAR_SMTP_SINK_LISTEN", "address:port of the mail sink in `up`", "127.0.0.1:8025"},
    Setting{"BURSAR_SINKS_LISTEN", "address:port of the SMS sink in `up`", "127.0.0.1:8026"},
};

constexpr std::string_view file_suffix = "_FILE";
constexpr std::size_t loops_max = 64;
constexpr unsigned loops_by_itself_max = 8;

const Setting* find_setting(std::string_view name) {
  const auto* found = std::ranges::find(settings, name, &Setting::name);
  return found == settings.end() ? nullptr : &*found;
}

std::string without_password(std::string text) {
  const auto scheme = text.find("://");
  const auto at = text.rfind('@');
  if (scheme != std::string::npos && at != std::string::npos && at > scheme) {
    const auto colon = text.find(':', scheme + 3);
    if (colon != std::string::npos && colon < at) text.replace(colon + 1, at - colon - 1, log::redacted);
  }
  if (text.find("password") != std::string::npos) return std::string(log::redacted);
  return text;
}

std::string shown_value(const Setting& setting, const std::string& text) {
  if (text.empty() || setting.secret == Secret::no) return text;
  return setting.secret == Secret::yes ? std::string(log::redacted) : without_password(text);
}

/// Takes values by name, and remembers every fault with its origin.
class Reader {
 public:
  explicit Reader(const ConfigNeeds& needs) : raw_(config::read_environment()) {
    const auto said = raw_.find("BURSAR_ENV");
    const bool production = said != raw_.end() && said->second.text == "production";
    if (!production) add(config::read_file(".env", ".env", faults_));
    if (needs.dev_env && !production) {
      const std::string folder = text("BURSAR_DATA_DIR");
      const auto data = folder.empty() ? default_data_folder(config::home_folder().string())
                                       : std::filesystem::path(folder);
      const auto file = data / "dev.env";
      add(config::read_file(file, file.string(), faults_));
    }
    if (needs.is_for_development)
      raw_.try_emplace("BURSAR_ENV", config::Raw{"development", "`up` is for development"});
    for (const Setting& setting : settings)
      if (setting.secret != Secret::no) read_secret_file(std::string(setting.name));
  }

  std::string text(std::string_view name) const {
    const auto found = raw_.find(name);
    return found == raw_.end() ? std::string(find_setting(name)->fallback) : found->second.text;
  }
  bool is_given(std::string_view name) const { return raw_.contains(name); }

  void fault(std::string_view name, std::string_view why) {
    const Setting& setting = *find_setting(name);
    const auto found = raw_.find(name);
    const std::string value = shown_value(setting, text(name));
    std::string line(name);
    if (found != raw_.end()) line += fmt::format(" = '{}' ({})", value, found->second.origin);
    faults_.push_back(fmt::format("{}: {}; expected: {}", line, why, setting.form));
  }

  template <class T, std::size_t size>
  T choice(std::string_view name, const std::array<std::pair<std::string_view, T>, size>& choices) {
    const std::string value = text(name);
    for (const auto& [word, meaning] : choices)
      if (value == word) return meaning;
    fault(name, "is no such choice");
    return choices[0].second;
  }

  /// What `parse` makes of the text: std::expected with a sentence.
  template <class Parse>
  auto parsed(std::string_view name, Parse parse) {
    auto value = parse(text(name));
    if (!value) fault(name, value.error());
    return value ? std::move(*value) : typename decltype(value)::value_type();
  }

  std::vector<std::string> unknown_names() const {
    std::vector<std::string_view> known;
    for (const Setting& setting : settings) known.push_back(setting.name);
    std::vector<std::string> warnings;
    for (const auto& [name, value] : raw_) {
      std::string_view plain = name;
      if (plain.ends_with(file_suffix)) plain.remove_suffix(file_suffix.size());
      const Setting* setting = find_setting(plain);
      if (find_setting(name) != nullptr || (setting != nullptr && setting->secret != Secret::no)) continue;
      warnings.push_back(fmt::format("{} ({}) is no setting of Bursar; did you mean {}?", name, value.origin,
                                     config::nearest(name, known)));
    }
    return warnings;
  }

  std::vector<Config::Shown> shown() const {
    std::vector<Config::Shown> lines;
    for (const Setting& setting : settings) {
      const auto found = raw_.find(setting.name);
      lines.push_back({std::string(setting.name), shown_value(setting, text(setting.name)),
                       found == raw_.end() ? "default" : found->second.origin, std::string(setting.form)});
    }
    return lines;
  }

  void throw_faults() const {
    if (faults_.empty()) return;
    std::string all =
        fmt::format("the configuration has {} fault{}:", faults_.size(), faults_.size() == 1 ? "" : "s");
    for (const std::string& line : faults_) all += "\n  " + line;
    throw UsageError(all);
  }

 private:
  void add(const config::RawSettings& more) {
    for (const auto& [name, value] : more) raw_.try_emplace(name, value);  // what came first wins
  }

  void read_secret_file(const std::string& name) {
    const auto file = raw_.find(name + std::string(file_suffix));
    if (file == raw_.end()) return;
    const auto direct = raw_.find(name);
    const bool same_source = direct != raw_.end() && direct->second.origin == file->second.origin;
    if (same_source) faults_.push_back(fmt::format("{0} and {0}_FILE are both set; keep one of them", name));
    if (direct != raw_.end()) return;
    const std::string origin = fmt::format("{}_FILE {}", name, file->second.text);
    auto value = config::read_secret(file->second.text, name + std::string(file_suffix), faults_);
    if (value) raw_.insert_or_assign(name, config::Raw{std::move(*value), origin});
  }

  config::RawSettings raw_;
  std::vector<std::string> faults_;
};

std::string read_listen(Reader& reader, std::string_view name) {
  std::string value = reader.text(name);
  const auto colon = value.rfind(':');
  unsigned port = 0;
  const char* end = value.data() + value.size();
  const char* begin = colon == std::string::npos ? end : value.data() + colon + 1;
  const auto read = std::from_chars(begin, end, port);
  if (colon == std::string::npos || colon == 0 || read.ec != std::errc() || read.ptr != end || port > 65'535)
    reader.fault(name, "is no address and port");
  return value;
}

std::string read_url(Reader& reader, std::string_view name, std::initializer_list<std::string_view> schemes) {
  std::string value = reader.text(name);
  const bool known = std::ranges::any_of(schemes, [&](std::string_view scheme) {
    return value.starts_with(scheme) && value.size() > scheme.size();
  });
  if (!value.empty() && !known) reader.fault(name, "is no such URL");
  return value;
}

std::vector<std::string> read_ops_hosts(Reader& reader) {
  constexpr std::string_view name = "BURSAR_OPS_HOSTS";
  std::vector<std::string> hosts;
  for (std::string& host : split(reader.text(name), ",")) {
    if (host.empty()) continue;
    if (host.find_first_of(" :/[]*") != std::string::npos)
      reader.fault(name, fmt::format("'{}' is no host name", host));
    hosts.push_back(std::move(host));
  }
  return hosts;
}

std::vector<auth::Key> read_keys(Reader& reader, Environment environment) {
  constexpr std::string_view name = "BURSAR_JWT_KEYS";
  std::vector<auth::Key> keys;
  int number = 0;
  for (const std::string& text : split(reader.text(name), ",\n")) {
    if (text.empty()) continue;
    ++number;
    auto key = parse_key_setting(text);  // never put the text into a message
    if (!key) {
      reader.fault(name, fmt::format("key {} is malformed", number));
      continue;
    }
    if (key->development && environment == Environment::production)
      reader.fault(name, fmt::format("'{}' is a development key, which production refuses", key->id));
    try {
      const auth::SignatureKey usable(*key);
    } catch (const UsageError& error) {
      reader.fault(name, error.what());
    }
    if (std::ranges::find(keys, key->id, &auth::Key::id) != keys.end())
      reader.fault(name, fmt::format("two keys are called '{}'", key->id));
    keys.push_back(std::move(*key));
  }
  return keys;
}

std::vector<std::filesystem::path> read_key_files(Reader& reader) {
  constexpr std::string_view name = "BURSAR_JWT_KEY_FILES";
  std::vector<std::filesystem::path> files;
  for (const std::string& file : split(reader.text(name), ",")) {
    if (file.empty()) continue;
    if (!file.starts_with('/')) reader.fault(name, fmt::format("'{}' is not absolute", file));
    files.emplace_back(file);
  }
  if (files.size() > limits::key_files)
    reader.fault(name, fmt::format("names {} files, more than {}", files.size(), limits::key_files));
  return files;
}

std::vector<auth::ForeignIssuer> read_issuers(Reader& reader, const Config& config) {
  constexpr std::string_view name = "BURSAR_JWT_ISSUERS";
  const std::string text = reader.text(name);
  if (text.empty()) return {};
  try {
    auto issuers = auth::parse_issuers(text, config.is_development());
    for (const auto& foreign : issuers)
      if (foreign.issuer.name == config.tokens.issuer)
        reader.fault(name, fmt::format("'{}' is our own (BURSAR_JWT_ISSUER)", foreign.issuer.name));
    return issuers;
  } catch (const UsageError& error) {
    reader.fault(name, error.what());
    return {};
  }
}

std::size_t read_loops(Reader& reader) {
  constexpr std::string_view name = "BURSAR_API_LOOPS";
  const std::string value = reader.text(name);
  if (value.empty()) return std::clamp(std::thread::hardware_concurrency(), 1U, loops_by_itself_max);
  std::size_t loops = 0;
  const auto read = std::from_chars(value.data(), value.data() + value.size(), loops);
  if (read.ec != std::errc() || read.ptr != value.data() + value.size() || loops < 1 || loops > loops_max)
    reader.fault(name, "is no number of loops");
  return loops;
}

/// PostgreSQL knows the zones and reads the same files, here or on its own machine. A name that this machine
/// does not have is taken for a slip: each day would begin wrongly, or none would be counted. Where there are
/// no such files the database is asked soon enough.
void check_time_zone(Reader& reader, const std::string& zone) {
  constexpr std::string_view zones = "/usr/share/zoneinfo/";
  std::error_code error;
  const bool is_name = !zone.empty() && zone.front() != '/' && zone.find("..") == std::string::npos;
  if (!std::filesystem::exists(zones, error)) return;
  if (is_name && std::filesystem::is_regular_file(std::string(zones) + zone, error)) return;
  reader.fault("BURSAR_TIME_ZONE", "is no zone that this machine knows");
}

void check_needs(Reader& reader, const Config& config, const ConfigNeeds& needs) {
  const auto require = [&](bool needed, std::string_view name) {
    if (needed && reader.text(name).empty()) reader.fault(name, "is needed and not set");
  };
  require(needs.database, "BURSAR_DATABASE_URL");
  require(needs.keys && config.key_files.empty() && config.issuers.empty() && !config.key_seal,
          "BURSAR_JWT_KEYS");
  require(needs.gateway, "BURSAR_GATEWAY_URL");
  require(needs.gateway && config.gateway.kind == GatewayKind::stripe, "BURSAR_STRIPE_SECRET_KEY");
  require(needs.channels, "BURSAR_SMTP_URL");
  require(needs.channels, "BURSAR_SMS_URL");
  if (needs.gateway && !config.is_development() && !reader.is_given("BURSAR_GATEWAY"))
    reader.fault("BURSAR_GATEWAY", "must be said in production");
  if (!config.is_development() && !config.faults.empty())
    reader.fault("BURSAR_FAULTS", "is for development and tests only");
}

}  // namespace

Config read_config(const ConfigNeeds& needs) {
  Reader reader(needs);
  Config config;
  config.environment = reader.choice("BURSAR_ENV", std::array<std::pair<std::string_view, Environment>, 2>{
                                                       {{"production", Environment::production},
                                                        {"development", Environment::development}}});
  config.database = {reader.text("BURSAR_DATABASE_URL"), reader.text("BURSAR_ROLE_PREFIX")};
  const std::string data_dir = reader.text("BURSAR_DATA_DIR");
  config.data_dir = data_dir.empty() ? default_data_folder(config::home_folder().string())
                                     : std::filesystem::path(data_dir);
  if (!config.data_dir.is_absolute()) reader.fault("BURSAR_DATA_DIR", "is not absolute");
  config.listen = read_listen(reader, "BURSAR_LISTEN");
  config.ops_listen = read_listen(reader, "BURSAR_OPS_LISTEN");
  config.ops_hosts = read_ops_hosts(reader);
  config.tls = {reader.text("BURSAR_TLS_CERTIFICATE_FILE"), reader.text("BURSAR_TLS_KEY_FILE")};
  if (config.tls.certificate.empty() != config.tls.key.empty())
    reader.fault(config.tls.key.empty() ? "BURSAR_TLS_KEY_FILE" : "BURSAR_TLS_CERTIFICATE_FILE",
                 "is not set, and TLS needs both the certificate and its key");
  config.tokens.issuer = reader.text("BURSAR_JWT_ISSUER");
  config.tokens.audience = reader.text("BURSAR_JWT_AUDIENCE");
  config.tokens.keys = read_keys(reader, config.environment);
  config.key_encryption_key = reader.text("BURSAR_KEY_ENCRYPTION_KEY");
  config.key_seal = parse_key_seal(config.key_encryption_key, config.is_development());
  if (!config.key_seal && !config.key_encryption_key.empty())
    reader.fault("BURSAR_KEY_ENCRYPTION_KEY", "is malformed, or was made by `up` for development");
  config.key_files = read_key_files(reader);
  config.issuers = read_issuers(reader, config);
  config.gateway.kind = reader.choice(
      "BURSAR_GATEWAY", std::array<std::pair<std::string_view, GatewayKind>, 2>{
                            {{"simulator", GatewayKind::simulator}, {"stripe", GatewayKind::stripe}}});
  config.gateway.url = read_url(reader, "BURSAR_GATEWAY_URL", {"http://", "https://"});
  if (config.gateway.url.empty() && config.gateway.kind == GatewayKind::stripe)
    config.gateway.url = "https://api.stripe.com";
  config.gateway.api_key = reader.text("BURSAR_STRIPE_SECRET_KEY");
  config.mail = {read_url(reader, "BURSAR_SMTP_URL", {"smtp://", "smtps://"}),
                 reader.text("BURSAR_MAIL_FROM")};
  config.sms = {read_url(reader, "BURSAR_SMS_URL", {"http://", "https://"}), reader.text("BURSAR_SMS_TOKEN")};
  config.api_loops = read_loops(reader);
  config.log_level =
      reader.choice("BURSAR_LOG_LEVEL",
                    std::array<std::pair<std::string_view, log::Level>, 4>{{{"info", log::Level::info},
                                                                            {"debug", log::Level::debug},
                                                                            {"warning", log::Level::warning},
                                                                            {"error", log::Level::error}}});
  if (reader.text("BURSAR_RATE_LIMIT") != "off")
    config.rates =
        auth::RatePolicy::defaults().with(reader.parsed("BURSAR_RATE_LIMIT", auth::RatePolicy::parse));
  config.proxies = reader.parsed("BURSAR_TRUSTED_PROXIES", http::TrustedProxies::parse);
  config.time_zone = reader.text("BURSAR_TIME_ZONE");
  config.faults = reader.text("BURSAR_FAULTS");
  config.client = {read_url(reader, "BURSAR_URL", {"http://", "https://"}),
                   read_url(reader, "BURSAR_OPS_URL", {"http://", "https://"}), reader.text("BURSAR_TOKEN"),
                   reader.text("BURSAR_CA_FILE"),
                   read_url(reader, "BURSAR_DEVTOOLS_URL", {"http://", "https://"})};
  config.peers = {read_listen(reader, "BURSAR_GATEWAY_SIM_LISTEN"),
                  read_listen(reader, "BURSAR_SMTP_SINK_LISTEN"), read_listen(reader, "BURSAR_SINKS_LISTEN")};
  check_needs(reader, config, needs);
  config.warnings = reader.unknown_names();
  check_time_zone(reader, config.time_zone);
  reader.throw_faults();
  config.shown = reader.shown();
  return config;
}

}  // namespace bursar
