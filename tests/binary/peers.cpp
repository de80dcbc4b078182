#include "tests/binary/peers.hpp"

#include <fmt/format.h>

#include "devtools/ledger.hpp"
#include "devtools/ledger_gateway.hpp"

namespace bursar::testing {
namespace {

std::string text_of(const boost::json::object& line, std::string_view member) {
  const auto* found = line.if_contains(member);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

}  // namespace

Peers::Peers(const std::filesystem::path& folder)
    : folder_(folder),
      process_({"devtools", "--gateway-listen", "127.0.0.1:0", "--smtp-listen", "127.0.0.1:0",
                "--sinks-listen", "127.0.0.1:0", "--folder", folder.string()},
               {}) {
  const auto ready = process_.wait_for_event("devtools_ready");
  gateway_ = text_of(ready, "gateway");
  smtp_ = text_of(ready, "smtp");
  sms_ = text_of(ready, "sms");
}

Environment Peers::environment() const {
  return {{"BURSAR_GATEWAY_URL", gateway_}, {"BURSAR_SMTP_URL", smtp_}, {"BURSAR_SMS_URL", sms_}};
}

void Peers::slow_the_gateway(std::chrono::milliseconds time) const {
  request(gateway_, "POST", "/_sim/latency", {}, fmt::format(R"({{"ms":{}}})", time.count()));
}

std::map<std::string, int> charges_in(const std::filesystem::path& folder) {
  std::map<std::string, int> charges;
  for (const auto& charge : devtools::read_gateway_ledger(folder / "gateway-ledger.jsonl").charges)
    ++charges[charge.payment_id];
  return charges;
}

std::map<std::string, Told> told_in(const std::filesystem::path& folder, const std::string& ledger) {
  std::map<std::string, Told> events;
  devtools::read_ledger(folder / ledger, [&events](const boost::json::object& line) {
    const auto* attempt = line.if_contains("attempt");
    if (attempt == nullptr || attempt->as_int64() < 1) return;  // refused
    Told& told = events[text_of(line, "event")];
    told.message_ids.insert(text_of(line, "message_id"));
    ++told.times;
  });
  return events;
}

}  // namespace bursar::testing
