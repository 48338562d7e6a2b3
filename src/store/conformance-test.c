/* What every back end must do alike: the same tests run on SQLite and on PostgreSQL. */
#include "store/test-database.h"

#include "store/runs.h"
#include "store/schema.h"
#include "store/search.h"

#define LOG_ID 7
#define LONG_TEXT (1024 * 1024) /* bytes */
#define INCREMENTS 120

static AkDb *open_db(TestDatabase *self) {
  g_autoptr(GError) error = NULL;
  AkDb *db = ak_db_open(self->uri, &error);
  g_assert_no_error(error);
  g_assert_cmpstr(ak_db_kind(db), ==, self->back_end);
  return db;
}

static void must_run(AkDb *db, AkTxFn fn, gpointer data) {
  g_autoptr(GError) error = NULL;
  ak_tx_run(db, fn, data, &error);
  g_assert_no_error(error);
}

static void must_read(AkDb *db, AkTxFn fn, gpointer data) {
  g_autoptr(GError) error = NULL;
  ak_tx_read(db, fn, data, &error);
  g_assert_no_error(error);
}

static bool make_tables(AkTx *tx, gpointer data, GError **error) {
  return test_do(tx,
                 "CREATE TABLE thing (id bigint NOT NULL PRIMARY KEY, number bigint, word text)",
                 NULL, 0, error);
}

typedef struct {
  gint64 id, number;
  const char *word;
  gsize word_size; /* 0: all of it */
  bool fails;      /* after it was written */
} Thing;

static bool put_thing(AkTx *tx, gpointer data, GError **error) {
  const Thing *thing = data;
  AkSqlValue values[] = {ak_sql_integer(thing->id), ak_sql_integer(thing->number),
                         ak_sql_text(thing->word)};
  if (thing->word_size > 0)
    values[2].size = thing->word_size;
  if (!test_do(tx, "INSERT INTO thing (id, number, word) VALUES ($1, $2, $3)", values, 3, error))
    return false;
  return !thing->fails || ak_error_set(error, AK_ERROR_CANCELLED, "on purpose");
}

static bool read_thing(const AkRow *row, gpointer data, GError **error) {
  Thing *thing = data;
  const char *word = NULL;
  if (!ak_row_integer(row, "number", &thing->number, error) ||
      !ak_row_text(row, "word", &word, error))
    return false;
  thing->word = g_strdup(word);
  return true;
}

static bool get_thing(AkTx *tx, gpointer data, GError **error) {
  AkSqlValue id = ak_sql_integer(((Thing *)data)->id);
  return ak_sql_run(tx, test_query("SELECT word, number FROM thing WHERE id = $1"), &id, 1,
                    read_thing, data, NULL, error);
}

static bool read_integer(const AkRow *row, gpointer data, GError **error) {
  return ak_row_integer(row, "total", data, error);
}

static bool count_things(AkTx *tx, gpointer data, GError **error) {
  return ak_sql_run(tx, test_query("SELECT COUNT(*) AS total FROM thing"), NULL, 0, read_integer,
                    data, NULL, error);
}

static gint64 count(AkDb *db) {
  gint64 total = -1;
  must_read(db, count_things, &total);
  return total;
}

/* --- transactions ---------------------------------------------------------------------------- */

