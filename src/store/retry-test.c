/* When a transaction is tried again, and when not: a driver that follows a script instead of a
 * database. */
#include "store/sql.h"

#include <string.h>

typedef struct {
  const char *answers; /* "begin ok, run again, rollback ok": calls that are not named answer ok */
  GString *calls;      /* what was called, each followed by a space */
  guint number;        /* of the next answer */
} Script;

static Script script;

static const struct {
  const char *word;
  AkDbStatus status;
} statuses[] = {{"again", AK_DB_AGAIN},
                {"failed", AK_DB_FAILED},
                {"damaged", AK_DB_DAMAGED},
                {"lost", AK_DB_LOST}};

/* The next answer counts if it is one to this call. */
static AkDbStatus answer(const char *call, GError **error) {
  g_string_append_printf(script.calls, "%s ", call);
  g_auto(GStrv) answers = g_strsplit(script.answers, ", ", -1);
  if (script.number >= g_strv_length(answers) || !g_str_has_prefix(answers[script.number], call))
    return AK_DB_OK;
  const char *word = strchr(answers[script.number++], ' ') + 1;
  for (gsize i = 0; i < G_N_ELEMENTS(statuses); i++)
    if (strcmp(word, statuses[i].word) == 0) {
      ak_error_set(error, AK_ERROR_CONFLICT, "scripted: %s", word);
      return statuses[i].status;
    }
  return AK_DB_OK;
}

static guint one_connection(const char *uri) {
  return 0;
}

static AkDbStatus script_open(const char *uri, gpointer *connection, GError **error) {
  AkDbStatus status = answer("open", error);
  if (status == AK_DB_OK)
    *connection = &script;
  return status;
}

static void script_close(gpointer connection) {
  answer("close", NULL);
}

static AkDbStatus script_begin(gpointer connection, bool writes, GError **error) {
  return answer(writes ? "begin" : "read", error);
}

static AkDbStatus script_commit(gpointer connection, GError **error) {
  return answer("commit", error);
}

static AkDbStatus script_rollback(gpointer connection, GError **error) {
  return answer("rollback", error);
}

static AkDbStatus script_run(gpointer connection, const AkQuery *statement,
                             const AkSqlValue *parameters, AkRowVisit visit, gpointer data,
                             guint64 *changed, GError **error) {
  return answer("run", error);
}

static const AkDbDriver script_driver = {
    .name = "script",
    .prefixes = "script:",
    .one_writer = true,
    .connections = one_connection,
    .open = script_open,
    .close = script_close,
    .begin = script_begin,
    .commit = script_commit,
    .rollback = script_rollback,
    .run = script_run,
};

static bool run_version(AkTx *tx, gpointer calls, GError **error) {
  ++*(guint *)calls;
  return ak_sql_do(tx, "version.make", NULL, 0, NULL, error);
}

typedef struct {
  const char *name, *answers;
  bool ok;
  guint fn_calls;
  const char *calls; /* until the database is closed */
  bool is_damaged;
} Case;

static const Case cases[] = {
    {"plain", "", true, 1, "open begin run commit ", false},
    {"statement", "run again", true, 2, "open begin run rollback begin run commit ", false},
    {"commit", "commit again", true, 2, "open begin run commit rollback begin run commit ", false},
    {"begin", "begin again", true, 1, "open begin rollback begin run commit ", false},
    {"twice", "run again, run again", true, 3,
     "open begin run rollback begin run rollback begin run commit ", false},
    {"failure", "run failed", false, 1, "open begin run rollback ", false},
    {"rollback-fails", "run again, rollback failed", true, 2,
     "open begin run rollback close open begin run commit ", false},
    /* the server closed an idle connection */
    {"lost-at-begin", "begin lost", true, 1, "open begin close open begin run commit ", false},
    {"lost-at-statement", "run lost", true, 2, "open begin run close open begin run commit ",
     false},
    /* perhaps it was committed: a second time could be once too often */
    {"lost-at-commit", "commit lost", false, 1, "open begin run commit close ", false},
    {"damaged", "run damaged", false, 1, "open begin run rollback close ", true},
    {"no-connection", "open failed", false, 0, "open ", false},
};

