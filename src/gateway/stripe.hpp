// The Stripe adapter, also pointed at the simulator. One create with confirm=true per attempt, always under
// the payment's one key and with byte-equal bodies; look-ups by retrieve, or by listing what was created
// around the first claim and comparing our metadata. One loop. Made by app, called by workers.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "gateway/gateway.hpp"
#include "gateway/stripe_answer.hpp"
#include "http/client.hpp"

namespace bursar::gateway {

struct StripeOptions {
  /// "https://api.stripe.com", or the simulator's "http://127.0.0.1:8010".
  std::string base_url;
  /// A secret; goes only into the Authorization field.
  std::string api_key;
  /// True for the simulator: a payment method is optional, and every currency and amount is taken.
  bool simulator = false;
  /// Stripe forgets a key once it is at least 24 hours old; the hour is for our clocks and for calls under
  /// way.
  std::chrono::seconds key_life = std::chrono::hours(23);
  std::size_t connections = limits::gateway_concurrency;
  milliseconds deadline = limits::outbound_deadline;
  /// PEM file with the only certificates trusted; empty: the system's.
  std::string trusted_certificates_file = {};
};

class Stripe final : public Gateway {
 public:
  /// Throws UsageError for a URL it cannot use or an API key with blanks or control characters.
  Stripe(Executor executor, const Clock& clock, StripeOptions options);

  Task<Answer> charge(Charge charge) override;
  Task<Answer> look_up(Charge charge, Instant first_claimed_at) override;
  std::chrono::seconds key_life() const override { return options_.key_life; }

 private:
  /// What was listed: the payments that are ours, and why the list broke off if it did.
  struct Listed {
    std::vector<Answer> matches;
    std::optional<Answer> failure;
    std::size_t looked_at = 0;
    bool whole = true;  // not more of them than are looked at
    void add(Listed more);
  };
  Task<Listed> search_near(Charge charge, Expected expected, Instant first_claimed_at, Monotonic end);
  Task<Listed> search_list(Charge charge, Expected expected, std::string window, Monotonic end);
  http::ClientRequest request(std::string method, std::string path, const Charge& charge) const;

  const Clock& clock_;
  StripeOptions options_;
  http::Client client_;
};

}  // namespace bursar::gateway
