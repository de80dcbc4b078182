#include "audit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/limits.hpp"
#include "devtools/ledger_gateway.hpp"
#include "gateway/gateway.hpp"
#include "gateway/stripe_money.hpp"

namespace bursar {
namespace {

void blame(store::Finding& finding, std::string offender) {
  ++finding.count;
  if (finding.offenders.size() < store::offenders_shown) finding.offenders.push_back(std::move(offender));
}

store::Finding sentence(std::string invariant, std::string text) {
  store::Finding finding;
  finding.invariant = std::move(invariant);
  finding.sentence = std::move(text);
  return finding;
}

// Ids behind `after` up to `last`, both as a ledger's text says them. What names no payment is of the first.
struct Window {
  Uuid after, last;
  bool has(const std::optional<Uuid>& id) const {
    const bool is_first = after == Uuid();
    return id ? (is_first || after < *id) && *id <= last : is_first;
  }
};

// The gateway's ledger against the payments, window by window of their ids: what is kept follows the window,
// however long table and ledger are.
class LedgerAudit {
 public:
  /// Charges younger than `before` may still get their payment.
  LedgerAudit(std::filesystem::path ledger, Instant before, std::chrono::seconds key_life)
      : ledger_(std::move(ledger)), before_(before), key_life_(key_life) {}

  /// `payments` are all that the database has in the window, in the order of ids, read before this is called:
  /// whatever it calls charged is in the ledger by now.
  void compare(const Window& window, const std::vector<store::AuditedPayment>& payments) {
    devtools::read_gateway_ledger(
        ledger_, [&](const devtools::LedgerCall& call) { take_call(window, call); },
        [&](devtools::LedgerCharge charge) {
          const auto id = parse_uuid(charge.payment_id);
          if (window.has(id)) charges_[id.value_or(Uuid())].push_back(std::move(charge));
        });
    for (const auto& payment : payments) visit(payment);
    for (const auto& [id, charges] : charges_)
      for (const auto& charge : charges)
        if (charge.at < before_) blame(orphans_, charge.charge + " for payment '" + charge.payment_id + "'");
    charges_.clear();
    first_calls_.clear();
  }

  void finish(std::vector<store::Finding>& findings) {
    for (const auto& [currency, sums] : sums_)
      if (sums.first != sums.second)
        blame(conserved_, fmt::format("{}: succeeded {}, charged {}", currency, sums.first, sums.second));
    for (auto* finding : {&once_, &orphans_, &same_money_, &conserved_, &keys_})
      findings.push_back(std::move(*finding));
  }

 private:
  struct FirstCall {
    Instant at;
    std::string fingerprint;
  };

  void take_call(const Window& window, const devtools::LedgerCall& call) {
    const auto id = parse_uuid(call.payment_id);
    if (!window.has(id)) return;
    if (!id) return blame(keys_, fmt::format("call {} names no payment", call.call));
    const auto [entry, is_first] = first_calls_.try_emplace(*id, FirstCall{call.at, call.fingerprint});
    if (call.key != gateway::idempotency_key_of(PaymentId(*id)))
      blame(keys_, fmt::format("{} was sent with the key '{}'", call.payment_id, call.key));
    else if (!is_first && call.fingerprint != entry->second.fingerprint)
      blame(keys_, call.payment_id + " was resent with another body");
    else if (!is_first && call.at > entry->second.at + key_life_)
      blame(keys_, call.payment_id + " was resent after the life of its key");
  }

  void visit(const store::AuditedPayment& payment) {
    const std::string id = payment.id.text();
    const auto found = charges_.find(payment.id.value);
    const std::size_t count = found == charges_.end() ? 0 : found->second.size();
    const bool success = payment.status == PaymentStatus::success;
    if ((success && count != 1) || (payment.status == PaymentStatus::failed && count != 0) || count > 1)
      blame(once_, fmt::format("{} is {} and has {} charges", id, to_text(payment.status), count));
    const auto expected = expected_at_the_gateway(payment);
    if (success && expected) sums_[payment.currency].first += expected->amount;
    if (count == 0) return;
    for (const auto& charge : found->second) {
      if (!expected || expected->amount != charge.amount || expected->currency != charge.currency)
        blame(same_money_, fmt::format("{}: {} {} here, {} {} at the gateway", id, payment.amount_minor,
                                       payment.currency, charge.amount, charge.currency));
      // What is pending may be on its way from there to here.
      if (payment.status != PaymentStatus::pending) sums_[payment.currency].second += charge.amount;
    }
    charges_.erase(found);
  }

  // In the gateway's units, which differ from ISO 4217's for some currencies; nullopt where it takes none.
  static std::optional<gateway::StripeAmount> expected_at_the_gateway(const store::AuditedPayment& payment) {
    const auto currency = Currency::from_code(payment.currency);
    if (!currency) return std::nullopt;
    const auto amount = gateway::to_stripe(Money{payment.amount_minor, *currency}, false);
    return amount ? std::optional(*amount) : std::nullopt;
  }

  std::filesystem::path ledger_;
  Instant before_;
  std::chrono::seconds key_life_;
  std::map<Uuid, std::vector<devtools::LedgerCharge>> charges_;  // of the window, without a payment so far
  std::map<Uuid, FirstCall> first_calls_;                        // of the window
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> sums_;
  store::Finding once_ = sentence("I-6", "SUCCESS has exactly one charge, FAILED none");
  store::Finding orphans_ = sentence("I-7", "every charge has a payment");
  store::Finding same_money_ = sentence("I-8", "amount and currency are equal on both sides");
  store::Finding conserved_ = sentence("I-10", "per currency, what succeeded equals what was charged");
  store::Finding keys_ =
      sentence("I-9", "one gateway key and one body per payment, never resent after the key's life");
};

Task<> compare_with_ledger(store::Audit& database, const AuditOptions& options,
                           std::vector<store::Finding>& findings) {
  const Instant before = SystemClock().now() - options.settled_after;
  LedgerAudit ledger(*options.gateway_ledger, before, options.gateway_key_life);
  Window window;
  for (bool more = true; more; window.after = window.last) {
    const auto payments = co_await database.settled_payments(window.after, before, options.window);
    more = payments.size() == options.window;
    window.last = more ? payments.back().id.value : store::last_uuid;
    ledger.compare(window, payments);
  }
  ledger.finish(findings);
}

}  // namespace

Task<std::vector<store::Finding>> audit(AuditOptions options) {
  auto connect = store::connect_as_owner(options.database);
  connect.application_name = "bursar audit";
  connect.statement_timeout = limits::audit_deadline;
  const auto executor = co_await asio::this_coro::executor;
  const auto connection = co_await pg::Connection::open(executor, std::move(connect));
  store::Audit database(*connection);
  auto findings = co_await database.check(options.stuck_after, options.time_zone);
  if (options.gateway_ledger) co_await compare_with_ledger(database, options, findings);
  co_return findings;
}

bool is_clean(const std::vector<store::Finding>& findings) {
  return std::ranges::all_of(findings, [](const store::Finding& finding) { return finding.count == 0; });
}

std::string audit_report(const std::vector<store::Finding>& findings) {
  std::string report;
  for (const auto& finding : findings) {
    report += fmt::format("{:<6} {:<11} {}", finding.count == 0 ? "ok" : "BROKEN", finding.invariant,
                          finding.sentence);
    if (finding.count > 0) report += fmt::format(": {} found", finding.count);
    report += '\n';
    for (const auto& offender : finding.offenders) report += "         " + offender + '\n';
  }
  return report;
}

}  // namespace bursar
