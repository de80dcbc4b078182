#include "events/held_chunks.hpp"

#include "base/check.hpp"

namespace bursar::events {

void HeldChunks::add(const store::Claim& claim) {
  CHECK(claim.chunk_id > 0);
  Count& count = chunks_[claim.chunk_id];
  count.claim = claim;
  ++count.items;
}

bool HeldChunks::holds(const store::Claim& claim) const {
  const auto found = chunks_.find(claim.chunk_id);
  return found != chunks_.end() && found->second.claim == claim;
}

store::ChunkPart HeldChunks::part(const store::Claim& claim, std::int32_t answered) const {
  CHECK(holds(claim));
  const Count& count = chunks_.at(claim.chunk_id);
  store::ChunkPart part;
  part.claim = claim;
  part.settled = count.settled;
  part.remaining = count.items - count.settled - answered;
  CHECK(part.remaining >= 0);
  return part;
}

void HeldChunks::settle(const store::Claim& claim, std::int32_t answered) {
  CHECK(holds(claim));
  Count& count = chunks_.at(claim.chunk_id);
  count.settled += answered;
  CHECK(count.settled <= count.items);
  if (count.settled == count.items) chunks_.erase(claim.chunk_id);
}

std::size_t HeldChunks::forget(const store::Claim& claim) {
  if (!holds(claim)) return 0;
  const Count count = chunks_.at(claim.chunk_id);
  chunks_.erase(claim.chunk_id);
  return static_cast<std::size_t>(count.items - count.settled);
}

std::vector<std::int64_t> HeldChunks::ids() const {
  std::vector<std::int64_t> ids;
  ids.reserve(chunks_.size());
  for (const auto& [id, count] : chunks_) ids.push_back(id);
  return ids;
}

}  // namespace bursar::events