static void test_a_failure_rolls_back(TestDatabase *self, gconstpointer data) {
  if (self->uri == NULL)
    return;
  g_autoptr(AkDb) db = open_db(self);
  g_autoptr(GError) error = NULL;
  must_run(db, make_tables, NULL);
  Thing kept = {.id = 1, .word = "kept"}, dropped = {.id = 2, .word = "dropped", .fails = true};
  must_run(db, put_thing, &kept);
  g_assert_false(ak_tx_run(db, put_thing, &dropped, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_CANCELLED);
  g_assert_cmpint(count(db), ==, 1);
  dropped.fails = false; /* the connection is usable, and the row is really not there */
  must_run(db, put_thing, &dropped);
  g_assert_cmpint(count(db), ==, 2);
}

static void test_a_constraint_is_a_conflict(TestDatabase *self, gconstpointer data) {
  if (self->uri == NULL)
    return;
  g_autoptr(AkDb) db = open_db(self);
  g_autoptr(GError) error = NULL;
  must_run(db, make_tables, NULL);
  Thing thing = {.id = 1, .word = "first"};
  must_run(db, put_thing, &thing);
  g_assert_false(ak_tx_run(db, put_thing, &thing, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_CONFLICT);
  g_assert_false(ak_db_is_damaged(db));
  g_assert_cmpint(count(db), ==, 1);
}

static bool put_twice_and_go_on(AkTx *tx, gpointer data, GError **error) {
  g_assert_true(put_thing(tx, data, NULL));
  g_assert_false(put_thing(tx, data, NULL)); /* passes over the failure */
  return true;
}

static void test_a_failed_statement_cannot_be_passed_over(TestDatabase *self, gconstpointer data) {
  if (self->uri == NULL)
    return;
  g_autoptr(AkDb) db = open_db(self);
  g_autoptr(GError) error = NULL;
  must_run(db, make_tables, NULL);
  Thing thing = {.id = 1, .word = "first"};
  g_assert_false(ak_tx_run(db, put_twice_and_go_on, &thing, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_INTERNAL);
  g_assert_cmpint(count(db), ==, 0);
}

static void test_reading_cannot_write(TestDatabase *self, gconstpointer data) {
  if (self->uri == NULL)
    return;
  g_autoptr(AkDb) db = open_db(self);
  g_autoptr(GError) error = NULL;
  must_run(db, make_tables, NULL);
  Thing thing = {.id = 1, .word = "no"};
  g_assert_false(ak_tx_read(db, put_thing, &thing, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_PERMISSION);
  must_run(db, put_thing, &thing); /* and afterwards the same connection can */
  g_assert_cmpint(count(db), ==, 1);
}

typedef struct {
  AkDb *other;
  gint64 before, after;
} View;

static bool count_around_a_write(AkTx *tx, gpointer data, GError **error) {
  View *view = data;
  Thing thing = {.id = 99, .word = "meanwhile"};
  return count_things(tx, &view->before, error) &&
         ak_tx_run(view->other, put_thing, &thing, error) && count_things(tx, &view->after, error);
}

static void test_a_reader_sees_one_moment(TestDatabase *self, gconstpointer data) {
  if (self->uri == NULL)
    return;
  g_autoptr(AkDb) db = open_db(self), other = open_db(self);
  must_run(db, make_tables, NULL);
  View view = {.other = other};
  must_read(db, count_around_a_write, &view);
  g_assert_cmpint(view.before, ==, 0);
  g_assert_cmpint(view.after, ==, 0);
  g_assert_cmpint(count(db), ==, 1);
}

/* --- two writers ----------------------------------------------------------------------------- */

/* Reads, then writes what it read plus one: only serializable transactions lose nothing. */
static bool increment(AkTx *tx, gpointer data, GError **error) {
  Thing thing = {.id = 1};
  if (!get_thing(tx, &thing, error))
    return false;
  g_free((char *)thing.word);
  g_thread_yield();
  AkSqlValue values[] = {ak_sql_integer(thing.number + 1), ak_sql_integer(1)};
  return test_do(tx, "UPDATE thing SET number = $1 WHERE id = $2", values, 2, error);
}

/* Whoever was in the way too often asks again: what is tested is that nothing is lost. */
static gpointer increment_often(gpointer db) {
  for (guint i = 0; i < INCREMENTS;) {
    g_autoptr(GError) error = NULL;
    if (ak_tx_run(db, increment, NULL, &error))
      i++;
    else
      g_assert_error(error, AK_ERROR, AK_ERROR_CONFLICT);
  }
  return NULL;
}

static void test_two_writers_lose_nothing(TestDatabase *self, gconstpointer data) {
  if (self->uri == NULL)
    return;
  g_autoptr(AkDb) one = open_db(self), other = open_db(self);
  must_run(one, make_tables, NULL);
  Thing thing = {.id = 1, .word = "counter"};
  must_run(one, put_thing, &thing);
  GThread *threads[] = {g_thread_new("a", increment_often, one),
                        g_thread_new("b", increment_often, other),
                        g_thread_new("c", increment_often, one)};
  for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
    g_thread_join(threads[i]);
  must_read(one, get_thing, &thing);
  g_free((char *)thing.word);
  g_assert_cmpint(thing.number, ==, 3 * INCREMENTS);
  g_test_message("%u transactions were tried again", ak_db_retries(one) + ak_db_retries(other));
}

/* --- values ---------------------------------------------------------------------------------- */

static void check_round_trip(AkDb *db, gint64 id, gint64 number, const char *word) {
  Thing put = {.id = id, .number = number, .word = word}, got = {.id = id};
  must_run(db, put_thing, &put);
  must_read(db, get_thing, &got);
  g_assert_cmpint(got.number, ==, number);
  g_assert_cmpstr(got.word, ==, word);
  g_free((char *)got.word);
}

static void test_values_come_back(TestDatabase *self, gconstpointer data) {
  if (self->uri == NULL)
    return;
  g_autoptr(AkDb) db = open_db(self);
  must_run(db, make_tables, NULL);
  g_autofree char *long_text = g_strnfill(LONG_TEXT, 'x');
  check_round_trip(db, 1, G_MAXINT64, "");
  check_round_trip(db, 2, G_MININT64, NULL); /* no text is not the empty one */
  check_round_trip(db, 3, 0, "証明 — naïve 🗝");
  check_round_trip(db, 4, -1, "1234"); /* stays a text */
  check_round_trip(db, 5, 1700000000000000, " lines\nand\ttabs \\ \x01\x7f");
  check_round_trip(db, 6, 1, "x'); DROP TABLE thing; --");
  check_round_trip(db, 7, 1, "$1 ?1 :a %s ' \" ` %");
  check_round_trip(db, 8, 1, long_text);
  g_assert_cmpint(count(db), ==, 8);
}

static void test_texts_that_one_would_cut_are_refused(TestDatabase *self, gconstpointer data) {
  if (self->uri == NULL)
    return;
  g_autoptr(AkDb) db = open_db(self);
  must_run(db, make_tables, NULL);
  const Thing bad[] = {{.id = 1, .word = "a\0b", .word_size = 3},
                       {.id = 2, .word = "\xff\xfe"},
                       {.id = 3, .word = "\xed\xa0\x80"}}; /* a surrogate */
  for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_false(ak_tx_run(db, put_thing, (gpointer)&bad[i], &error));
    g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
  }
  g_assert_cmpint(count(db), ==, 0);
  g_assert_false(ak_db_is_damaged(db)); /* the caller's fault, not the database's */
}

static bool read_wrong(const AkRow *row, gpointer data, GError **error) {
  gint64 number = 0;
  const char *word = NULL;
  g_assert_true(ak_row_is_null(row, "number"));
  g_assert_false(ak_row_is_null(row, "word"));
  g_assert_false(ak_row_is_null(row, "missing"));
  g_assert_false(ak_row_integer(row, "number", &number, NULL));
  g_assert_false(ak_row_integer(row, "word", &number, NULL));
  g_assert_false(ak_row_integer(row, "missing", &number, NULL));
  g_assert_false(ak_row_text(row, "id", &word, NULL));
  g_assert_false(ak_row_text(row, "missing", &word, NULL));
  return true;
}

static bool put_and_read_wrong(AkTx *tx, gpointer data, GError **error) {
  AkSqlValue values[] = {ak_sql_integer(1), ak_sql_text("x")};
  return test_do(tx, "INSERT INTO thing (id, number, word) VALUES ($1, NULL, $2)", values, 2,
                 error) &&
         ak_sql_run(tx, test_query("SELECT id, number, word FROM thing"), NULL, 0, read_wrong, NULL,
                    NULL, error);
}

static void test_columns_are_checked(TestDatabase *self, gconstpointer data) {
  if (self->uri == NULL)
    return;
  g_autoptr(AkDb) db = open_db(self);
  must_run(db, make_tables, NULL);
  must_run(db, put_and_read_wrong, NULL);
}

static bool delete_all(AkTx *tx, gpointer data, GError **error) {
  return ak_sql_run(tx, test_query("DELETE FROM thing WHERE id > 1"), NULL, 0, NULL, NULL, data,
                    error);
}

static void test_changes_are_counted(TestDatabase *self, gconstpointer data) {
  if (self->uri == NULL)
    return;
  g_autoptr(AkDb) db = open_db(self);
  must_run(db, make_tables, NULL);
  for (gint64 i = 0; i < 5; i++) {
    Thing thing = {.id = i, .word = "x"};
    must_run(db, put_thing, &thing);
  }
  guint64 changed = 0;
  must_run(db, delete_all, &changed);
  g_assert_cmpuint(changed, ==, 3);
}

/* --- repositories ---------------------------------------------------------------------------- */

static bool put_injection(AkTx *tx, gpointer data, GError **error) {
  g_autoptr(AkRunRow) run = ak_run_row_new(LOG_ID, 0, "'; DROP TABLE ak_run; --");
  g_free(run->product_name);
  run->product_name = g_strdup("\"%_'); DELETE FROM ak_run WHERE ('1'='1");
  return ak_runs_put(tx, run, error);
}

static bool check_injection(AkTx *tx, gpointer data, GError **error) {
  AkRunRow *found = NULL;
  if (!ak_runs_get(tx, LOG_ID, "'; DROP TABLE ak_run; --", &found, error))
    return false;
  g_autoptr(AkRunRow) run = found;
  g_assert_nonnull(run);
  g_assert_cmpstr(run->product_name, ==, "\"%_'); DELETE FROM ak_run WHERE ('1'='1");
  g_assert_cmpint(run->planned_index, ==, -1);
  g_assert_null(run->run_end);
  AkRunRow *none = NULL;
  g_assert_true(ak_runs_get(tx, LOG_ID, "%", &none, error));
  g_assert_null(none);
  g_autoptr(GPtrArray) all = ak_runs_list(tx, LOG_ID, error);
  g_assert_cmpuint(all->len, ==, 1);
  return true;
}

static void test_injections_are_texts(TestDatabase *self, gconstpointer data) {
  if (self->uri == NULL)
    return;
  g_autoptr(AkDb) db = open_db(self);
  must_run(db, put_injection, NULL);
  must_read(db, check_injection, NULL);
}

/* Ids whose order by text differs between languages: rows come in the order of their numbers. */
static bool put_runs(AkTx *tx, gpointer data, GError **error) {
  static const char *const ids[] = {"b", "A", "a", "ä", "Z", "_", "10", "9"};
  for (gsize i = 0; i < G_N_ELEMENTS(ids); i++) {
    g_autoptr(AkRunRow) run = ak_run_row_new(LOG_ID, (gint64)i, ids[i]);
    g_autoptr(AkRunRow) other = ak_run_row_new(LOG_ID + 1, (gint64)i, ids[i]);
    if (!ak_runs_put(tx, run, error) || !ak_runs_put(tx, run, error) || /* again: replaced */
        !ak_runs_put(tx, other, error))
      return false;
  }
  return true;
}

static bool check_order(AkTx *tx, gpointer data, GError **error) {
  g_autoptr(GPtrArray) runs = ak_runs_list(tx, LOG_ID, error);
  g_assert_nonnull(runs);
  g_assert_cmpuint(runs->len, ==, 8);
  for (guint i = 0; i < runs->len; i++)
    g_assert_cmpint(((const AkRunRow *)runs->pdata[i])->run_index, ==, i);
  return true;
}

static void test_rows_have_one_order(TestDatabase *self, gconstpointer data) {
  if (self->uri == NULL)
    return;
  g_autoptr(AkDb) db = open_db(self);
  must_run(db, put_runs, NULL);
  must_read(db, check_order, NULL);
}

/* --- search ---------------------------------------------------------------------------------- */

static bool put_texts(AkTx *tx, gpointer data, GError **error) {
  static const char *const texts[] = {"既定のパスワード · A default password · tcp:127.0.1.10:443",
                                      "Gateway X-200 Straße", "鍵の管理 %_ wild",
                                      "ｶﾞｰﾄﾞ Cafe\xcc\x81"};
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
    g_autofree char *id = g_strdup_printf("r%u", (guint)i);
    g_autoptr(AkRunRow) run = ak_run_row_new(LOG_ID, (gint64)i, id);
    if (!ak_runs_put(tx, run, error) ||
        !ak_search_put(tx, LOG_ID, (gint64)i, (gint64)i, 0, "finding", texts[i], NULL, error))
      return false;
  }
  return ak_search_put(tx, LOG_ID, 0, 10, 0, "observation", "gateway of the first run", NULL,
                       error);
}

typedef struct {
  const char *question;
  const char *runs; /* found, newest first; "!" for a refused question */
} SearchCase;

static const SearchCase search_cases[] = {
    {"既定", "0"}, /* two characters, in the middle of Japanese text */
    {"パスワード", "0"},
    {"定既", ""},
    {"鍵", "2"}, /* one wide character */
    {"GATEWAY", "1 0"},
    {"gateway default", "0"}, /* words in two texts of one run */
    {"gateway strasse", "1"}, /* case folding */
    {"ガード", "3"},          /* half width is full width */
    {"caf\xc3\xa9", "3"},     /* composed or not */
    {"x-200", "1"},
    {"%_", "2"}, /* no pattern */
    {"a%b", ""},
    {"  既定  a ", "0"}, /* a single letter only narrows */
    {"既定 z", ""},
    {"a", "!"},
    {"", "!"},
    {"a b c d e f g h ii", "!"},
    {"'; DROP TABLE ak_run; --", ""},
};

static bool run_search(AkTx *tx, gpointer data, GError **error) {
  const SearchCase *one = data;
  g_autoptr(GPtrArray) found = ak_search_run(tx, LOG_ID, one->question, 10, error);
  if (found == NULL)
    return false;
  g_autoptr(GString) runs = g_string_new(NULL);
  for (guint i = 0; i < found->len; i++) {
    const AkSearchFound *run = found->pdata[i];
    g_assert_cmpuint(run->hits->len, >, 0);
    g_string_append_printf(runs, "%s%d", i > 0 ? " " : "", (int)run->run_index);
  }
  if (strcmp(runs->str, one->runs) != 0)
    g_test_message("\"%s\"", one->question);
  g_assert_cmpstr(runs->str, ==, one->runs);
  return true;
}

static void test_words_are_found(TestDatabase *self, gconstpointer data) {
  if (self->uri == NULL)
    return;
  g_autoptr(AkDb) db = open_db(self);
  must_run(db, put_texts, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(search_cases); i++) {
    g_autoptr(GError) error = NULL;
    bool ok = ak_tx_read(db, run_search, (gpointer)&search_cases[i], &error);
    if (strcmp(search_cases[i].runs, "!") == 0)
      g_assert_error(error, AK_ERROR, AK_ERROR_CONFIG);
    else
      g_assert_no_error(error);
    g_assert_cmpint(ok, ==, strcmp(search_cases[i].runs, "!") != 0);
  }
}

/* --- migration ------------------------------------------------------------------------------- */

static const AkQuery two[] = {
    {(char *)"m.2a", (char *)"ALTER TABLE ak_run ADD COLUMN note text", 0},
    {(char *)"m.2b", (char *)"UPDATE ak_run SET note = run_id", 0},
    {NULL, NULL, 0}};
static const AkQuery bad_three[] = {{(char *)"m.3a", (char *)"CREATE TABLE extra (id bigint)", 0},
                                    {(char *)"m.3b", (char *)"UPDATE missing SET id = 1", 0},
                                    {NULL, NULL, 0}};
static const AkSchemaStep to_two[] = {{"schema.1.", NULL}, {"m.2", two}, {NULL, NULL}};
static const AkSchemaStep to_three[] = {
    {"schema.1.", NULL}, {"m.2", two}, {"m.3", bad_three}, {NULL, NULL}};

static gint64 version_of(AkDb *db) {
  g_autoptr(GError) error = NULL;
  gint64 version = -1;
  ak_schema_version(db, &version, &error);
  g_assert_no_error(error);
  return version;
}

static bool read_note(const AkRow *row, gpointer data, GError **error) {
  const char *note = NULL;
  g_assert_true(ak_row_text(row, "note", &note, error));
  g_assert_cmpstr(note, ==, "old");
  ++*(guint *)data;
  return true;
}

static bool check_notes(AkTx *tx, gpointer data, GError **error) {
  return ak_sql_run(tx, test_query("SELECT note FROM ak_run"), NULL, 0, read_note, data, NULL,
                    error);
}

static bool put_old(AkTx *tx, gpointer data, GError **error) {
  g_autoptr(AkRunRow) run = ak_run_row_new(LOG_ID, 0, "old");
  return ak_runs_put(tx, run, error);
}

static bool ask_extra(AkTx *tx, gpointer data, GError **error) {
  return test_do(tx, "SELECT id FROM extra", NULL, 0, error);
}

static void test_an_older_database_is_migrated(TestDatabase *self, gconstpointer data) {
  if (self->uri == NULL)
    return;
  g_autoptr(GError) error = NULL;
  g_autoptr(AkDb) db = open_db(self);
  g_assert_cmpint(version_of(db), ==, 1);
  must_run(db, put_old, NULL);
  g_assert_true(ak_schema_migrate(db, to_two, &error));
  g_assert_no_error(error);
  g_assert_cmpint(version_of(db), ==, 2);
  guint rows = 0;
  must_read(db, check_notes, &rows);
  g_assert_cmpuint(rows, ==, 1);
  g_assert_true(ak_schema_migrate(db, to_two, &error)); /* nothing left to do */
}

static void test_a_broken_migration_changes_nothing(TestDatabase *self, gconstpointer data) {
  if (self->uri == NULL)
    return;
  g_autoptr(GError) error = NULL;
  g_autoptr(AkDb) db = open_db(self);
  must_run(db, put_old, NULL);
  g_assert_false(ak_schema_migrate(db, to_three, &error));
  g_assert_nonnull(error);
  g_assert_cmpint(version_of(db), ==, 1);
  g_assert_false(ak_tx_read(db, ask_extra, NULL, NULL)); /* its first statement is undone, too */
  guint rows = 0;
  g_assert_false(ak_tx_read(db, check_notes, &rows, NULL));
}

static void test_a_newer_database_is_refused(TestDatabase *self, gconstpointer data) {
  if (self->uri == NULL)
    return;
  g_autoptr(GError) error = NULL;
  g_autoptr(AkDb) db = open_db(self);
  must_run(db, put_old, NULL);
  g_assert_true(ak_schema_migrate(db, to_two, &error));
  g_autofree char *before = test_dump(db);
  g_autoptr(AkDb) older = ak_db_open(self->uri, &error);
  g_assert_null(older);
  g_assert_error(error, AK_ERROR, AK_ERROR_NOT_SUPPORTED);
  g_assert_nonnull(strstr(error->message, "version 2"));
  g_assert_cmpint(version_of(db), ==, 2);
  g_autofree char *after = test_dump(db);
  g_assert_cmpstr(before, ==, after);
}

static gpointer open_at_once(gpointer uri) {
  g_autoptr(GError) error = NULL;
  AkDb *db = ak_db_open(uri, &error);
  g_assert_no_error(error);
  return db;
}

static void test_many_may_open_a_new_one(TestDatabase *self, gconstpointer data) {
  if (self->uri == NULL)
    return;
  GThread *threads[6];
  for (gsize i = 0; i < G_N_ELEMENTS(threads); i++)
    threads[i] = g_thread_new("open", open_at_once, self->uri);
  for (gsize i = 0; i < G_N_ELEMENTS(threads); i++) {
    g_autoptr(AkDb) db = g_thread_join(threads[i]);
    g_assert_cmpint(version_of(db), ==, 1);
  }
}

static bool drop_a_table(AkTx *tx, gpointer data, GError **error) {
  return test_do(tx, "DROP TABLE ak_run", NULL, 0, error);
}

static void test_a_missing_table_is_damage(TestDatabase *self, gconstpointer data) {
  if (self->uri == NULL)
    return;
  g_autoptr(GError) error = NULL;
  g_autoptr(AkDb) db = open_db(self);
  must_run(db, put_old, NULL);
  must_run(db, drop_a_table, NULL);
  g_assert_false(ak_tx_run(db, put_old, NULL, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_INVALID_DATA);
  g_assert_true(ak_db_is_damaged(db));
  g_clear_error(&error);
  g_clear_pointer(&db, ak_db_free);
  g_autoptr(AkDb) empty = ak_db_open_empty(self->uri, &error);
  g_assert_no_error(error);
  must_run(empty, put_old, NULL);
  g_assert_false(ak_db_is_damaged(empty));
}

typedef void (*DatabaseTest)(TestDatabase *, gconstpointer);

static const struct {
  const char *name;
  DatabaseTest test;
} tests[] = {
    {"rolls-back", test_a_failure_rolls_back},
    {"constraint", test_a_constraint_is_a_conflict},
    {"failed-statement", test_a_failed_statement_cannot_be_passed_over},
    {"read-only", test_reading_cannot_write},
    {"one-moment", test_a_reader_sees_one_moment},
    {"two-writers", test_two_writers_lose_nothing},
    {"values", test_values_come_back},
    {"refused-texts", test_texts_that_one_would_cut_are_refused},
    {"columns", test_columns_are_checked},
    {"changes", test_changes_are_counted},
    {"injection", test_injections_are_texts},
    {"order", test_rows_have_one_order},
    {"search", test_words_are_found},
    {"migration", test_an_older_database_is_migrated},
    {"broken-migration", test_a_broken_migration_changes_nothing},
    {"newer", test_a_newer_database_is_refused},
    {"opened-at-once", test_many_may_open_a_new_one},
    {"missing-table", test_a_missing_table_is_damage},
};

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
    test_database_add("store", tests[i].name, tests[i].test);
  return g_test_run();
}
