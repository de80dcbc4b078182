#include "api_stack.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "client_verbs.hpp"
#include "domain/card_number.hpp"
#include "gateway/stripe_money.hpp"
#include "http/listener.hpp"
#include "tools.hpp"

namespace bursar {
namespace {

constexpr std::size_t analytics_connections = 1;

api::GatewayTerms terms_of(const GatewaySettings& settings) {
  const bool simulated = settings.kind == GatewayKind::simulator;
  api::GatewayTerms terms;
  terms.queue = simulated ? queues::simulator : queues::stripe;
  terms.needs_payment_method = !simulated;
  terms.refusal = [simulated](const Money& money) -> std::optional<std::string> {
    auto amount = gateway::to_stripe(money, !simulated);
    if (amount) return std::nullopt;
    return std::move(amount.error());
  };
  return terms;
}

/// For /docs; empty outside development, where others reach the listener, and without a key that may mint.
api::DevelopmentTokens development_tokens_of(const Config& config) {
  const bool has_key = std::ranges::any_of(config.tokens.keys, &auth::Key::development);
  if (!config.is_development() || !http::is_loopback(config.listen) || !has_key) return {};
  return [&config] {
    std::vector<api::DevelopmentTokenBody> tokens;
    for (const auto& [role, subject] :
         {std::pair(auth::RoleName::customer, demo_customer),
          std::pair(auth::RoleName::service, demo_service), std::pair(auth::RoleName::analyst, demo_analyst)})
      tokens.push_back(
          {std::string(auth::to_text(role)), std::string(subject),
           mint_development_token(config, *parse_uuid(subject), {role}, limits::token_lifetime_max)});
    return tokens;
  };
}

}  // namespace

ApiStack::ApiStack(const Executor& executor, const Config& config, auth::Listener listener,
                   ProcessState& state, std::function<void()> committed)
    : figures_(state.add_intake()),
      intake_(executor, config.database, clock_, random_, std::move(committed)),
      reads_(executor, store::connect_as(config.database, store::Role::api),
             limits::read_connections_per_loop),
      analytics_pool_(executor, store::connect_as(config.database, store::Role::analytics),
                      analytics_connections),
      payments_(reads_),
      contacts_(reads_),
      verifier_(config.tokens, clock_),
      api_({.intake = intake_,
            .payments = payments_,
            .contacts = contacts_,
            .analytics = analytics_pool_,
            .verifier = verifier_,
            .clock = clock_,
            .gateway = terms_of(config.gateway),
            .not_ready = [&state] { return state.not_ready(); },
            .development_tokens = development_tokens_of(config)},
           listener) {}

void ApiStack::spawn_into(TaskGroup& tasks) {
  tasks.spawn("intake", intake_.run());
  tasks.spawn("intake figures", publish());
}

Task<> ApiStack::publish() {
  const auto copy = [](std::atomic<std::uint64_t>& to, std::uint64_t from) {
    to.store(from, std::memory_order_relaxed);
  };
  while (true) {
    const auto& counters = intake_.counters();
    figures_.connected.store(intake_.is_connected(), std::memory_order_relaxed);
    copy(figures_.accepted, counters.accepted);
    copy(figures_.replayed, counters.replayed);
    copy(figures_.refused, counters.refused);
    copy(figures_.commits, counters.commits);
    copy(figures_.halvings, counters.halvings);
    copy(figures_.reruns, counters.reruns);
    co_await pause(limits::figures_every);
  }
}

http::ServerOptions listener_options(std::string listen, bool reuse_port, Tls tls) {
  http::ServerOptions options;
  options.tls = std::move(tls);
  options.listen = std::move(listen);
  options.reuse_port = reuse_port;
  options.is_secret = [](std::string_view text) { return contains_card_number(text); };
  return options;
}

}  // namespace bursar
