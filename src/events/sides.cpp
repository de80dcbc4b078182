#include "events/sides.hpp"

namespace bursar::events {

ExecuteSide::Answer ExecuteSide::postponed(Item item) {
  Answer answer;
  answer.item = std::move(item);
  answer.result = store::ExecuteResult::postponed;
  return answer;
}

void ExecuteSide::degrade(Answer& answer, const std::string& why) {
  answer.result = store::ExecuteResult::unknown;
  answer.failure_code.reset();
  answer.gateway_reference.reset();
  answer.evidence = why;
}

Task<std::int64_t> ExecuteSide::write_chunks(Queue& queue, const std::vector<Answer>& answers,
                                             const std::vector<store::ChunkPart>& parts) {
  return queue.finish(answers, parts);
}

Task<std::int64_t> ExecuteSide::write_messages(Queue& queue, const std::vector<Answer>& answers) {
  return queue.finish_messages(answers);
}

ChannelSide::Answer ChannelSide::postponed(Item item) {
  Answer answer;
  answer.item = std::move(item);
  answer.result = store::DeliveryResult::postponed;
  return answer;
}

void ChannelSide::degrade(Answer& answer, const std::string& why) {
  // Whether it was sent stays as it was answered; only the texts go.
  answer.provider_reference.reset();
  answer.answer = why;
}

bool ChannelSide::is_plain(const Answer& answer) {
  return answer.result == store::DeliveryResult::sent || answer.result == store::DeliveryResult::suppressed;
}

Task<std::int64_t> ChannelSide::write_chunks(Queue& queue, const std::vector<Answer>& answers,
                                             const std::vector<store::ChunkPart>& parts) {
  if (is_plain(answers.front())) {
    try {
      co_return co_await queue.deliver(answers, parts);
    } catch (const pg::StatementFailed& failed) {
      if (!failed.is_unique_violation()) throw;
    }
  }
  co_return co_await queue.settle(answers, parts);
}

Task<std::int64_t> ChannelSide::write_messages(Queue& queue, const std::vector<Answer>& answers) {
  const std::vector<store::ChunkPart> none;
  co_return co_await queue.settle(answers, none);
}

}  // namespace bursar::events
