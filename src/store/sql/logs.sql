-- @log.get
SELECT log_id, origin, revision, projected_to, forgotten, last_commitment
FROM ak_log WHERE log_id = $1

-- @log.put
INSERT INTO ak_log (log_id, origin, revision, projected_to, forgotten, last_commitment)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (log_id) DO UPDATE SET origin = excluded.origin, revision = excluded.revision,
  projected_to = excluded.projected_to, forgotten = excluded.forgotten,
  last_commitment = excluded.last_commitment

-- Everything that comes from a log.
-- @log.delete.run
DELETE FROM ak_run WHERE log_id = $1
-- @log.delete.span
DELETE FROM ak_span WHERE log_id = $1
-- @log.delete.execution
DELETE FROM ak_execution WHERE log_id = $1
-- @log.delete.observation
DELETE FROM ak_observation WHERE log_id = $1
-- @log.delete.verdict
DELETE FROM ak_verdict WHERE log_id = $1
-- @log.delete.finding
DELETE FROM ak_finding WHERE log_id = $1
-- @log.delete.search-text
DELETE FROM ak_search_text WHERE log_id = $1
-- @log.delete.search-gram
DELETE FROM ak_search_gram WHERE log_id = $1
-- @log.delete.log
DELETE FROM ak_log WHERE log_id = $1
