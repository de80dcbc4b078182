#include "store/channel_queue.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "sql.hpp"
#include "store/fence.hpp"
#include "store/suspects.hpp"

namespace bursar::store {
namespace {

ChannelItem read_item(QueueNumber channel, const pg::Row& row) {
  ChannelItem item;
  item.claim.queue = channel;
  item.claim.number = row.get<std::int64_t>("claim");
  item.event = EventId{PaymentId(row.get<Uuid>("payment_id")), row.get<std::int16_t>("sequence")};
  item.target = row.get<std::int32_t>("target");
  item.type = row.get<std::string>("type");
  item.failure_code = row.get_optional<std::string>("failure_code");
  item.gateway_reference = row.get_optional<std::string>("gateway_reference");
  item.recorded_at = row.get<Instant>("recorded_at");
  item.created_by = PrincipalId(row.get<Uuid>("created_by"));
  item.user_id = UserId(row.get<Uuid>("user_id"));
  item.amount_minor = row.get<std::int64_t>("amount");
  item.currency = row.get<std::string>("currency");
  item.description = row.get_optional<std::string>("description");
  item.reference = row.get_optional<std::string>("reference");
  item.metadata = row.get_optional<std::string>("metadata");
  item.request_id = row.get_optional<std::string>("request_id");
  item.trace = read_trace(row);
  item.email = row.get_optional<std::string>("email");
  item.phone = row.get_optional<std::string>("phone");
  item.locale = row.get<std::string>("locale");
  return item;
}

// NULL says: not from there.
std::optional<std::int64_t> claim_of_message(const DeliveryAnswer& answer) {
  const Claim& claim = answer.item.claim;
  if (claim.chunk_id > 0 || claim.number == 0) return std::nullopt;
  return claim.number;
}
std::optional<std::int64_t> chunk_of(const DeliveryAnswer& answer) {
  if (answer.item.claim.chunk_id == 0) return std::nullopt;
  return answer.item.claim.chunk_id;
}

void read_history(ChannelItem& item, const pg::Row& row) {
  item.replay = row.get<std::int16_t>("replay");
  item.tries = row.get<std::int16_t>("tries");
  item.crashes = row.get<std::int16_t>("crashes");
  item.unsure = row.get<bool>("unsure");
}

}  // namespace

ChannelQueue::ChannelQueue(pg::Connection& connection, QueueNumber channel, WorkerNumber worker)
    : connection_(&connection), channel_(channel), worker_(worker) {
  CHECK(!queues::is_execute(channel));
}

Task<ChannelBatch> ChannelQueue::claim(int chunks, int items) {
  pg::Params params;
  params.add(channel_).add(worker_).add(std::int32_t{chunks}).add(low_water_.mark()).add(std::int32_t{items});
  const auto result = co_await connection_->run(sql::claim_channel, params);
  ChannelBatch batch;
  batch.items.reserve(static_cast<std::size_t>(result.rows()));
  for (const auto row : result) {
    batch.items.push_back(read_item(channel_, row));
    batch.items.back().claim.chunk_id = row.get<std::int64_t>("chunk_id");
  }
  co_return batch;
}

Task<ChannelBatch> ChannelQueue::claim_messages(int items) { return claim_due(items, std::nullopt); }

Task<ChannelBatch> ChannelQueue::claim_suspect(Instant reserved) { return claim_due(1, reserved); }

Task<ChannelBatch> ChannelQueue::claim_due(int items, std::optional<Instant> suspect) {
  pg::Params params;
  params.add(channel_).add(worker_).add(std::int32_t{items}).add(suspect);
  const auto result = co_await connection_->run(sql::claim_channel_messages, params);
  ChannelBatch batch;
  batch.items.reserve(static_cast<std::size_t>(result.rows()));
  for (const auto row : result) {
    batch.items.push_back(read_item(channel_, row));
    read_history(batch.items.back(), row);
  }
  co_return batch;
}

Task<ChannelBatch> ChannelQueue::held_besides(const std::vector<std::int64_t>& chunk_ids,
                                              const std::vector<std::int64_t>& message_claims) {
  const auto self = [](std::int64_t number) { return number; };
  pg::Params params;
  params.add(channel_)
      .add(worker_)
      .array<std::int64_t>(chunk_ids, self)
      .array<std::int64_t>(message_claims, self);
  const auto result = co_await connection_->run(sql::held_channel, params);
  ChannelBatch batch;
  batch.items.reserve(static_cast<std::size_t>(result.rows()));
  for (const auto row : result) {
    batch.items.push_back(read_item(channel_, row));
    batch.items.back().claim.chunk_id = row.get<std::int64_t>("chunk_id");
    read_history(batch.items.back(), row);
  }
  co_return batch;
}

Task<std::optional<Instant>> ChannelQueue::reserve_suspect(std::optional<Instant> reserved) {
  return store::reserve_suspect(*connection_, channel_, worker_, reserved);
}

Task<std::vector<ChannelItem>> ChannelQueue::reserve(std::vector<ChannelItem> items) {
  CHECK(items.size() <= limits::batch_rows);
  pg::Params params;
  params.add(channel_).add(worker_);
  params.array<Uuid>(items, [](const ChannelItem& i) { return i.event.payment.value; });
  params.array<std::int16_t>(items, [](const ChannelItem& i) { return i.event.sequence; });
  params.array<std::int32_t>(items, [](const ChannelItem& i) { return i.target; });
  const auto result = co_await connection_->run(sql::reserve, params);
  std::map<std::pair<EventId, std::int32_t>, bool> unsure;
  for (const auto row : result) {
    const EventId event{PaymentId(row.get<Uuid>("payment_id")), row.get<std::int16_t>("sequence")};
    unsure[{event, row.get<std::int32_t>("target")}] = row.get<bool>("unsure");
  }
  std::vector<ChannelItem> mine;
  for (auto& item : items) {
    const auto found = unsure.find({item.event, item.target});
    if (found == unsure.end()) continue;
    item.unsure = item.unsure || found->second;
    mine.push_back(std::move(item));
  }
  co_return mine;
}

Task<std::int64_t> ChannelQueue::deliver(const std::vector<DeliveryAnswer>& answers,
                                         const std::vector<ChunkPart>& parts) {
  CHECK(answers.size() <= limits::batch_rows);
  pg::Params params;
  add_fence(params, channel_, worker_, parts);
  params.array<Uuid>(answers, [](const DeliveryAnswer& a) { return a.item.event.payment.value; });
  params.array<std::string_view>(answers, [](const DeliveryAnswer& a) { return to_text(a.result); });
  params.array<std::int64_t>(answers, [](const DeliveryAnswer& a) { return a.item.claim.chunk_id; });
  params.array<std::string>(answers, [](const DeliveryAnswer& a) { return a.provider_reference; });
  const auto result = co_await connection_->run(sql::deliver, params);
  co_return result.only_row().get<std::int64_t>("items");
}

Task<std::int64_t> ChannelQueue::settle(const std::vector<DeliveryAnswer>& answers,
                                        const std::vector<ChunkPart>& parts) {
  CHECK(answers.size() <= limits::batch_rows);
  pg::Params params;
  add_fence(params, channel_, worker_, parts);
  params.array<Uuid>(answers, [](const DeliveryAnswer& a) { return a.item.event.payment.value; });
  params.array<std::int16_t>(answers, [](const DeliveryAnswer& a) { return a.item.event.sequence; });
  params.array<std::int32_t>(answers, [](const DeliveryAnswer& a) { return a.item.target; });
  params.array<std::int64_t>(answers, claim_of_message);
  params.array<std::int64_t>(answers, chunk_of);
  params.array<std::string_view>(answers, [](const DeliveryAnswer& a) { return to_text(a.result); });
  params.array<std::string>(answers, [](const DeliveryAnswer& a) { return a.provider_reference; });
  params.array<std::string>(answers, [](const DeliveryAnswer& a) { return a.answer; });
  params.array<std::int32_t>(answers, [](const DeliveryAnswer& a) { return a.retry_after_seconds; });
  const auto result = co_await connection_->run(sql::settle, params);
  co_return result.only_row().get<std::int64_t>(0);
}

Task<> ChannelQueue::refresh_low_water() { return low_water_.refresh(*connection_, channel_); }

}  // namespace bursar::store
