// Tells a user of a payment's outcome over one channel. Retries, dead letters and dead providers stay on this
// side: nothing here can touch a payment.
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "events/lane.hpp"
#include "notify/channel.hpp"
#include "workers/breaker.hpp"

namespace bursar::workers {

/// The message for an item, or why there is none (then the delivery is `suppressed`, with that reason).
struct Composed {
  std::optional<notify::Message> message;
  std::string suppressed_because;
};
/// Pure; one per channel (compose.hpp).
using Compose = std::function<Composed(const store::ChannelItem&)>;

class Notifier final : public events::Consumer<events::ChannelSide> {
 public:
  Notifier(std::string name, notify::Channel& channel, Compose compose, const Clock& clock);

  events::Appetite appetite() const override { return breaker_.appetite(); }
  Task<store::DeliveryAnswer> handle(store::ChannelItem item, events::MayCall may_call) override;
  void leave() { breaker_.leave(); }

 private:
  notify::Channel& channel_;
  Compose compose_;
  Breaker breaker_;
};

}  // namespace bursar::workers
