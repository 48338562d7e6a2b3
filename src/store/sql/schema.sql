-- The tables. Types are bigint and text alone; times are microseconds since 1970 UTC; ids come from the
-- caller. docs/formats/store.md describes them.

-- @version.make
CREATE TABLE IF NOT EXISTS ak_schema (
  id bigint NOT NULL PRIMARY KEY,
  version bigint NOT NULL
)

-- @version.get
SELECT version FROM ak_schema WHERE id = 1

-- @version.set
INSERT INTO ak_schema (id, version) VALUES (1, $1)
ON CONFLICT (id) DO UPDATE SET version = excluded.version

-- @schema.1.log
CREATE TABLE ak_log (
  log_id bigint NOT NULL PRIMARY KEY,
  origin text NOT NULL,
  revision bigint NOT NULL,
  projected_to bigint NOT NULL,
  forgotten bigint NOT NULL,
  last_commitment text NOT NULL
)

-- @schema.1.run
CREATE TABLE ak_run (
  log_id bigint NOT NULL,
  run_index bigint NOT NULL,
  run_id text NOT NULL,
  record_count bigint NOT NULL,
  planned_index bigint,
  planned_utc_us bigint,
  product_name text NOT NULL,
  product_model text NOT NULL,
  product_version text NOT NULL,
  profile text NOT NULL,
  run_end text,
  ended_utc_us bigint,
  verdict_index bigint,
  verdict_utc_us bigint,
  passed bigint NOT NULL,
  failed bigint NOT NULL,
  inconclusive bigint NOT NULL,
  not_applicable bigint NOT NULL,
  valid_until text,
  rules text,
  retest_of text,
  inherits_from text,
  PRIMARY KEY (log_id, run_index),
  UNIQUE (log_id, run_id)
)

-- @schema.1.run-product
CREATE INDEX ak_run_product ON ak_run (log_id, product_name, product_version)

-- @schema.1.run-newest
CREATE INDEX ak_run_newest ON ak_run (log_id, product_name, run_index)

-- @schema.1.span
CREATE TABLE ak_span (
  log_id bigint NOT NULL,
  first_index bigint NOT NULL,
  last_index bigint NOT NULL,
  run_index bigint NOT NULL,
  PRIMARY KEY (log_id, first_index)
)

-- @schema.1.span-run
CREATE INDEX ak_run_span_run ON ak_span (log_id, run_index, first_index)

-- @schema.1.execution
CREATE TABLE ak_execution (
  log_id bigint NOT NULL,
  run_index bigint NOT NULL,
  execution text NOT NULL,
  test text NOT NULL,
  attempt bigint NOT NULL,
  started_index bigint NOT NULL,
  execution_end text,
  PRIMARY KEY (log_id, run_index, execution)
)

-- @schema.1.observation
CREATE TABLE ak_observation (
  log_id bigint NOT NULL,
  record_index bigint NOT NULL,
  run_index bigint NOT NULL,
  execution text NOT NULL,
  test text NOT NULL,
  subject_kind text NOT NULL,
  subject_locator text NOT NULL,
  property text NOT NULL,
  outcome text NOT NULL,
  PRIMARY KEY (log_id, record_index)
)

-- @schema.1.observation-run
CREATE INDEX ak_observation_run ON ak_observation (log_id, run_index, record_index)

-- @schema.1.observation-property
CREATE INDEX ak_observation_property ON ak_observation (log_id, property, record_index)

-- @schema.1.verdict
CREATE TABLE ak_verdict (
  log_id bigint NOT NULL,
  run_index bigint NOT NULL,
  place bigint NOT NULL,
  record_index bigint NOT NULL,
  requirement text NOT NULL,
  obligation text NOT NULL,
  verdict text NOT NULL,
  valid_until text,
  PRIMARY KEY (log_id, run_index, place)
)

-- @schema.1.finding
CREATE TABLE ak_finding (
  log_id bigint NOT NULL,
  run_index bigint NOT NULL,
  place bigint NOT NULL,
  record_index bigint NOT NULL,
  finding text NOT NULL,
  severity text NOT NULL,
  subject_kind text NOT NULL,
  subject_locator text NOT NULL,
  property text NOT NULL,
  instances bigint NOT NULL,
  title_en text NOT NULL,
  title_ja text NOT NULL,
  PRIMARY KEY (log_id, run_index, place)
)

-- @schema.1.search-text
CREATE TABLE ak_search_text (
  log_id bigint NOT NULL,
  run_index bigint NOT NULL,
  record_index bigint NOT NULL,
  place bigint NOT NULL,
  kind text NOT NULL,
  body text NOT NULL,
  folded text NOT NULL,
  PRIMARY KEY (log_id, run_index, record_index, place)
)

-- @schema.1.search-gram
CREATE TABLE ak_search_gram (
  log_id bigint NOT NULL,
  gram bigint NOT NULL,
  run_index bigint NOT NULL,
  PRIMARY KEY (log_id, gram, run_index)
)

-- Each table that any version had.
-- @drop.schema
DROP TABLE IF EXISTS ak_schema
-- @drop.log
DROP TABLE IF EXISTS ak_log
-- @drop.run
DROP TABLE IF EXISTS ak_run
-- @drop.span
DROP TABLE IF EXISTS ak_span
-- @drop.execution
DROP TABLE IF EXISTS ak_execution
-- @drop.observation
DROP TABLE IF EXISTS ak_observation
-- @drop.verdict
DROP TABLE IF EXISTS ak_verdict
-- @drop.finding
DROP TABLE IF EXISTS ak_finding
-- @drop.search-text
DROP TABLE IF EXISTS ak_search_text
-- @drop.search-gram
DROP TABLE IF EXISTS ak_search_gram
