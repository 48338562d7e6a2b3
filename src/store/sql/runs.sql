-- Rows are ordered by integers alone: texts sort differently on each back end.

-- @run.put
INSERT INTO ak_run (log_id, run_index, run_id, record_count, planned_index, planned_utc_us,
  product_name, product_model, product_version, profile, run_end, ended_utc_us, verdict_index,
  verdict_utc_us, passed, failed, inconclusive, not_applicable, valid_until, rules, retest_of,
  inherits_from)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
  $21, $22)
ON CONFLICT (log_id, run_index) DO UPDATE SET run_id = excluded.run_id,
  record_count = excluded.record_count, planned_index = excluded.planned_index,
  planned_utc_us = excluded.planned_utc_us, product_name = excluded.product_name,
  product_model = excluded.product_model, product_version = excluded.product_version,
  profile = excluded.profile, run_end = excluded.run_end, ended_utc_us = excluded.ended_utc_us,
  verdict_index = excluded.verdict_index, verdict_utc_us = excluded.verdict_utc_us,
  passed = excluded.passed, failed = excluded.failed, inconclusive = excluded.inconclusive,
  not_applicable = excluded.not_applicable, valid_until = excluded.valid_until,
  rules = excluded.rules, retest_of = excluded.retest_of, inherits_from = excluded.inherits_from

-- @run.get
SELECT log_id, run_index, run_id, record_count, planned_index, planned_utc_us, product_name,
  product_model, product_version, profile, run_end, ended_utc_us, verdict_index, verdict_utc_us,
  passed, failed, inconclusive, not_applicable, valid_until, rules, retest_of, inherits_from,
  (SELECT newest.product_version FROM ak_run newest WHERE newest.log_id = ak_run.log_id
    AND newest.product_name = ak_run.product_name
    ORDER BY newest.run_index DESC LIMIT 1) AS newest_version
FROM ak_run WHERE log_id = $1 AND run_id = $2

-- @run.get-by-index
SELECT log_id, run_index, run_id, record_count, planned_index, planned_utc_us, product_name,
  product_model, product_version, profile, run_end, ended_utc_us, verdict_index, verdict_utc_us,
  passed, failed, inconclusive, not_applicable, valid_until, rules, retest_of, inherits_from,
  (SELECT newest.product_version FROM ak_run newest WHERE newest.log_id = ak_run.log_id
    AND newest.product_name = ak_run.product_name
    ORDER BY newest.run_index DESC LIMIT 1) AS newest_version
FROM ak_run WHERE log_id = $1 AND run_index = $2

-- @run.list
SELECT log_id, run_index, run_id, record_count, planned_index, planned_utc_us, product_name,
  product_model, product_version, profile, run_end, ended_utc_us, verdict_index, verdict_utc_us,
  passed, failed, inconclusive, not_applicable, valid_until, rules, retest_of, inherits_from,
  (SELECT newest.product_version FROM ak_run newest WHERE newest.log_id = ak_run.log_id
    AND newest.product_name = ak_run.product_name
    ORDER BY newest.run_index DESC LIMIT 1) AS newest_version
FROM ak_run WHERE log_id = $1 ORDER BY run_index

-- @run.list-version
SELECT log_id, run_index, run_id, record_count, planned_index, planned_utc_us, product_name,
  product_model, product_version, profile, run_end, ended_utc_us, verdict_index, verdict_utc_us,
  passed, failed, inconclusive, not_applicable, valid_until, rules, retest_of, inherits_from,
  (SELECT newest.product_version FROM ak_run newest WHERE newest.log_id = ak_run.log_id
    AND newest.product_name = ak_run.product_name
    ORDER BY newest.run_index DESC LIMIT 1) AS newest_version
FROM ak_run WHERE log_id = $1 AND product_name = $2 AND product_version = $3 ORDER BY run_index

-- @run.page
SELECT log_id, run_index, run_id, record_count, planned_index, planned_utc_us, product_name,
  product_model, product_version, profile, run_end, ended_utc_us, verdict_index, verdict_utc_us,
  passed, failed, inconclusive, not_applicable, valid_until, rules, retest_of, inherits_from,
  (SELECT newest.product_version FROM ak_run newest WHERE newest.log_id = ak_run.log_id
    AND newest.product_name = ak_run.product_name
    ORDER BY newest.run_index DESC LIMIT 1) AS newest_version
FROM ak_run WHERE log_id = $1 AND run_index < $2
  AND product_name = COALESCE($3, product_name)
  AND product_version = COALESCE($4, product_version)
  AND profile = COALESCE($5, profile)
  AND COALESCE(run_end, 'open') = COALESCE($6, COALESCE(run_end, 'open'))
  AND CASE WHEN verdict_index IS NULL THEN 'none' WHEN failed > 0 THEN 'fail'
    WHEN inconclusive > 0 THEN 'inconclusive' WHEN passed > 0 THEN 'pass'
    ELSE 'not-applicable' END
    = COALESCE($7, CASE WHEN verdict_index IS NULL THEN 'none' WHEN failed > 0 THEN 'fail'
    WHEN inconclusive > 0 THEN 'inconclusive' WHEN passed > 0 THEN 'pass'
    ELSE 'not-applicable' END)
  AND COALESCE(planned_utc_us, 0) >= $8 AND COALESCE(planned_utc_us, 0) < $9
ORDER BY run_index DESC LIMIT $10

-- @run.products
SELECT product_name, COUNT(*) AS runs, COUNT(DISTINCT product_version) AS versions,
  MAX(run_index) AS newest_index
FROM ak_run WHERE log_id = $1 AND planned_index IS NOT NULL
GROUP BY product_name HAVING MAX(run_index) < $2 ORDER BY newest_index DESC LIMIT $3

-- @run.versions
SELECT product_version, COUNT(*) AS runs, MAX(run_index) AS newest_index
FROM ak_run WHERE log_id = $1 AND product_name = $2 AND planned_index IS NOT NULL
GROUP BY product_version HAVING MAX(run_index) < $3 ORDER BY newest_index DESC LIMIT $4

-- @run.count
SELECT COUNT(*) AS total FROM ak_run WHERE log_id = $1

-- @run.delete.span
DELETE FROM ak_span WHERE log_id = $1 AND run_index = $2
-- @run.delete.execution
DELETE FROM ak_execution WHERE log_id = $1 AND run_index = $2
-- @run.delete.observation
DELETE FROM ak_observation WHERE log_id = $1 AND run_index = $2
-- @run.delete.verdict
DELETE FROM ak_verdict WHERE log_id = $1 AND run_index = $2
-- @run.delete.finding
DELETE FROM ak_finding WHERE log_id = $1 AND run_index = $2
-- @run.delete.search-text
DELETE FROM ak_search_text WHERE log_id = $1 AND run_index = $2
-- @run.delete.search-gram
DELETE FROM ak_search_gram WHERE log_id = $1 AND run_index = $2
-- @run.delete.run
DELETE FROM ak_run WHERE log_id = $1 AND run_index = $2

-- @span.put
INSERT INTO ak_span (log_id, first_index, last_index, run_index) VALUES ($1, $2, $3, $4)
ON CONFLICT (log_id, first_index) DO UPDATE SET last_index = excluded.last_index,
  run_index = excluded.run_index

-- @span.last
SELECT log_id, first_index, last_index, run_index
FROM ak_span WHERE log_id = $1 ORDER BY first_index DESC LIMIT 1

-- @span.of-run
SELECT log_id, first_index, last_index, run_index
FROM ak_span WHERE log_id = $1 AND run_index = $2 ORDER BY first_index
