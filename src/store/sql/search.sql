-- @text.put
INSERT INTO ak_search_text (log_id, run_index, record_index, place, kind, body, folded)
VALUES ($1, $2, $3, $4, $5, $6, $7)

-- @text.of-run
SELECT log_id, run_index, record_index, place, kind, body, folded
FROM ak_search_text WHERE log_id = $1 AND run_index = $2 ORDER BY record_index, place

-- @text.delete-kind
DELETE FROM ak_search_text WHERE log_id = $1 AND run_index = $2 AND kind = $3

-- @gram.put
INSERT INTO ak_search_gram (log_id, run_index, gram) VALUES
  ($1, $2, $3), ($1, $2, $4), ($1, $2, $5), ($1, $2, $6), ($1, $2, $7), ($1, $2, $8),
  ($1, $2, $9), ($1, $2, $10), ($1, $2, $11), ($1, $2, $12), ($1, $2, $13), ($1, $2, $14),
  ($1, $2, $15), ($1, $2, $16), ($1, $2, $17), ($1, $2, $18)
ON CONFLICT (log_id, gram, run_index) DO NOTHING

-- @gram.candidates
SELECT run_index FROM ak_search_gram
WHERE log_id = $1 AND run_index < $2 AND gram IN ($5, $6, $7, $8, $9, $10, $11, $12)
GROUP BY run_index HAVING COUNT(*) = $3
ORDER BY run_index DESC LIMIT $4
