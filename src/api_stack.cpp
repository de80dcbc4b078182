#include "api_stack.hpp"

#include <algorithm>

#include "base/limits.hpp"
#include "demo.hpp"
#include "domain/card_number.hpp"
#include "gateway/stripe_money.hpp"
#include "http/listener.hpp"
#include "tools.hpp"

namespace bursar {
namespace {

constexpr std::size_t analytics_connections = 1;
constexpr std::size_t operations_connections = 2;  // people's clicks

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
    for (const DemoPrincipal& demo : demo_principals())
      tokens.push_back(
          {std::string(auth::to_text(demo.role)), std::string(demo.id),
           mint_development_token(config, *parse_uuid(demo.id), {demo.role}, limits::token_lifetime_max)});
    return tokens;
  };
}

// What staff change is written as the role operations, which the public listener never is; in development it
// makes the principals that development keys claim.
std::optional<pg::Pool> operations_pool(const Executor& executor, const Config& config,
                                        auth::Listener listener) {
  if (listener != auth::Listener::operations && !config.is_development()) return std::nullopt;
  return std::optional<pg::Pool>(std::in_place, executor,
                                 store::connect_as(config.database, store::Role::operations),
                                 operations_connections);
}

}  // namespace

ApiStack::ApiStack(const Executor& executor, const Config& config, auth::Listener listener,
                   ProcessState& state, Identity& identity, std::function<void()> committed)
    : figures_(state.add_intake()),
      intake_(executor, config.database, clock_, random_, std::move(committed)),
      reads_(executor, store::connect_as(config.database, store::Role::api),
             limits::read_connections_per_loop),
      analytics_pool_(executor, store::connect_as(config.database, store::Role::analytics),
                      analytics_connections),
      payments_(reads_),
      contacts_(reads_),
      staff_log_(reads_),
      operations_pool_(operations_pool(executor, config, listener)),
      principals_(reads_),
      first_sight_(principals_, config.is_development() ? &*operations_pool_ : nullptr, identity.watch(),
                   clock_, random_),
      authenticator_(
          identity.watch(), identity.keys().ring(), clock_,
          [this](const auth::Verified& verified) { return first_sight_.resolve(verified); },
          [&keys = identity.keys()](std::string issuer) { return keys.await_keys(std::move(issuer)); }),
      api_({.intake = intake_,
            .payments = payments_,
            .contacts = contacts_,
            .analytics = analytics_pool_,
            .authenticator = authenticator_,
            .token_issuer = {.principals = principals_,
                             .hashes = identity.hashes(),
                             .keys = identity.issued(),
                             .issuer = config.tokens.issuer,
                             .audience = config.tokens.audience},
            .staff_log = staff_log_,
            .clock = clock_,
            .gateway = terms_of(config.gateway),
            .not_ready = [&state] { return state.not_ready(); },
            .development_tokens = development_tokens_of(config),
            .operations = operations_services(config, listener),
            .limiter = state.limiter()},
           listener) {}

std::optional<api::OperationsServices> ApiStack::operations_services(const Config& config,
                                                                     auth::Listener listener) {
  if (listener != auth::Listener::operations) return std::nullopt;
  return api::OperationsServices{.pool = *operations_pool_,
                                 .key_maker = {.seal = config.key_seal, .random = random_}};
}

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

http::ServerOptions listener_options(const Config& config, std::string listen, bool reuse_port, Tls tls) {
  http::ServerOptions options;
  options.proxies = config.proxies;
  options.tls = std::move(tls);
  options.listen = std::move(listen);
  options.reuse_port = reuse_port;
  options.is_secret = [](std::string_view text) { return contains_card_number(text); };
  return options;
}

}  // namespace bursar
