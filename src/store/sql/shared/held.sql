-- The fence. Chunks of queue $1 held by worker $2 are answered in parts: per chunk ($3) the statement names
-- its claim ($4), how many items were settled before ($5) and how many remain held after ($6). settled +
-- answered now + remaining = items, or nothing of that chunk is written; so too when the claim is not mine
-- any more: the caller compares the counts returned with what it sent. A chunk with something remaining is
-- kept under a share lock (against a take-over in the same instant), else deleted. One statement per chunk
-- in flight. Index: chunks_pkey.
part AS MATERIALIZED (
  SELECT $1::smallint AS queue, $2::bigint AS worker, part.*,
         (SELECT count(*) FROM input WHERE input.chunk_id = part.chunk_id) AS answered
  FROM unnest($3::bigint[], $4::bigint[], $5::integer[], $6::integer[])
    AS part (chunk_id, claim, settled, remaining)
),
held AS MATERIALIZED (
  SELECT c.queue, c.sequence, c.target, c.chunk_id, c.claim, c.enqueued_at, c.first_claimed_at, p.remaining
  FROM part p
  JOIN chunks c ON c.queue = p.queue AND c.chunk_id = p.chunk_id AND c.claim = p.claim AND c.worker = p.worker
  WHERE cardinality(c.items) = p.settled + p.answered + p.remaining
  FOR SHARE OF c
),
acknowledged AS (
  DELETE FROM chunks c USING held h
  WHERE c.queue = h.queue AND c.chunk_id = h.chunk_id AND h.remaining = 0
)
