#include "devtools/ledger_gateway.hpp"

#include "devtools/ledger.hpp"

namespace bursar::devtools {
namespace {

using boost::json::object;

std::string text_at(const object& line, std::string_view key) {
  const auto* found = line.if_contains(key);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

std::int64_t number_at(const object& line, std::string_view key) {
  const auto* found = line.if_contains(key);
  return found != nullptr && found->is_int64() ? found->get_int64() : 0;
}

}  // namespace

void read_gateway_ledger(const std::filesystem::path& file, const std::function<void(LedgerCall)>& create,
                         const std::function<void(LedgerCharge)>& charge) {
  read_ledger(file, [&](const object& line) {
    const std::string kind = text_at(line, "kind");
    const Instant at = from_rfc3339(text_at(line, "at")).value_or(Instant());
    if (kind == "call" && text_at(line, "method") == "POST")
      create({.call = static_cast<std::uint64_t>(number_at(line, "call")),
              .at = at,
              .payment_id = text_at(line, "payment_id"),
              .key = text_at(line, "key"),
              .fingerprint = text_at(line, "fingerprint")});
    if (kind == "charge")
      charge({.at = at,
              .charge = text_at(line, "charge"),
              .intent = text_at(line, "intent"),
              .payment_id = text_at(line, "payment_id"),
              .amount = number_at(line, "amount"),
              .currency = text_at(line, "currency")});
  });
}

GatewayLedger read_gateway_ledger(const std::filesystem::path& file) {
  GatewayLedger ledger;
  read_gateway_ledger(
      file, [&ledger](LedgerCall create) { ledger.creates.push_back(std::move(create)); },
      [&ledger](LedgerCharge charge) { ledger.charges.push_back(std::move(charge)); });
  return ledger;
}

}  // namespace bursar::devtools
