#include "devtools/gateway_sim_faults.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace bursar::devtools {
namespace {

using Kind = FaultKind;

constexpr std::string_view by_look_up = "SUCCESS, found by look-up, one charge";
constexpr std::string_view by_resend = "SUCCESS after a resend under the same key, one charge";

constexpr std::array faults = {
    Fault{"card_declined", Kind::decline, 40200, "generic_decline", "402, the typed decline", "FAILED"},
    Fault{"insufficient_funds", Kind::decline, 40201, "insufficient_funds", "402, the typed decline",
          "FAILED"},
    Fault{"lost_card", Kind::decline, 40202, "lost_card", "402, the typed decline", "FAILED"},
    Fault{"expired_card", Kind::decline, 40203, "expired_card", "402, the typed decline", "FAILED"},
    Fault{"incorrect_cvc", Kind::decline, 40204, "incorrect_cvc", "402, the typed decline", "FAILED"},
    Fault{"fraudulent", Kind::decline, 40205, "fraudulent", "402, the typed decline", "FAILED"},
    Fault{"processing_error", Kind::decline, 40206, "processing_error", "402, the typed decline", "FAILED"},
    Fault{"authentication_required", Kind::decline, 40207, "authentication_required",
          "402, the typed decline", "FAILED"},
    Fault{"timeout_before", Kind::timeout_before, 40800, "", "never answers, charges nothing", by_resend},
    Fault{"timeout_after", Kind::timeout_after, 40801, "", "charges, never answers", by_look_up},
    Fault{"timeout_late", Kind::timeout_late, 40802, "", "never answers, charges late", by_look_up},
    Fault{"key_in_use", Kind::key_in_use, 40900, "", "409, as if an earlier call were under way", by_resend},
    Fault{"rate_limit", Kind::rate_limit, 42900, "", "429 with Retry-After: 1, charges nothing", by_resend},
    Fault{"rate_limit_long", Kind::rate_limit_long, 42901, "", "429 with an absurd Retry-After", by_resend},
    Fault{"reset_before", Kind::reset_before, 44400, "", "resets the connection, charges nothing", by_resend},
    Fault{"reset_after", Kind::reset_after, 44401, "", "charges, then resets the connection", by_look_up},
    Fault{"error_before", Kind::error_before, 50000, "", "500, charges nothing, stores nothing", by_resend},
    Fault{"error_after", Kind::error_after, 50001, "", "charges, answers 500 and replays it under the key",
          by_look_up},
    Fault{"error_stored", Kind::error_stored, 50002, "", "500, replayed under the key, never charges",
          "PENDING, parked at the end of the ladder"},
    Fault{"bad_gateway", Kind::bad_gateway, 50200, "", "502 with an HTML page, charges nothing", by_resend},
    Fault{"unavailable", Kind::unavailable, 50300, "", "503 with Retry-After: 2, charges nothing", by_resend},
    Fault{"unauthorized", Kind::unauthorized, 40100, "", "401, charges nothing", by_resend},
    Fault{"processing", Kind::processing_then_succeeded, 10200, "", "is processing, a little later succeeded",
          by_look_up},
    Fault{"processing_declined", Kind::processing_then_declined, 10201, "generic_decline",
          "is processing, a little later declined", "FAILED, found by look-up"},
    Fault{"requires_action", Kind::requires_action, 10202, "", "waits for the payer for ever",
          "PENDING, parked at the end of the ladder"},
    Fault{"wrong_amount", Kind::wrong_amount, 20001, "", "charges, but answers another amount", by_look_up},
    Fault{"wrong_currency", Kind::wrong_currency, 20002, "", "charges, but answers another currency",
          by_look_up},
    Fault{"wrong_payment", Kind::wrong_payment, 20003, "", "charges, but answers for another payment",
          by_look_up},
    Fault{"garbage", Kind::garbage, 20004, "", "charges, answers half of its JSON", by_look_up},
    Fault{"huge", Kind::huge, 20005, "", "charges, answers megabytes", by_look_up},
    Fault{"slow", Kind::slow, 20006, "", "takes two seconds", "SUCCESS, one charge"},
};

}  // namespace

std::span<const Fault> all_faults() { return faults; }

const Fault* fault_named(std::string_view name) {
  const auto found =
      std::find_if(faults.begin(), faults.end(), [&](const Fault& fault) { return fault.name == name; });
  return found == faults.end() ? nullptr : &*found;
}

const Fault* fault_of_amount(std::int64_t amount) {
  const auto found =
      std::find_if(faults.begin(), faults.end(), [&](const Fault& fault) { return fault.amount == amount; });
  return found == faults.end() ? nullptr : &*found;
}

std::string fault_table() {
  std::string table =
      "| Amount | Name | What the simulator does | Where the payment ends |\n|---|---|---|---|\n";
  for (const Fault& fault : faults)
    table += fmt::format("| {} | `{}` | {}{} | {} |\n", fault.amount, fault.name, fault.effect,
                         fault.code.empty() ? "" : fmt::format(" `{}`", fault.code), fault.ends);
  return table;
}

bool befalls_the_call(FaultKind kind) {
  switch (kind) {
    case Kind::decline:
    case Kind::processing_then_succeeded:
    case Kind::processing_then_declined:
    case Kind::requires_action:
      return false;
    default:
      return true;
  }
}

const Fault* FaultScript::take(On call) {
  for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
    if (entry->on != On::any && entry->on != call) continue;
    const Fault* fault = entry->fault;
    if (--entry->count == 0) entries_.erase(entry);
    return fault;
  }
  return nullptr;
}

}  // namespace bursar::devtools
