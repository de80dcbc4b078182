// The routes that every listener has.
#pragma once
#include <string>
#include <vector>

#include "api/create_payment.hpp"
#include "api/development_tokens.hpp"
#include "api/health.hpp"
#include "api/issue_token.hpp"
#include "api/route.hpp"
#include "api/token_keys.hpp"
#include "auth/authenticator.hpp"
#include "auth/rate_limit.hpp"
#include "store/contacts.hpp"
#include "store/daily.hpp"
#include "store/payments.hpp"
#include "store/staff_log.hpp"

namespace bursar::api {

/// What only the routes under /ops/ work on.
struct OperationsServices {
  /// Connections with the role operations.
  pg::Pool& pool;
  KeyMaker key_maker;
};

/// What the handlers work on. All of it lives on the loop of the server and outlives the API.
struct Services {
  store::Intake& intake;
  store::Payments& payments;
  store::Contacts& contacts;
  /// Connections with the analytics role.
  pg::Pool& analytics;
  auth::Authenticator& authenticator;
  TokenIssuer token_issuer;
  /// Connections with the role api.
  store::StaffLog& staff_log;
  const Clock& clock;
  GatewayTerms gateway;
  Readiness not_ready;
  DevelopmentTokens development_tokens = {};
  /// Of the operations listener only.
  std::optional<OperationsServices> operations = std::nullopt;
  /// null: no limits. Shared with other loops.
  auth::RateLimiter* limiter = nullptr;
};

/// The actions refer to both when they run; describing the routes needs neither. `document` is the
/// specification, which is made from this table.
std::vector<Route> make_routes(const Services* services, const std::string* document);

}  // namespace bursar::api
