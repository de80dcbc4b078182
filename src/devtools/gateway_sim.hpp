// A payment gateway for development and tests: `bursar gateway-sim`. Stripe-shaped PaymentIntents over HTTP
// (create with confirm, retrieve, list), stateful, with idempotency keys, an fsynced ledger and scripted
// faults, so that the Stripe adapter pointed at it meets everything a real gateway does. Loopback only.
//
//   POST /v1/payment_intents            GET /v1/payment_intents/{id}
//   GET  /v1/payment_intents?limit=&starting_after=&created[gte]=&created[gt]=&created[lte]=&created[lt]=
//   POST /_sim/faults {"fault":"timeout_after","count":3,"on":"create"|"look_up"|"any"}     DELETE
//   /_sim/faults POST /_sim/latency {"ms":20}        GET /_sim/faults     GET /_sim/charges?payment_id= GET
//   /_sim/calls?key=
// Amounts that misbehave by themselves: gateway_sim_faults.cpp, and GET / shows them.
#pragma once
#include <filesystem>
#include <memory>
#include <string>

#include "base/async.hpp"
#include "base/clock.hpp"

namespace bursar::devtools {

struct GatewaySimOptions {
  std::string listen = "127.0.0.1:8010";
  /// JSON lines; kept over restarts. Delete it to forget every payment.
  std::filesystem::path ledger = "gateway-ledger.jsonl";
  /// The only key that is let in; empty lets every key in.
  std::string api_key = {};
  /// False: ignores Idempotency-Key, so that every create charges (--no-idempotency).
  bool idempotent = true;
  /// How long a key is honoured after its first use.
  std::chrono::seconds key_life = std::chrono::hours(24);
  /// How long a time-out fault keeps the caller waiting.
  milliseconds hold = seconds(30);
  /// How long the slow fault takes.
  milliseconds slow = seconds(2);
  /// How long a processing payment takes.
  milliseconds settle_after = seconds(3);
  /// A new payment appears in lists only after this.
  milliseconds look_up_lag = milliseconds(0);
};

class GatewaySim {
 public:
  /// Listens at once. Throws UsageError for an address or a ledger it cannot use.
  GatewaySim(Loop& loop, const Clock& clock, GatewaySimOptions options);
  ~GatewaySim();

  /// Serves until stop() or cancellation.
  Task<> run();
  void stop();

  std::uint16_t port() const;
  std::string url() const;

 private:
  class Core;
  std::unique_ptr<Core> core_;
};

/// The verb: serves until cancelled.
Task<> run_gateway_sim(Loop& loop, GatewaySimOptions options);

}  // namespace bursar::devtools
