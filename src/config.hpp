// Every setting of the program, read once at start from the environment, .env and secret files
// (config_sources.hpp). The table of names, forms and defaults is in config.cpp; `bursar config check` prints
// it with values and origins. Each component gets its own small options from here; nothing else reads the
// environment.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/issuer.hpp"
#include "auth/key_seal.hpp"
#include "auth/rate_policy.hpp"
#include "base/log.hpp"
#include "http/address.hpp"
#include "http/tls.hpp"
#include "store/database.hpp"

namespace bursar {

enum class Environment { development, production };
enum class GatewayKind { simulator, stripe };

struct GatewaySettings {
  GatewayKind kind = GatewayKind::simulator;
  std::string url;
  std::string api_key;
};
struct MailSettings {
  std::string url;
  std::string from;
};
struct SmsSettings {
  std::string url;
  std::string token;
};
/// Where the development peers of `up` listen.
struct PeerSettings {
  std::string gateway_listen, smtp_listen, sinks_listen;
};
/// What the client verbs need to find a running Bursar.
struct ClientSettings {
  std::string url;
  /// Of the operations listener, for principals and keys.
  std::string ops_url;
  std::string token;
  /// PEM file of the only certificates trusted for https; empty: the system's.
  std::string ca_file;
  /// Of the development peers (`mail`, `sms`); empty outside development.
  std::string devtools_url;
};

struct Config {
  Environment environment = Environment::production;
  store::DatabaseOptions database;
  std::filesystem::path data_dir;
  std::string listen;
  std::string ops_listen;
  /// Names by which the operations listener is reached, beside localhost and addresses.
  std::vector<std::string> ops_hosts;
  /// Of both listeners; empty: plain HTTP.
  http::TlsFiles tls;
  auth::VerifierOptions tokens;
  /// Seals the private halves of our own token keys; empty: this process issues no tokens.
  std::string key_encryption_key;
  std::optional<auth::KeySeal> key_seal;
  /// More public keys of our own issuer.
  std::vector<std::filesystem::path> key_files;
  std::vector<auth::ForeignIssuer> issuers;
  GatewaySettings gateway;
  MailSettings mail;
  SmsSettings sms;
  std::size_t api_loops = 1;
  /// nullopt: no limits.
  std::optional<auth::RatePolicy> rates;
  http::TrustedProxies proxies;
  log::Level log_level = log::Level::info;
  /// Named fault points (base/fault.hpp); empty outside tests.
  std::string faults;
  std::string time_zone;
  ClientSettings client;
  PeerSettings peers;

  /// One line of `config check`; secrets are already redacted.
  struct Shown {
    std::string name, value, origin, form;
  };
  std::vector<Shown> shown;
  /// Unknown names and the like: for stderr.
  std::vector<std::string> warnings;

  bool has_tls() const { return !tls.certificate.empty(); }
  bool is_development() const { return environment == Environment::development; }
};

/// What a verb cannot do without: missing ones are faults.
struct ConfigNeeds {
  bool database = false;
  bool keys = false;
  bool gateway = false;
  bool channels = false;
  /// Tools of development also read the dev.env that `bursar up` left in the data folder; servers never do.
  bool dev_env = false;
  /// `up`: development unless it is said otherwise.
  bool is_for_development = false;
};

/// Throws UsageError that lists every fault at once: name, origin, value (unless secret) and the expected
/// form.
Config read_config(const ConfigNeeds& needs);

}  // namespace bursar
