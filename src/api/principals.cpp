#include "api/principals.hpp"

#include "api/cursor.hpp"
#include "auth/client_secret.hpp"
#include "auth/rate_policy.hpp"
#include "store/directory.hpp"

namespace bursar::api {

std::string_view role_complaint(std::string_view text) {
  return auth::parse_role(text) ? std::string_view()
                                : "must be one of customer, service, support, analyst, operator, admin";
}

std::string_view rate_limit_complaint(std::string_view text) {
  return auth::RatePolicy::parse(text) ? std::string_view()
                                       : "must be classes with their rates, such as create=50/s:100,read=off";
}

namespace {

ClientSecretBody secret_body(const store::ClientSecret& secret) {
  return {secret.id, std::nullopt, secret.created_at, secret.expires_at, secret.revoked_at};
}

PrincipalBody principal_body(const store::Principal& principal) {
  PrincipalBody body;
  body.id = principal.id;
  if (principal.issuer != store::own_issuer) {
    body.issuer = principal.issuer;
    body.subject = principal.subject;
  }
  body.name = principal.name;
  body.role = principal.role;
  body.created_at = principal.created_at;
  body.revoked_at = principal.revoked_at;
  body.rate_limit = principal.rate_limit;
  return body;
}

/// The principal that the path names.
std::optional<PrincipalId> named(const Call& call) {
  const auto id = parse_uuid(call.id);
  return id ? std::optional(PrincipalId(*id)) : std::nullopt;
}

/// Puts the change on record and makes both durable.
Task<> commit(const Call& call, pg::Connection& connection, pg::Transaction& transaction, int status,
              PrincipalId target, std::string detail) {
  auto action = call.staff_action(status);
  action.target = target.text();
  if (!detail.empty()) action.detail = std::move(detail);
  co_await store::record(connection, std::move(action));
  co_await transaction.commit();
}

/// A new secret with its hash.
struct MadeSecret {
  std::string text;
  store::NewSecret stored;
};
Task<MadeSecret> make_secret(PrincipalId principal, auth::SecretHashes& hashes, Random& random) {
  auto secret = auth::make_client_secret(random);
  MadeSecret made;
  made.stored.id = secret.id;
  made.stored.principal = principal;
  made.stored.hash = co_await hashes.hash(secret.text);
  made.text = std::move(secret.text);
  co_return made;
}

http::Response created(http::Response response, PrincipalId id) {
  response.status = 201;
  return response.with("Location", "/ops/principals/" + id.text());
}

}  // namespace

Task<http::Response> create_principal(const Call& call, Received<NewPrincipalBody> received,
                                      pg::Pool& operations, auth::SecretHashes& hashes, const Clock& clock,
                                      Random& random) {
  NewPrincipalBody& wanted = received.body;
  if (wanted.issuer.has_value() != wanted.subject.has_value()) {
    Faults faults;
    faults.add(Part::body, wanted.issuer ? "/subject" : "/issuer", faults::missing,
               "issuer and subject belong together");
    co_return refuse(call.request, faults);
  }
  const bool is_own = !wanted.issuer;
  const PrincipalId id(time_ordered_uuid(clock.now(), random));
  std::optional<MadeSecret> secret;
  if (is_own) secret = co_await make_secret(id, hashes, random);
  const auto connection = co_await operations.lease(limits::connect_deadline);
  auto transaction = co_await pg::Transaction::begin(*connection);
  store::Directory directory(*connection);
  store::NewPrincipal made{.id = id,
                           .issuer = wanted.issuer.value_or(""),
                           .subject = wanted.subject.value_or(""),
                           .name = wanted.name,
                           .role = wanted.role,
                           .rate_limit = wanted.rate_limit};
  const auto principal = co_await directory.create(std::move(made));
  if (!principal) {
    co_await transaction.rollback();
    co_return refuse(call.request, problems::conflict, "This subject of that issuer is there already.");
  }
  PrincipalBody body = principal_body(*principal);
  if (secret) {
    const auto stored = co_await directory.add_secret(secret->stored);
    body.secrets.emplace().push_back(secret_body(stored.value()));
    body.secrets->front().client_secret = std::move(secret->text);
  }
  co_await commit(call, *connection, transaction, 201, id, "role=" + wanted.role);
  co_return created(answer(body), id);
}

Task<http::Response> list_principals(const Call& call, ListPrincipals query, pg::Pool& operations) {
  constexpr std::size_t id_bytes = 16;
  std::string filters;
  append_filter(filters, query.role.value_or(""));
  std::optional<PrincipalId> below;
  if (query.cursor) {
    const auto key = read_cursor(*query.cursor, id_bytes, filters);
    Faults faults;
    if (!key)
      faults.add(Part::query, "cursor", faults::invalid_cursor,
                 "was not made by this listing with these filters; start without one");
    if (!faults.empty()) co_return refuse(call.request, faults);
    std::ranges::copy(*key, below.emplace().value.bytes.begin());
  }
  const auto limit = static_cast<std::size_t>(query.limit.value_or(limits::page_items_default));
  const auto connection = co_await operations.lease(limits::connect_deadline);
  store::Directory directory(*connection);
  const auto principals = co_await directory.list(query.role, below, limit);
  PrincipalPageBody body;
  for (const auto& principal : principals) body.principals.push_back(principal_body(principal));
  if (principals.size() == limit) body.next_cursor = make_cursor(principals.back().id.value.bytes, filters);
  co_return answer(body);
}

Task<http::Response> show_principal(const Call& call, pg::Pool& operations) {
  const auto id = named(call);
  if (!id) co_return refuse_not_found(call.request);
  const auto connection = co_await operations.lease(limits::connect_deadline);
  store::Directory directory(*connection);
  const auto principal = co_await directory.find(*id);
  if (!principal) co_return refuse_not_found(call.request);
  const auto secrets = co_await directory.secrets_of(*id);
  PrincipalBody body = principal_body(*principal);
  body.secrets.emplace();
  for (const auto& secret : secrets) body.secrets->push_back(secret_body(secret));
  co_return answer(body);
}

namespace {

/// Carries out one change of the named principal.
Task<http::Response> change_one(
    const Call& call, pg::Pool& operations, std::string detail,
    std::function<Task<std::optional<store::Principal>>(store::Directory&)> change) {
  const auto id = named(call);
  if (!id) co_return refuse_not_found(call.request);
  const auto connection = co_await operations.lease(limits::connect_deadline);
  auto transaction = co_await pg::Transaction::begin(*connection);
  store::Directory directory(*connection);
  const auto principal = co_await change(directory);
  if (!principal) {
    co_await transaction.rollback();
    co_return refuse_not_found(call.request);
  }
  co_await commit(call, *connection, transaction, 200, *id, std::move(detail));
  const PrincipalBody body = principal_body(*principal);
  co_return answer(body);
}

/// Whoever takes rights away keeps them: somebody is always left who can give them back.
bool is_about_itself(const Call& call) { return named(call) == call.caller->principal; }

http::Response refuse_own(const Call& call) {
  return refuse(call.request, problems::conflict,
                "Nobody takes the own rights away; ask another administrator.");
}

std::string detail_of(const PrincipalChangeBody& change) {
  std::string detail;
  const auto add = [&](std::string_view name, const std::optional<std::string>& value) {
    if (value) detail += fmt::format("{}{}={}", detail.empty() ? "" : " ", name, *value);
  };
  add("role", change.role);
  add("rate_limit", change.rate_limit);
  if (change.name) add("name", "…");  // nobody can erase it there
  return detail;
}

}  // namespace

Task<http::Response> change_principal(const Call& call, Received<PrincipalChangeBody> received,
                                      pg::Pool& operations) {
  if (received.body.role && is_about_itself(call)) co_return refuse_own(call);
  const store::PrincipalChange wanted{received.body.name, received.body.role, received.body.rate_limit};
  const auto change = [&call, &wanted](store::Directory& directory) {
    return directory.change(*named(call), wanted);
  };
  co_return co_await change_one(call, operations, detail_of(received.body), change);
}

Task<http::Response> revoke_principal(const Call& call, pg::Pool& operations) {
  if (is_about_itself(call)) co_return refuse_own(call);
  const auto change = [&call](store::Directory& directory) { return directory.revoke(*named(call)); };
  co_return co_await change_one(call, operations, "", change);
}

Task<http::Response> restore_principal(const Call& call, pg::Pool& operations) {
  const auto change = [&call](store::Directory& directory) { return directory.restore(*named(call)); };
  co_return co_await change_one(call, operations, "", change);
}

Task<http::Response> create_secret(const Call& call, Received<NewSecretBody> received, pg::Pool& operations,
                                   auth::SecretHashes& hashes, const Clock& clock, Random& random) {
  const auto id = named(call);
  if (!id) co_return refuse_not_found(call.request);
  if (received.body.expires_at && *received.body.expires_at <= clock.now()) {
    Faults faults;
    faults.add(Part::body, "/expires_at", faults::too_small, "must be in the future");
    co_return refuse(call.request, faults);
  }
  auto secret = co_await make_secret(*id, hashes, random);
  secret.stored.expires_at = received.body.expires_at;
  const auto connection = co_await operations.lease(limits::connect_deadline);
  auto transaction = co_await pg::Transaction::begin(*connection);
  store::Directory directory(*connection);
  const auto principal = co_await directory.find(*id);
  const bool is_own = principal && principal->issuer == store::own_issuer;
  std::optional<store::ClientSecret> stored;
  if (is_own) stored = co_await directory.add_secret(secret.stored);
  if (!stored) {
    co_await transaction.rollback();
    if (!principal) co_return refuse_not_found(call.request);
    if (!is_own)
      co_return refuse(call.request, problems::conflict, "It gets its tokens from its issuer, by no secret.");
    co_return refuse(call.request, problems::conflict,
                     fmt::format("It has {} good secrets; revoke one first.", limits::client_secrets));
  }
  co_await commit(call, *connection, transaction, 201, *id, "secret=" + stored->id.text());
  ClientSecretBody body = secret_body(*stored);
  body.client_secret = std::move(secret.text);
  co_return created(answer(body), *id);
}

Task<http::Response> revoke_secret(const Call& call, pg::Pool& operations) {
  const auto id = parse_uuid(call.id);
  if (!id) co_return refuse_not_found(call.request);
  const auto connection = co_await operations.lease(limits::connect_deadline);
  auto transaction = co_await pg::Transaction::begin(*connection);
  store::Directory directory(*connection);
  const auto secret = co_await directory.revoke_secret(*id);
  if (!secret) {
    co_await transaction.rollback();
    co_return refuse_not_found(call.request);
  }
  co_await commit(call, *connection, transaction, 200, secret->principal, "secret=" + id->text());
  const ClientSecretBody body = secret_body(*secret);
  co_return answer(body);
}

}  // namespace bursar::api
