// The route table of the public listener.
#pragma once
#include <string>
#include <vector>

#include "api/create_payment.hpp"
#include "api/development_tokens.hpp"
#include "api/health.hpp"
#include "api/route.hpp"
#include "auth/verifier.hpp"
#include "store/contacts.hpp"
#include "store/daily.hpp"
#include "store/payments.hpp"

namespace bursar::api {

/// What the handlers work on. All of it lives on the loop of the server and outlives the API.
struct Services {
  store::Intake& intake;
  store::Payments& payments;
  store::Contacts& contacts;
  /// Connections with the analytics role.
  pg::Pool& analytics;
  auth::Verifier& verifier;
  const Clock& clock;
  GatewayTerms gateway;
  Readiness not_ready;
  DevelopmentTokens development_tokens = {};
};

/// The actions refer to both when they run; describing the routes needs neither. `document` is the
/// specification, which is made from this table.
std::vector<Route> make_routes(const Services* services, const std::string* document);

}  // namespace bursar::api
