// What the statements of both queue kinds begin with: who answers, and how the chunks stand that are answered
// in part (sql/shared/held.sql checks it). Used by the queues of this folder only.
#pragma once
#include <optional>
#include <vector>

#include "base/check.hpp"
#include "base/limits.hpp"
#include "pg/params.hpp"
#include "pg/result.hpp"
#include "store/work.hpp"

namespace bursar::store {

/// $1…$6. Answers are at most limits::batch_rows, so are their chunks.
inline void add_fence(pg::Params& params, QueueNumber queue, WorkerNumber worker,
                      const std::vector<ChunkPart>& parts) {
  CHECK(parts.size() <= limits::batch_rows);
  params.add(queue).add(worker);
  params.array<std::int64_t>(parts, [](const ChunkPart& p) { return p.claim.chunk_id; });
  params.array<std::int64_t>(parts, [](const ChunkPart& p) { return p.claim.number; });
  params.array<std::int32_t>(parts, [](const ChunkPart& p) { return p.settled; });
  params.array<std::int32_t>(parts, [](const ChunkPart& p) { return p.remaining; });
}

inline std::optional<TraceContext> read_trace(const pg::Row& row) {
  const auto trace = row.get_optional<Uuid>("trace_id");
  if (!trace) return std::nullopt;
  const auto span = row.get_optional<std::int64_t>("span_id").value_or(0);
  return TraceContext{*trace, static_cast<std::uint64_t>(span)};
}

}  // namespace bursar::store