static void test_case(gconstpointer data) {
  const Case *one = data;
  script = (Script){.answers = one->answers, .calls = g_string_new(NULL)};
  g_autoptr(GError) error = NULL;
  g_autoptr(AkDb) db = ak_db_open_bare(&script_driver, "script:", &error);
  guint fn_calls = 0;
  bool ok = ak_tx_run(db, run_version, &fn_calls, &error);
  g_assert_cmpint(ok, ==, one->ok);
  g_assert_true((error == NULL) == ok);
  g_assert_cmpstr(script.calls->str, ==, one->calls);
  g_assert_cmpuint(fn_calls, ==, one->fn_calls);
  g_assert_cmpint(ak_db_is_damaged(db), ==, one->is_damaged);
  g_clear_pointer(&db, ak_db_free);
  g_string_free(script.calls, TRUE);
}

static void test_it_is_given_up(void) {
  g_autoptr(GString) answers = g_string_new("run again");
  for (guint i = 1; i < AK_TX_ATTEMPTS + 5; i++)
    g_string_append(answers, ", run again");
  script = (Script){.answers = answers->str, .calls = g_string_new(NULL)};
  g_autoptr(GError) error = NULL;
  g_autoptr(AkDb) db = ak_db_open_bare(&script_driver, "script:", &error);
  guint fn_calls = 0;
  g_assert_false(ak_tx_run(db, run_version, &fn_calls, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_CONFLICT);
  g_assert_nonnull(strstr(error->message, "given up"));
  g_assert_cmpuint(fn_calls, ==, AK_TX_ATTEMPTS);
  g_assert_cmpuint(ak_db_retries(db), ==, AK_TX_ATTEMPTS - 1);
  g_clear_pointer(&db, ak_db_free);
  g_string_free(script.calls, TRUE);
}

static void test_a_reader_reads(void) {
  script = (Script){.answers = "", .calls = g_string_new(NULL)};
  g_autoptr(AkDb) db = ak_db_open_bare(&script_driver, "script:", NULL);
  guint fn_calls = 0;
  g_assert_true(ak_tx_read(db, run_version, &fn_calls, NULL));
  g_assert_cmpstr(script.calls->str, ==, "open read run commit ");
  g_clear_pointer(&db, ak_db_free);
  g_string_free(script.calls, TRUE);
}

static void test_uris(void) {
  static const char *const masked[][2] = {
      {"sqlite:/a/b@c:d.db", "sqlite:/a/b@c:d.db"},
      {"postgresql://user:secret@host:5432/db", "postgresql://user:*****@host:5432/db"},
      {"postgres://user:se@cret@host/db", "postgres://user:*****@host/db"},
      {"postgresql://user@host:5432/db", "postgresql://user@host:5432/db"},
      {"postgresql://host:5432/db", "postgresql://host:5432/db"},
      {"postgresql:///db?host=/run&password=secret&user=a",
       "postgresql:///db?host=/run&password=*****&user=a"},
      {"postgresql:///db?password=a&sslpassword=b",
       "postgresql:///db?password=*****&sslpassword=*****"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(masked); i++) {
    g_autofree char *shown = ak_db_uri_masked(masked[i][0]);
    g_assert_cmpstr(shown, ==, masked[i][1]);
  }
  static const char *const wrong[] = {"mysql://u:secret@h/d",
                                      "",
                                      "sqlite",
                                      "/a/path",
                                      "sqlite:",
                                      "postgresql://u:secret@[::1/d?x=%zz"};
  for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(AkDb) db = ak_db_open(wrong[i], &error);
    g_assert_null(db);
    g_assert_error(error, AK_ERROR, AK_ERROR_CONFIG);
    g_assert_null(strstr(error->message, "secret"));
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *path = g_strdup_printf("/retry/%s", cases[i].name);
    g_test_add_data_func(path, &cases[i], test_case);
  }
  g_test_add_func("/retry/given-up", test_it_is_given_up);
  g_test_add_func("/retry/reader", test_a_reader_reads);
  g_test_add_func("/retry/uris", test_uris);
  return g_test_run();
}
