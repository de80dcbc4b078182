#include "serve.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include "app.hpp"
#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/log.hpp"
#include "cli/remote.hpp"
#include "run_for.hpp"
#include "store/migrations.hpp"

namespace bursar {
namespace {

/// Why this binary cannot work with that schema; nullopt when it can. A newer schema is fine: migrations
/// expand before they contract, so that old and new binaries run side by side.
std::optional<std::string> complaint_about(const store::SchemaVersion& version) {
  if (version.database >= version.binary) return std::nullopt;
  if (version.database < 0)
    return "the database has no schema of Bursar yet; run 'bursar migrate' with the same BURSAR_DATABASE_URL";
  return fmt::format("the database's schema is version {}, this bursar needs {}; run 'bursar migrate'",
                     version.database, version.binary);
}

/// True when the schema is right, false when the database is away.
bool schema_is_right_now(const store::DatabaseOptions& database) {
  try {
    const auto complaint = complaint_about(run_for(store::schema_version(database)));
    if (complaint) throw cli::CommandFailed(ExitCode::unavailable, *complaint);
    return true;
  } catch (const Unavailable& away) {
    log::warning("database_away", {{"reason", away.what()}, {"next", "answering 503 until it is back"}});
    return false;
  }
}

/// Until the database answers. A wrong schema then ends the process: nothing it could do would be right.
Task<> watch_schema(store::DatabaseOptions database, ProcessState& state) {
  while (true) {
    try {
      const auto version = co_await store::schema_version(database);
      if (const auto complaint = complaint_about(version)) {
        log::write_now(log::Level::error, "wrong_schema", {{"reason", *complaint}});
        ::_exit(static_cast<int>(ExitCode::unavailable));
      }
      state.schema_is_right();
      log::info("database_back");
      co_return;
    } catch (const Unavailable&) {
      // Said once, at the start.
    }
    co_await pause(limits::reconnect_pause);
  }
}

/// Connections are descriptors, and the usual limit of 1024 is for programs that have few.
void raise_open_files(std::size_t loops) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  const std::size_t needed = loops * limits::connections_per_loop + limits::other_files;
  if (files.rlim_max >= needed) return;
  log::warning("open_files_are_few",
               {{"limit", files.rlim_max},
                {"needed", needed},
                {"next",
                 "raise the hard limit of open files (LimitNOFILE=, ulimit -Hn); until then fewer "
                 "clients can be connected at once"}});
}

}  // namespace

ConfigNeeds needs_of(const ServeRoles& roles) {
  return {.database = true,
          .keys = roles.api || roles.ops,
          .gateway = roles.executor,
          .channels = roles.notifier};
}

ExitCode serve(const Config& config, const ServeRoles& roles) {
  raise_open_files(roles.api ? config.api_loops : 0);
  const bool schema_seen = schema_is_right_now(config.database);
  Loop loop(1);
  App app(loop, config, roles);
  TaskGroup main(loop.get_executor());
  const auto body = [](App& running, TaskGroup& beside) -> Task<> {
    co_await running.run();
    beside.cancel();
  };
  TaskGroup beside(loop.get_executor());
  if (schema_seen)
    app.state().schema_is_right();
  else
    beside.spawn("schema", watch_schema(config.database, app.state()));
  main.spawn("serve", body(app, beside));
  loop.run();
  log::flush();
  return ExitCode::ok;
}

}  // namespace bursar
