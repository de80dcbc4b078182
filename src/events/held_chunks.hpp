// What a lane remembers of its claims: how many items each chunk has, and how many of them the database has
// taken back. Pure; the statements repeat the sum (settled + answered + remaining = items).
#pragma once
#include <cstdint>
#include <map>
#include <vector>

#include "store/work.hpp"

namespace bursar::events {

class HeldChunks {
 public:
  /// One more item of a chunk was claimed.
  void add(const store::Claim& claim);
  bool holds(const store::Claim& claim) const;

  /// How the chunk stands when `answered` of its items are written now.
  store::ChunkPart part(const store::Claim& claim, std::int32_t answered) const;
  /// The database took `answered` items; a chunk without a remainder is gone.
  void settle(const store::Claim& claim, std::int32_t answered);
  /// The claim is not ours any more. Returns how many items were still open.
  std::size_t forget(const store::Claim& claim);

  std::size_t count() const { return chunks_.size(); }
  std::vector<std::int64_t> ids() const;

 private:
  struct Count {
    store::Claim claim;
    std::int32_t items = 0;
    std::int32_t settled = 0;
  };
  std::map<std::int64_t, Count> chunks_;  // by chunk id, which is never used twice
};

}  // namespace bursar::events
