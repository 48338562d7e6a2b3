-- @verdict.put
INSERT INTO ak_verdict (log_id, run_index, place, record_index, requirement, obligation, verdict,
  valid_until)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)

-- @verdict.list
SELECT log_id, run_index, place, record_index, requirement, obligation, verdict, valid_until
FROM ak_verdict WHERE log_id = $1 AND run_index = $2 ORDER BY place

-- @finding.put
INSERT INTO ak_finding (log_id, run_index, place, record_index, finding, severity, subject_kind,
  subject_locator, property, instances, title_en, title_ja)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)

-- @finding.list
SELECT log_id, run_index, place, record_index, finding, severity, subject_kind, subject_locator,
  property, instances, title_en, title_ja
FROM ak_finding WHERE log_id = $1 AND run_index = $2 ORDER BY place
