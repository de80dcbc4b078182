#include "api/access_routes.hpp"

#include "api/access_examples.hpp"
#include "api/principals.hpp"

namespace bursar::api {

Route create_token_route(const Services* services) {
  Route route{.method = "POST", .path = "/auth/token", .operation = "createToken"};
  route.tag = "Tokens";
  route.summary = "Get an access token";
  route.description =
      "Client credentials (RFC 6749 §4.4): as a form, as JSON, or as Basic authorization with id and secret "
      "form-encoded. Whatever is wrong with id or secret, the answer is the same. A refusal has the members "
      "of "
      "RFC 6749 §5.2 beside ours.";
  route.request = &body_schema<TokenRequestBody>;
  route.also_as_form = true;
  route.request_examples = {{"client", examples::token_request}};
  route.answers = {{.status = 200,
                    .meaning = "A token (RFC 9068) that lives 15 minutes.",
                    .schema = &body_schema<TokenBody>,
                    .examples = {{"token", examples::token}}}};
  route.problems = {&problems::invalid_token_request, &problems::unsupported_grant_type,
                    &problems::invalid_client, &problems::unavailable};
  route.action = [services](const Call& call) {
    return issue_token(call, services->token_issuer, services->clock);
  };
  return route;
}

Route key_set_route(const Services* services) {
  Route route{.method = "GET", .path = "/.well-known/jwks.json", .operation = "getKeySet"};
  route.tag = "Tokens";
  route.summary = "The keys with which others verify our tokens";
  route.description = "A JWK set (RFC 7517). A key is in it for two minutes before it signs.";
  route.answers = {{.status = 200,
                    .meaning = "Public keys only.",
                    .schema = &object_schema,
                    .content_type = "application/jwk-set+json"}};
  route.problems = {&problems::unavailable};
  route.action = [services](const Call& call) { return show_key_set(call, services->token_issuer); };
  return route;
}

namespace {

constexpr Rule principal_variable{
    .description = "The principal's id.", .example = example_user_id, .format = "uuid"};
constexpr Rule secret_variable{
    .description = "The secret's id.", .example = example_secret_id, .format = "uuid"};
constexpr Rule key_variable{.description = "The key's kid.", .example = R"("key-0f1e2d3c4b5a6978")"};

Answer principal_answer(int status, std::string_view meaning) {
  return {.status = status,
          .meaning = meaning,
          .schema = &body_schema<PrincipalBody>,
          .examples = {{"principal", examples::principal}}};
}

Route create_principal_route(const Services* services) {
  Route route{.method = "POST", .path = "/ops/principals", .operation = "createPrincipal"};
  route.tag = "Principals";
  route.summary = "Make somebody known who may call";
  route.description =
      "One of our own gets an id and a first secret, which only this answer shows. Somebody of a foreign "
      "issuer is named by `issuer` and `subject`, so that its role is settled before it calls.";
  route.request = &body_schema<NewPrincipalBody>;
  route.request_examples = {{"own", examples::new_principal}, {"foreign", examples::new_foreign_principal}};
  route.answers = {principal_answer(201, "It may call.")};
  route.problems = {&problems::conflict};
  route.action =
      with_body<NewPrincipalBody>([services](const Call& call, Received<NewPrincipalBody> received) {
        return create_principal(call, std::move(received), services->operations->pool,
                                services->token_issuer.hashes, services->clock,
                                services->operations->key_maker.random);
      });
  return route;
}

Route list_principals_route(const Services* services) {
  Route route{.method = "GET", .path = "/ops/principals", .operation = "listPrincipals"};
  route.tag = "Principals";
  route.summary = "Who may call";
  describe_query<ListPrincipals>(route);
  route.answers = {{.status = 200,
                    .meaning = "One page.",
                    .schema = &body_schema<PrincipalPageBody>,
                    .examples = {{"page", examples::principal_page}}}};
  route.action = with_query<ListPrincipals>([services](const Call& call, ListPrincipals query) {
    return list_principals(call, std::move(query), services->operations->pool);
  });
  return route;
}

Route show_principal_route(const Services* services) {
  Route route{.method = "GET", .path = "/ops/principals/{id}", .operation = "getPrincipal"};
  route.tag = "Principals";
  route.summary = "A principal and its secrets";
  route.variable = principal_variable;
  route.answers = {principal_answer(200, "The principal.")};
  route.problems = {&problems::not_found};
  route.action = [services](const Call& call) { return show_principal(call, services->operations->pool); };
  return route;
}

Route change_principal_route(const Services* services) {
  Route route{.method = "PATCH", .path = "/ops/principals/{id}", .operation = "changePrincipal"};
  route.tag = "Principals";
  route.summary = "Change a name, a role or a limit";
  route.description = "Every process follows within a second. Nobody changes the own role.";
  route.variable = principal_variable;
  route.request = &body_schema<PrincipalChangeBody>;
  route.request_examples = {{"role", examples::principal_change}};
  route.answers = {principal_answer(200, "The principal as it is now.")};
  route.problems = {&problems::not_found, &problems::conflict};
  route.action =
      with_body<PrincipalChangeBody>([services](const Call& call, Received<PrincipalChangeBody> received) {
        return change_principal(call, std::move(received), services->operations->pool);
      });
  return route;
}

Route revoke_principal_route(const Services* services) {
  Route route{.method = "POST", .path = "/ops/principals/{id}/revoke", .operation = "revokePrincipal"};
  route.tag = "Principals";
  route.summary = "Nothing of it counts any more";
  route.description = "No token, no secret, on any process, within a second. A second time changes nothing.";
  route.variable = principal_variable;
  route.answers = {principal_answer(200, "The principal as it is now.")};
  route.problems = {&problems::not_found, &problems::conflict};
  route.action = [services](const Call& call) { return revoke_principal(call, services->operations->pool); };
  return route;
}

Route restore_principal_route(const Services* services) {
  Route route{.method = "POST", .path = "/ops/principals/{id}/restore", .operation = "restorePrincipal"};
  route.tag = "Principals";
  route.summary = "Take a revocation back";
  route.description =
      "Its secrets work again. Tokens from before the revocation, and from the 32 s behind it, stay refused. "
      "So do tokens of a foreign issuer that do not say when they were issued (iat).";
  route.variable = principal_variable;
  route.answers = {principal_answer(200, "The principal as it is now.")};
  route.problems = {&problems::not_found};
  route.action = [services](const Call& call) { return restore_principal(call, services->operations->pool); };
  return route;
}

Route create_secret_route(const Services* services) {
  Route route{.method = "POST", .path = "/ops/principals/{id}/secrets", .operation = "createSecret"};
  route.tag = "Principals";
  route.summary = "A further client secret";
  route.description =
      "For one of our own. Only this answer shows it. Up to five are good at a time, so that a new one is in "
      "use before the old one is revoked.";
  route.variable = principal_variable;
  route.request = &body_schema<NewSecretBody>;
  route.request_examples = {{"without an end", "{}"},
                            {"with an end", R"({"expires_at":"2099-01-01T00:00:00Z"})"}};
  route.answers = {{.status = 201,
                    .meaning = "The secret.",
                    .schema = &body_schema<ClientSecretBody>,
                    .examples = {{"secret", examples::client_secret}}}};
  route.problems = {&problems::not_found, &problems::conflict};
  route.action = with_body<NewSecretBody>([services](const Call& call, Received<NewSecretBody> received) {
    return create_secret(call, std::move(received), services->operations->pool, services->token_issuer.hashes,
                         services->clock, services->operations->key_maker.random);
  });
  return route;
}

Route revoke_secret_route(const Services* services) {
  Route route{.method = "POST", .path = "/ops/secrets/{id}/revoke", .operation = "revokeSecret"};
  route.tag = "Principals";
  route.summary = "No new tokens by this secret";
  route.description =
      "At once. Tokens that it got before live on until they expire; revoking and restoring the principal "
      "ends them.";
  route.variable = secret_variable;
  route.answers = {
      {.status = 200, .meaning = "The secret as it is now.", .schema = &body_schema<ClientSecretBody>}};
  route.problems = {&problems::not_found};
  route.action = [services](const Call& call) { return revoke_secret(call, services->operations->pool); };
  return route;
}

Answer keys_answer() {
  return {.status = 200,
          .meaning = "The keys as they are now.",
          .schema = &body_schema<TokenKeysBody>,
          .examples = {{"keys", examples::token_keys}}};
}

Route list_keys_route(const Services* services) {
  Route route{.method = "GET", .path = "/ops/keys", .operation = "listKeys"};
  route.tag = "Keys";
  route.summary = "The keys that sign our tokens";
  route.answers = {keys_answer()};
  route.action = [services](const Call& call) { return list_keys(call, services->operations->pool); };
  return route;
}

Route create_keys_route(const Services* services) {
  Route route{.method = "POST", .path = "/ops/keys", .operation = "createKeys"};
  route.tag = "Keys";
  route.summary = "Make the signing and the waiting key where they are missing";
  route.answers = {keys_answer()};
  route.problems = {&problems::conflict};
  route.action = [services](const Call& call) {
    return create_keys(call, services->operations->pool, services->operations->key_maker);
  };
  return route;
}

Route rotate_keys_route(const Services* services) {
  Route route{.method = "POST", .path = "/ops/keys/rotate", .operation = "rotateKeys"};
  route.tag = "Keys";
  route.summary = "The waiting key signs, a new one waits";
  route.description =
      "Tokens of the key that signed until now count until they expire. Refused while the waiting key has "
      "been published for less than two minutes: others may not know it yet.";
  route.answers = {keys_answer()};
  route.problems = {&problems::conflict};
  route.action = [services](const Call& call) {
    return rotate_keys(call, services->operations->pool, services->operations->key_maker);
  };
  return route;
}

Route revoke_key_route(const Services* services) {
  Route route{.method = "POST", .path = "/ops/keys/{id}/revoke", .operation = "revokeKey"};
  route.tag = "Keys";
  route.summary = "Nothing that it signed counts any more";
  route.description =
      "On any process, within a second. In place of a signing key the waiting one signs at once.";
  route.variable = key_variable;
  route.answers = {keys_answer()};
  route.problems = {&problems::not_found, &problems::conflict};
  route.action = [services](const Call& call) {
    return revoke_key(call, services->operations->pool, services->operations->key_maker);
  };
  return route;
}

}  // namespace

std::vector<Route> make_principal_routes(const Services* services) {
  return {list_principals_route(services),  create_principal_route(services),
          show_principal_route(services),   change_principal_route(services),
          revoke_principal_route(services), restore_principal_route(services),
          create_secret_route(services),    revoke_secret_route(services)};
}

std::vector<Route> make_key_routes(const Services* services) {
  return {list_keys_route(services), create_keys_route(services), rotate_keys_route(services),
          revoke_key_route(services)};
}

}  // namespace bursar::api
