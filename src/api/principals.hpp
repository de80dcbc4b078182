// /ops/principals and /ops/secrets: who may call, by what role and with which secrets. For administrators;
// every change and its record are one transaction, and every process follows within a second.
#pragma once
#include "api/call.hpp"
#include "api/principal_bodies.hpp"
#include "api/principal_requests.hpp"
#include "auth/secret_hashes.hpp"
#include "base/random.hpp"

namespace bursar::api {

Task<http::Response> create_principal(const Call& call, Received<NewPrincipalBody> received,
                                      pg::Pool& operations, auth::SecretHashes& hashes, const Clock& clock,
                                      Random& random);
Task<http::Response> list_principals(const Call& call, ListPrincipals query, pg::Pool& operations);
Task<http::Response> show_principal(const Call& call, pg::Pool& operations);
/// Nobody takes the own role away: whoever changes roles stays an administrator.
Task<http::Response> change_principal(const Call& call, Received<PrincipalChangeBody> received,
                                      pg::Pool& operations);
Task<http::Response> revoke_principal(const Call& call, pg::Pool& operations);
Task<http::Response> restore_principal(const Call& call, pg::Pool& operations);
Task<http::Response> create_secret(const Call& call, Received<NewSecretBody> received, pg::Pool& operations,
                                   auth::SecretHashes& hashes, const Clock& clock, Random& random);
Task<http::Response> revoke_secret(const Call& call, pg::Pool& operations);

}  // namespace bursar::api
