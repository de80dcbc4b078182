#include "audit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/limits.hpp"
#include "devtools/ledger_gateway.hpp"
#include "gateway/gateway.hpp"
#include "gateway/stripe_money.hpp"

namespace bursar {
namespace {

constexpr std::size_t offenders_shown = 20;

void blame(store::Finding& finding, std::string offender) {
  ++finding.count;
  if (finding.offenders.size() < offenders_shown) finding.offenders.push_back(std::move(offender));
}

store::Finding sentence(std::string invariant, std::string text) {
  store::Finding finding;
  finding.invariant = std::move(invariant);
  finding.sentence = std::move(text);
  return finding;
}

// Joins payments, in the order they are visited, with the charges of a ledger.
class LedgerComparison {
 public:
  explicit LedgerComparison(const devtools::GatewayLedger& ledger) {
    for (const auto& charge : ledger.charges) charges_[charge.payment_id].push_back(&charge);
  }

  void visit(const store::AuditedPayment& payment) {
    const std::string id = payment.id.text();
    const auto found = charges_.find(id);
    const std::size_t count = found == charges_.end() ? 0 : found->second.size();
    const bool success = payment.status == PaymentStatus::success;
    if ((success && count != 1) || (payment.status == PaymentStatus::failed && count != 0) || count > 1)
      blame(once_, fmt::format("{} is {} and has {} charges", id, to_text(payment.status), count));
    const auto expected = expected_at_the_gateway(payment);
    if (success && expected) sums_[payment.currency].first += expected->amount;
    if (count == 0) return;
    for (const auto* charge : found->second) {
      if (!expected || expected->amount != charge->amount || expected->currency != charge->currency)
        blame(same_money_, fmt::format("{}: {} {} here, {} {} at the gateway", id, payment.amount_minor,
                                       payment.currency, charge->amount, charge->currency));
      // What is pending may be on its way from there to here.
      if (payment.status != PaymentStatus::pending) sums_[payment.currency].second += charge->amount;
    }
    charges_.erase(found);
  }

  /// What is left over has no payment; charges younger than `before` may still get theirs.
  void finish(Instant before, std::vector<store::Finding>& findings) {
    for (const auto& [payment, charges] : charges_)
      for (const auto* charge : charges)
        if (charge->at < before) blame(orphans_, charge->charge + " for payment '" + payment + "'");
    for (const auto& [currency, sums] : sums_)
      if (sums.first != sums.second)
        blame(conserved_, fmt::format("{}: succeeded {}, charged {}", currency, sums.first, sums.second));
    for (auto* finding : {&once_, &orphans_, &same_money_, &conserved_})
      findings.push_back(std::move(*finding));
  }

 private:
  // In the gateway's units, which differ from ISO 4217's for some currencies; nullopt where it takes none.
  static std::optional<gateway::StripeAmount> expected_at_the_gateway(const store::AuditedPayment& payment) {
    const auto currency = Currency::from_code(payment.currency);
    if (!currency) return std::nullopt;
    const auto amount = gateway::to_stripe(Money{payment.amount_minor, *currency}, false);
    return amount ? std::optional(*amount) : std::nullopt;
  }

  std::map<std::string, std::vector<const devtools::LedgerCharge*>, std::less<>> charges_;
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> sums_;
  store::Finding once_ = sentence("I-6", "SUCCESS has exactly one charge, FAILED none");
  store::Finding orphans_ = sentence("I-7", "every charge has a payment");
  store::Finding same_money_ = sentence("I-8", "amount and currency are equal on both sides");
  store::Finding conserved_ = sentence("I-10", "per currency, what succeeded equals what was charged");
};

store::Finding keys_of(const devtools::GatewayLedger& ledger, std::chrono::seconds key_life) {
  store::Finding finding =
      sentence("I-9", "one gateway key and one body per payment, never resent after the key's life");
  std::map<std::string, const devtools::LedgerCall*> first;
  for (const auto& call : ledger.creates) {
    const auto id = parse_uuid(call.payment_id);
    if (!id) {
      blame(finding, fmt::format("call {} names no payment", call.call));
      continue;
    }
    const auto [entry, is_first] = first.try_emplace(call.payment_id, &call);
    if (call.key != gateway::idempotency_key_of(PaymentId(*id)))
      blame(finding, fmt::format("{} was sent with the key '{}'", call.payment_id, call.key));
    else if (!is_first && call.fingerprint != entry->second->fingerprint)
      blame(finding, call.payment_id + " was resent with another body");
    else if (!is_first && call.at > entry->second->at + key_life)
      blame(finding, call.payment_id + " was resent after the life of its key");
  }
  return finding;
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
  if (!options.gateway_ledger) co_return findings;
  // The database first: whatever it calls charged is in the ledger by the time that is read.
  const Instant before = SystemClock().now() - options.settled_after;
  std::vector<store::AuditedPayment> payments;
  auto visit = [&payments](const store::AuditedPayment& payment) { payments.push_back(payment); };
  co_await database.for_each_payment(before, visit);
  const auto ledger = devtools::read_gateway_ledger(*options.gateway_ledger);
  LedgerComparison comparison(ledger);
  for (const auto& payment : payments) comparison.visit(payment);
  comparison.finish(before, findings);
  findings.push_back(keys_of(ledger, options.gateway_key_life));
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
