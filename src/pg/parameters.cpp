#include "pg/parameters.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <mutex>

#include "base/limits.hpp"

namespace bursar::pg {
namespace {

struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

// What a URL may say; anything else in it would change what a statement means.
constexpr std::array<std::string_view, 8> allowed = {"host",     "hostaddr", "port",    "user",
                                                     "password", "dbname",   "sslmode", "sslrootcert"};

std::string session_options(const ConnectOptions& options) {
  std::string text =
      fmt::format("-c statement_timeout={} -c lock_timeout={} -c synchronous_commit=on -c timezone=UTC",
                  options.statement_timeout.count(), options.lock_timeout.count());
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

}  // namespace

std::vector<std::pair<std::string, std::string>> connection_parameters(const ConnectOptions& options) {
  char* message = nullptr;
  const std::unique_ptr<PQconninfoOption, FreeOptions> parsed(PQconninfoParse(options.url.c_str(), &message));
  if (!parsed) {
    std::string why = message == nullptr ? "out of memory" : message;
    PQfreemem(message);
    while (!why.empty() && why.back() == '\n') why.pop_back();
    throw UsageError("the database URL cannot be read: " + why +
                     "; expected postgresql://user:password@host:port/database");
  }
  std::vector<std::pair<std::string, std::string>> parameters;
  for (const PQconninfoOption* option = parsed.get(); option->keyword != nullptr; ++option) {
    if (option->val == nullptr || *option->val == '\0') continue;
    if (std::ranges::find(allowed, option->keyword) == allowed.end())
      throw UsageError(
          fmt::format("the database URL says {}, which Bursar sets itself; leave it out", option->keyword));
    parameters.emplace_back(option->keyword, option->val);
  }
  parameters.emplace_back("application_name", options.application_name);
  parameters.emplace_back("client_encoding", "UTF8");
  parameters.emplace_back("options", session_options(options));
  parameters.emplace_back("passfile", "/dev/null");
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

}  // namespace bursar::pg
