-- @execution.put
INSERT INTO ak_execution (log_id, run_index, execution, test, attempt, started_index, execution_end)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (log_id, run_index, execution) DO UPDATE SET test = excluded.test,
  attempt = excluded.attempt, started_index = excluded.started_index,
  execution_end = excluded.execution_end

-- @execution.end
UPDATE ak_execution SET execution_end = $4
WHERE log_id = $1 AND run_index = $2 AND execution = $3

-- @execution.of-run
SELECT log_id, run_index, execution, test, attempt, started_index, execution_end
FROM ak_execution WHERE log_id = $1 AND run_index = $2 ORDER BY started_index

-- What an attempt saw lies between its start, which the execution's row still names, and now.
-- @execution.forget-texts
DELETE FROM ak_search_text WHERE log_id = $1 AND run_index = $2 AND kind = 'observation'
AND record_index IN (
  SELECT o.record_index FROM ak_observation o
  WHERE o.log_id = $1 AND o.run_index = $2 AND o.execution = $3 AND o.record_index > (
    SELECT e.started_index FROM ak_execution e
    WHERE e.log_id = $1 AND e.run_index = $2 AND e.execution = $3))

-- @execution.forget
DELETE FROM ak_observation WHERE log_id = $1 AND run_index = $2 AND execution = $3
AND record_index > (
  SELECT e.started_index FROM ak_execution e
  WHERE e.log_id = $1 AND e.run_index = $2 AND e.execution = $3)

-- @observation.put
INSERT INTO ak_observation (log_id, record_index, run_index, execution, test, subject_kind,
  subject_locator, property, outcome)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- @observation.find
SELECT o.log_id, o.record_index, o.run_index, o.execution, o.test, o.subject_kind,
  o.subject_locator, o.property, o.outcome
FROM ak_observation o
JOIN ak_execution e ON e.log_id = o.log_id AND e.run_index = o.run_index
  AND e.execution = o.execution
WHERE o.log_id = $1 AND o.property = $2 AND o.record_index < $3 AND e.execution_end IS NOT NULL
ORDER BY o.record_index DESC LIMIT $4

-- @observation.count
SELECT COUNT(*) AS total FROM ak_observation WHERE log_id = $1
