// The Stripe adapter pointed at a simulator of its own, over HTTP on loopback, with a ledger in a temporary
// folder.
#pragma once
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <map>
#include <set>

#include "base/random.hpp"
#include "base/task_group.hpp"
#include "devtools/gateway_sim.hpp"
#include "devtools/ledger_gateway.hpp"
#include "gateway/stripe.hpp"
#include "http/client.hpp"

namespace bursar::testing {

/// A folder that goes away with its owner.
class TemporaryFolder {
 public:
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// What the gateway's own ledger says, read from the file.
struct LedgerCounts {
  std::map<std::string, int> charges;                   // by payment
  std::map<std::string, int> creates;                   // raw calls by key
  std::map<std::string, std::set<std::string>> bodies;  // by key; one, unless a resend differed
};
LedgerCounts count_ledger(const std::filesystem::path& file);

/// The calls of most tests end by themselves, however busy the machine is; a time-out fault must take no
/// patience.
inline constexpr milliseconds patient{10'000};
inline constexpr milliseconds impatient{150};
inline constexpr milliseconds hold{400};
static_assert(impatient < hold / 2, "a late charge comes behind the caller's time-out");

class Simulated {
 public:
  Simulated(Loop& loop, const std::filesystem::path& ledger,
            const std::function<void(devtools::GatewaySimOptions&)>& change, milliseconds deadline);

  gateway::Stripe& stripe() { return *stripe_; }
  devtools::GatewaySim& simulator() { return *simulator_; }
  std::string url() const { return simulator_->url(); }
  /// A new payment of so many minor units.
  gateway::Charge payment(std::int64_t minor, std::string_view currency = "EUR");
  Instant now() const { return clock_.now(); }

  /// A call of the side door, or a raw one; throws CallFailed.
  Task<http::ClientResponse> ask(std::string method, std::string path, std::string body = "");
  Task<> order(std::string fault, int count = 1, std::string on = "create");
  /// Tries look-ups until one decides, as the executor's ladder does.
  Task<gateway::Answer> look_up_until_decided(gateway::Charge charge, Instant first_claimed_at);
  Task<> stop();

 private:
  SystemClock clock_;
  SystemRandom random_;
  std::unique_ptr<devtools::GatewaySim> simulator_;
  std::unique_ptr<gateway::Stripe> stripe_;
  std::unique_ptr<http::Client> side_door_;
  TaskGroup tasks_;
};

/// Runs `scenario` beside a fresh simulator and stops it; `ledger` outlives both.
void with_simulator(const std::filesystem::path& ledger, const std::function<Task<>(Simulated&)>& scenario,
                    const std::function<void(devtools::GatewaySimOptions&)>& change = {},
                    milliseconds deadline = patient);

}  // namespace bursar::testing
