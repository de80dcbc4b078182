-- At most $3 free chunks of queue $1 for worker $2, from chunk $4 on (low_water), up to the one that reaches
-- $5 items: what one process takes another cannot work on. A worker whose beat is
-- old, a paused queue or a router gives nothing. Index: chunks_pkey in order. Lock: the chunk rows; locked
-- ones are skipped. One HOT update a chunk; an empty queue writes nothing.
holder AS MATERIALIZED (
  SELECT w.worker
  FROM workers w
  JOIN queues q ON q.queue = $1::smallint AND NOT q.paused AND q.kind <> 'router'
  WHERE w.worker = $2::bigint AND w.seen_at > clock_timestamp() - interval '4 s'
),
free AS MATERIALIZED (
  SELECT queue, chunk_id, cardinality(items) AS size
  FROM chunks
  WHERE queue = $1 AND chunk_id >= $4::bigint AND claim = 0 AND EXISTS (SELECT FROM holder)
  ORDER BY chunk_id
  LIMIT $3::integer
  FOR UPDATE SKIP LOCKED
),
enough AS MATERIALIZED (
  SELECT queue, chunk_id
  FROM (SELECT *, sum(size) OVER (ORDER BY chunk_id) - size AS before FROM free) free
  WHERE before < $5::integer
),
number AS MATERIALIZED (
  SELECT nextval('claim_numbers') AS claim WHERE EXISTS (SELECT FROM enough)
),
claimed AS (
  UPDATE chunks c
  SET worker = $2, claim = n.claim, first_claimed_at = coalesce(c.first_claimed_at, clock_timestamp())
  FROM enough f, number n
  WHERE c.queue = f.queue AND c.chunk_id = f.chunk_id
  RETURNING c.*
)
