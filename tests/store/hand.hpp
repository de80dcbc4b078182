// What one worker of a story remembers: the items it has not answered yet, and how its chunks stand. Copy it
// to play a twin whose answer was lost; change its worker or claims to play a stranger.
#pragma once
#include <map>
#include <vector>

#include "store/channel_queue.hpp"
#include "store/execute_queue.hpp"

namespace bursar::store::test {

struct ChunkCount {
  Claim claim;
  std::int32_t items = 0;
  std::int32_t settled = 0;
};

template <class Item>
struct Hand {
  WorkerNumber worker = 0;
  QueueNumber queue = 0;
  std::vector<Item> open;
  std::map<std::int64_t, ChunkCount> chunks;

  std::size_t take(std::vector<Item> items) {
    for (auto& item : items) {
      if (item.claim.chunk_id > 0) {
        auto& chunk = chunks[item.claim.chunk_id];
        chunk.claim = item.claim;
        ++chunk.items;
      }
      open.push_back(std::move(item));
    }
    return open.size();
  }

  /// The parts of the chunks that the first `count` open items come from.
  std::vector<ChunkPart> parts(std::size_t count) const {
    std::map<std::int64_t, std::int32_t> answered;
    for (std::size_t i = 0; i < count; ++i)
      if (open[i].claim.chunk_id > 0) ++answered[open[i].claim.chunk_id];
    std::vector<ChunkPart> parts;
    for (const auto& [id, now] : answered) {
      const auto& chunk = chunks.at(id);
      parts.push_back({chunk.claim, chunk.settled, chunk.items - chunk.settled - now});
    }
    return parts;
  }

  /// The database took the first `count` open items.
  void settle(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
      if (open[i].claim.chunk_id > 0) ++chunks[open[i].claim.chunk_id].settled;
    open.erase(open.begin(), open.begin() + static_cast<std::ptrdiff_t>(count));
  }

  /// As somebody who says another number of the claim.
  void shift_claims(std::int64_t by) {
    for (auto& item : open) item.claim.number += by;
    for (auto& [id, chunk] : chunks) chunk.claim.number += by;
  }
};

using ExecuteHand = Hand<ExecuteItem>;
using ChannelHand = Hand<ChannelItem>;

}  // namespace bursar::store::test
