#include "direct_verbs.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdio>

#include "api/token_keys.hpp"
#include "auth/client_secret.hpp"
#include "auth/rate_policy.hpp"
#include "base/error.hpp"
#include "run_for.hpp"
#include "store/directory.hpp"
#include "store/staff_log.hpp"

namespace bursar {
namespace {

/// As the API would have recorded it, by nobody who is logged in.
store::StaffAction local_action(std::string operation, std::string target, std::string detail) {
  store::StaffAction action;
  action.operation = std::move(operation);
  if (!target.empty()) action.target = std::move(target);
  action.detail = std::move(detail);
  action.status = 201;
  action.request_id = "direct";
  action.address = "local";
  return action;
}

void put(json::object& object, std::string_view name, const std::optional<std::string>& value) {
  if (value) object[name] = *value;
}

json::object principal_json(const store::Principal& principal, const std::optional<std::string>& secret) {
  json::object made{{"id", principal.id.text()}, {"name", principal.name}, {"role", principal.role}};
  if (principal.issuer != store::own_issuer) {
    made["issuer"] = principal.issuer;
    made["subject"] = principal.subject;
  }
  made["created_at"] = to_rfc3339(principal.created_at);
  put(made, "rate_limit", principal.rate_limit);
  if (secret) made["secrets"] = json::array{json::object{{"client_secret", *secret}}};
  return made;
}

Task<std::unique_ptr<pg::Connection>> connect(const store::DatabaseOptions& database) {
  const auto executor = co_await asio::this_coro::executor;
  auto options = store::connect_as(database, store::Role::operations);
  co_return co_await pg::Connection::open(executor, std::move(options));
}

Task<json::object> create(const Config& config, store::NewPrincipal wanted) {
  SystemRandom random;
  const bool is_own = wanted.issuer == store::own_issuer;
  const auto connection = co_await connect(config.database);
  auto transaction = co_await pg::Transaction::begin(*connection);
  store::Directory directory(*connection);
  const auto principal = co_await directory.create(wanted);
  if (!principal)
    throw cli::CommandFailed(ExitCode::conflict, "this subject of that issuer is there already");
  std::optional<std::string> text;
  if (is_own) {
    auto secret = auth::make_client_secret(random);
    store::NewSecret stored;
    stored.id = secret.id;
    stored.principal = principal->id;
    stored.hash = auth::hash_client_secret(secret.text);
    co_await directory.add_secret(std::move(stored));
    text = std::move(secret.text);
  }
  auto action = local_action("createPrincipal", principal->id.text(), "role=" + principal->role);
  co_await store::record(*connection, std::move(action));
  co_await transaction.commit();
  co_return principal_json(*principal, text);
}

Task<std::vector<std::string>> complete_keys(const Config& config) {
  SystemRandom random;
  const api::KeyMaker maker{config.key_seal, random};
  auto active = api::make_token_key(maker), next = api::make_token_key(maker);
  const auto connection = co_await connect(config.database);
  auto transaction = co_await pg::Transaction::begin(*connection);
  store::TokenKeys keys(*connection);
  auto made = co_await keys.complete(std::move(active), std::move(next));
  for (const std::string& id : made) {
    auto action = local_action("createKeys", id, "");
    co_await store::record(*connection, std::move(action));
  }
  co_await transaction.commit();
  co_return made;
}

}  // namespace

ExitCode create_principal_directly(const Config& config, const cli::PrincipalArguments& arguments,
                                   cli::Format format) {
  if (!auth::parse_role(arguments.role.value()))
    throw UsageError(
        fmt::format("--role '{}' is no role; expected customer, service, support, analyst, operator or admin",
                    *arguments.role));
  if (arguments.issuer.has_value() != arguments.subject.has_value())
    throw UsageError("--issuer and --subject belong together");
  if (arguments.rate_limit)
    if (const auto policy = auth::RatePolicy::parse(*arguments.rate_limit); !policy)
      throw UsageError("--rate-limit: " + policy.error());
  SystemRandom random;
  store::NewPrincipal wanted;
  wanted.id = PrincipalId(time_ordered_uuid(SystemClock().now(), random));
  wanted.issuer = arguments.issuer.value_or("");
  wanted.subject = arguments.subject.value_or("");
  wanted.name = arguments.name.value();
  wanted.role = *arguments.role;
  wanted.rate_limit = arguments.rate_limit;
  const json::object made = run_for(create(config, std::move(wanted)));
  const cli::Printed printed = cli::print_made(made, format);
  std::fwrite(printed.text.data(), 1, printed.text.size(), stdout);
  if (!printed.notes.empty()) std::fputs(fmt::format("{}\n", printed.notes).c_str(), stderr);
  return ExitCode::ok;
}

ExitCode create_keys_directly(const Config& config, cli::Format format) {
  if (!config.key_seal)
    throw UsageError(
        "BURSAR_KEY_ENCRYPTION_KEY is not set: 32 random bytes in base64url, the same for every process, for "
        "example of `openssl rand 32 | basenc --base64url | tr -d =`");
  const auto made = run_for(complete_keys(config));
  json::array rows;
  for (const std::string& id : made) rows.push_back(json::object{{"kid", id}});
  const std::string text = cli::format_rows(format, {{"KID", "kid"}}, rows);
  std::fwrite(text.data(), 1, text.size(), stdout);
  if (made.empty()) std::fputs("nothing was missing: one key signs and one waits\n", stderr);
  return ExitCode::ok;
}

}  // namespace bursar
