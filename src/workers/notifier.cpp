#include "workers/notifier.hpp"

#include "base/fault.hpp"
#include "base/limits.hpp"
#include "base/text.hpp"

namespace bursar::workers {
namespace {

using store::DeliveryResult;

DeliveryResult result_of(notify::Verdict verdict) {
  switch (verdict) {
    case notify::Verdict::sent:
      return DeliveryResult::sent;
    case notify::Verdict::retry:
      return DeliveryResult::retry;
    case notify::Verdict::ambiguous:
      return DeliveryResult::ambiguous;
    case notify::Verdict::dead:
      return DeliveryResult::dead;
  }
  return DeliveryResult::retry;
}

}  // namespace

Notifier::Notifier(std::string name, notify::Channel& channel, Compose compose, const Clock& clock)
    : channel_(channel), compose_(std::move(compose)), breaker_(std::move(name), clock) {}

Task<store::DeliveryAnswer> Notifier::handle(store::ChannelItem item, events::MayCall may_call) {
  store::DeliveryAnswer answer;
  Composed composed = compose_(item);
  if (!composed.message) {
    answer.item = std::move(item);
    answer.result = DeliveryResult::suppressed;
    answer.answer = composed.suppressed_because;
    co_return answer;
  }
  Breaker::Pass pass = co_await breaker_.enter();
  if (!pass.is_given() || !may_call()) co_return events::ChannelSide::postponed(std::move(item));
  fault::point("notifier.sending");
  const notify::Receipt receipt = co_await channel_.send(std::move(*composed.message));
  fault::point("notifier.sent");
  if (receipt.unavailable) {
    pass.failed(receipt.retry_after.value_or(seconds(0)));
  } else {
    pass.succeeded();
  }
  answer.item = std::move(item);
  answer.result = result_of(receipt.verdict);
  answer.provider_reference = receipt.provider_reference;
  if (!receipt.answer.empty()) answer.answer = safe_text(receipt.answer, limits::peer_text_characters);
  if (receipt.retry_after)
    answer.retry_after_seconds = static_cast<std::int32_t>(receipt.retry_after->count());
  co_return answer;
}

}  // namespace bursar::workers
