#include "pg/parameters.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <cstdlib>
#include <memory>
#include <mutex>

#include "base/host_names.hpp"
#include "base/limits.hpp"

namespace bursar::pg {
namespace {

struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

// What a URL may say: where, as whom, how encrypted. Anything else would change what a statement means.
constexpr std::array<std::string_view, 12> allowed = {"host",   "hostaddr", "port",    "user",
                                                      "dbname", "password", "sslmode", "sslrootcert",
                                                      "sslcrl", "sslcert",  "sslkey",  "channel_binding"};

// Where nothing is found: without these libpq looks into ~/.postgresql of whoever runs the process.
constexpr std::array<std::string_view, 4> home_files = {"sslrootcert", "sslcrl", "sslcert", "sslkey"};
constexpr std::string_view no_file = "/nonexistent/none";

std::string session_options(const ConnectOptions& options) {
  // Also what ALTER ROLE or ALTER DATABASE could have changed under us: ON CONFLICT relies on read committed.
  // A process that is stopped inside a transaction keeps nobody from its locks for long.
  std::string text = fmt::format(
      "-c statement_timeout={} -c lock_timeout={} -c idle_in_transaction_session_timeout={}"
      " -c synchronous_commit=on -c timezone=UTC -c search_path=public"
      " -c default_transaction_isolation=read\\ committed",
      options.statement_timeout.count(), options.lock_timeout.count(),
      milliseconds(limits::idle_in_transaction_timeout).count());
  if (options.plan_cache_mode != "auto") text += " -c plan_cache_mode=" + options.plan_cache_mode;
  if (!options.role.empty()) text += " -c role=" + options.role;
  if (options.hot_plans) {
    text +=
        " -c enable_seqscan=off -c enable_bitmapscan=off -c enable_hashjoin=off -c enable_mergejoin=off"
        " -c enable_memoize=off -c jit=off";
  } else {
    text += " -c jit=off";
  }
  return text;
}

bool says(const Parameters& parameters, std::string_view keyword) {
  return std::ranges::any_of(parameters, [&](const auto& parameter) { return parameter.first == keyword; });
}

}  // namespace

Parameters connection_parameters(const ConnectOptions& options) {
  char* message = nullptr;
  const std::unique_ptr<PQconninfoOption, FreeOptions> parsed(PQconninfoParse(options.url.c_str(), &message));
  if (!parsed) {
    std::string why = message == nullptr ? "out of memory" : message;
    PQfreemem(message);
    while (!why.empty() && why.back() == '\n') why.pop_back();
    throw UsageError("the database URL cannot be read: " + why +
                     "; expected postgresql://user:password@host:port/database");
  }
  Parameters parameters;
  for (const PQconninfoOption* option = parsed.get(); option->keyword != nullptr; ++option) {
    if (option->val == nullptr || *option->val == '\0') continue;
    if (std::ranges::find(allowed, option->keyword) == allowed.end())
      throw UsageError(
          fmt::format("the database URL says {}, which Bursar sets itself; leave it out", option->keyword));
    parameters.emplace_back(option->keyword, option->val);
  }
  for (const std::string_view file : home_files)
    if (!says(parameters, file)) parameters.emplace_back(file, no_file);
  if (!says(parameters, "sslmode")) parameters.emplace_back("sslmode", "prefer");
  // A standby, or a primary that became one, is an outage for who works and a finding for who migrates.
  parameters.emplace_back("target_session_attrs", options.role.empty() ? "any" : "read-write");
  parameters.emplace_back("application_name", options.application_name);
  parameters.emplace_back("client_encoding", "UTF8");
  parameters.emplace_back("options", session_options(options));
  parameters.emplace_back("passfile", "/nonexistent/pgpass");
  parameters.emplace_back("gssencmode", "disable");
  parameters.emplace_back("keepalives_idle", "5");
  parameters.emplace_back("keepalives_interval", "2");
  parameters.emplace_back("keepalives_count", "3");
  parameters.emplace_back("tcp_user_timeout",
                          std::to_string(milliseconds(limits::statement_deadline).count()));
  return parameters;
}

void clear_environment() {
  static std::once_flag once;
  std::call_once(once, [] {
    const std::unique_ptr<PQconninfoOption, FreeOptions> defaults(PQconndefaults());
    for (const PQconninfoOption* option = defaults.get(); option != nullptr && option->keyword != nullptr;
         ++option)
      if (option->envvar != nullptr) ::unsetenv(option->envvar);
    for (const char* name :
         {"PGSERVICEFILE", "PGSYSCONFDIR", "PGLOCALEDIR", "PGREQUIRESSL", "PGTZ", "PGDATESTYLE"})
      ::unsetenv(name);
  });
}

// Only a path, an address or a list of hosts goes to libpq as it is.
Task<> resolve_host(Parameters& parameters, milliseconds time) {
  const auto host = std::ranges::find(parameters, "host", &Parameters::value_type::first);
  if (host == parameters.end() || says(parameters, "hostaddr")) co_return;
  const std::string name = host->second;
  boost::system::error_code error;
  asio::ip::make_address(name, error);
  if (!error || name.find_first_of("/,@") != std::string::npos) co_return;
  const auto found = co_await look_up_host(name, "", time);
  if (!found && found.error() == asio::error::timed_out)
    throw ConnectionLost("database: the name " + name + " was not resolved in time");
  if (!found)
    throw ConnectionLost("database: the name " + name + " is not known: " + found.error().message());
  std::string names, addresses;
  for (const auto& endpoint : *found) {
    names += (names.empty() ? "" : ",") + name;
    addresses += (addresses.empty() ? "" : ",") + endpoint.address().to_string();
  }
  host->second = names;
  parameters.emplace_back("hostaddr", addresses);
}

}  // namespace bursar::pg
