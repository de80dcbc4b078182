// Everything the API of a listener needs on one loop: its own intake, pools, verifier and routes. Loops share
// nothing but ProcessState.
#pragma once
#include <functional>

#include "api/api.hpp"
#include "api/first_sight.hpp"
#include "config.hpp"
#include "identity.hpp"
#include "pg/pool.hpp"
#include "process_state.hpp"
#include "store/contacts.hpp"
#include "store/intake.hpp"
#include "store/payments.hpp"

namespace bursar {

/// Null: plain HTTP.
using Tls = std::shared_ptr<const http::TlsIdentity>;

class ApiStack {
 public:
  /// `committed` is called on this loop after each commit that made payments.
  ApiStack(const Executor& executor, const Config& config, auth::Listener listener, ProcessState& state,
           Identity& identity, std::function<void()> committed);

  http::Handler handler() { return api_.handler(); }
  /// The intake's lane and its figures; until cancelled.
  void spawn_into(TaskGroup& tasks);

 private:
  std::optional<api::OperationsServices> operations_services(const Config& config, auth::Listener listener);
  Task<> publish();

  const SystemClock clock_;
  SystemRandom random_;
  IntakeFigures& figures_;
  store::Intake intake_;
  pg::Pool reads_;
  pg::Pool analytics_pool_;
  store::Payments payments_;
  store::Contacts contacts_;
  store::StaffLog staff_log_;
  std::optional<pg::Pool> operations_pool_;
  store::Principals principals_;
  api::FirstSight first_sight_;
  auth::Authenticator authenticator_;
  api::Api api_;
};

/// Options of a listener whose request ids and logged paths never hold a card number.
http::ServerOptions listener_options(const Config& config, std::string listen, bool reuse_port, Tls tls);

}  // namespace bursar
