#include "store/dead_letters.hpp"

#include "base/check.hpp"
#include "base/limits.hpp"
#include "sql.hpp"

namespace bursar::store {

Task<std::vector<DeadLetter>> DeadLetters::list(std::optional<QueueNumber> queue,
                                                std::optional<Instant> before, int limit) {
  pg::Params params;
  params.add(queue).add(before).add(std::int32_t{limit});
  const auto result = co_await pool_->run(sql::dead_letters_list, params);
  std::vector<DeadLetter> letters;
  letters.reserve(static_cast<std::size_t>(result.rows()));
  for (const auto row : result) {
    DeadLetter letter;
    letter.queue = row.get<std::int16_t>("queue");
    letter.event = EventId{PaymentId(row.get<Uuid>("payment_id")), row.get<std::int16_t>("sequence")};
    letter.target = row.get<std::int32_t>("target");
    letter.tries = row.get<std::int16_t>("tries");
    letter.crashes = row.get<std::int16_t>("crashes");
    letter.dead_at = row.get<Instant>("dead_at");
    letter.reason = row.get<std::string>("reason");
    letters.push_back(std::move(letter));
  }
  co_return letters;
}

Task<std::int64_t> DeadLetters::redrive(QueueNumber queue, const std::vector<DeadLetter>& letters,
                                        StaffAction by) {
  CHECK(letters.size() <= limits::batch_rows);
  pg::Params params;
  params.add(queue);
  params.array<Uuid>(letters, [](const DeadLetter& l) { return l.event.payment.value; });
  params.array<std::int16_t>(letters, [](const DeadLetter& l) { return l.event.sequence; });
  params.array<std::int32_t>(letters, [](const DeadLetter& l) { return l.target; });
  params.add(by.principal.value);
  const auto result = co_await run_recorded(*pool_, sql::redrive, params, std::move(by));
  co_return result.rows();
}

Task<std::int64_t> DeadLetters::discard(QueueNumber channel, std::vector<DeliveryKey> deliveries,
                                        std::string reason, StaffAction by) {
  CHECK(deliveries.size() <= limits::batch_rows);
  pg::Params params;
  params.add(channel);
  params.array<Uuid>(deliveries, [](const DeliveryKey& d) { return d.event.payment.value; });
  params.array<std::int16_t>(deliveries, [](const DeliveryKey& d) { return d.event.sequence; });
  params.array<std::int32_t>(deliveries, [](const DeliveryKey& d) { return d.target; });
  params.add(std::string_view(reason)).add(by.principal.value);
  const auto result = co_await run_recorded(*pool_, sql::discard, params, std::move(by));
  co_return result.rows();
}

Task<bool> DeadLetters::resend(QueueNumber channel, DeliveryKey delivery, std::string reason,
                               StaffAction by) {
  pg::Params params;
  params.add(channel).add(delivery.event.payment.value).add(delivery.event.sequence).add(delivery.target);
  params.add(std::string_view(reason)).add(by.principal.value);
  const auto result = co_await run_recorded(*pool_, sql::resend, params, std::move(by));
  co_return result.rows() == 1;
}

}  // namespace bursar::store
