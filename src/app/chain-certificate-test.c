/* An analysis is entered into the log, comes out as a certificate that holds, and does not hold with anything changed. */
#include "app/chain-certificate.h"

#include <glib/gstdio.h>

#include "log/test-folder.h"
#include "proof/chain-certificate.h"

static const char text[] =
    "chain: {name: line}\nattackers: [internet]\nelements:\n"
    "  - {id: works, kind: organization, functions: [L1_1]}\n"
    "  - {id: gateway, kind: component, owner: works, exposure: [internet], functions: [L2_1]}\n";

typedef struct {
  TestFolder folder;
  AkWorkspace *workspace;
  AkAppChain *chain;
  guint64 index;
  char *bytes; /* the certificate */
  gsize size;
} World;

static void set_up(World *self, gconstpointer data) {
  g_autoptr(GError) error = NULL;
  test_folder_set_up(&self->folder, NULL);
  g_autofree char *dir = g_path_get_dirname(self->folder.log);
  g_autofree char *path = g_build_filename(self->folder.top, "chain.yaml", NULL);
  g_assert_true(g_file_set_contents(path, text, -1, NULL));
  self->workspace = ak_workspace_open(dir, &error);
  g_assert_no_error(error);
  g_autoptr(GPtrArray) problems = ak_problems_new();
  AkAppChainSpec spec = {.path = path, .now_utc_us = 1000};
  self->chain = ak_app_chain_open(&spec, problems, &error);
  g_assert_no_error(error);
  for (guint i = 0; i < 3; i++) /* the second one is looked at: before and after it are others */
    g_assert_true(ak_app_chain_record(self->chain, self->workspace,
                                      i == 1 ? &self->index : &(guint64){0}, &error));
  g_assert_no_error(error);
  g_autoptr(GBytes) bytes = ak_app_chain_export_certificate(self->workspace, self->index, &error);
  g_assert_no_error(error);
  self->bytes = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
  self->size = g_bytes_get_size(bytes);
}

static void tear_down(World *self, gconstpointer data) {
  g_free(self->bytes);
  ak_app_chain_free(self->chain);
  ak_workspace_free(self->workspace);
  test_folder_tear_down(&self->folder, NULL);
}

/* The check that fails first; "" where all hold, "shape" where the bytes are no certificate. */
static const char *failing(const char *bytes, gsize size, const AkNoteKey *key) {
  g_autoptr(AkChainCertificate) read = ak_chain_certificate_parse(bytes, size, NULL);
  g_auto(AkChainCertificateReport) report = {0};
  if (read == NULL)
    return "shape";
  ak_chain_certificate_check(read, bytes, size, key, &report);
  g_assert_true(report.holds == (report.failed == NULL));
  return report.holds ? "" : report.failed;
}

static void test_holds(World *self, gconstpointer data) {
  g_autoptr(GError) error = NULL;
  g_autoptr(AkNoteKey) key =
      ak_note_key_parse(ak_log_verifier_key(ak_workspace_log(self->workspace)), NULL);
  g_assert_cmpstr(failing(self->bytes, self->size, NULL), ==, "");
  g_assert_cmpstr(failing(self->bytes, self->size, key), ==, "");
  key->public_key[0] ^= 1;
  g_assert_cmpstr(failing(self->bytes, self->size, key), ==, "key");
  g_autoptr(json_t) rows = ak_app_chain_recorded(self->workspace, &error);
  g_assert_cmpuint(json_array_size(rows), ==, 3);
  const json_t *row = json_array_get(rows, 1);
  g_assert_cmpint(json_integer_value(json_object_get(row, "index")), ==, (gint64)self->index);
  g_assert_cmpstr(ak_json_string_or(row, "chain", ""), ==, "line");
  g_assert_cmpint(json_integer_value(json_object_get(row, "count")), ==, 168 * 2);
  g_autoptr(GBytes) none = ak_app_chain_export_certificate(self->workspace, 99, &error);
  g_assert_null(none);
  g_assert_error(error, AK_ERROR, AK_ERROR_NOT_FOUND);
}

/* One list with a line changed, left out or doubled, and members that say something else. Each is written in the one
 * spelling again, so that it is the content that does not hold. */
static void test_changed(World *self, gconstpointer data) {
  static const struct {
    const char *from, *to, *failed;
  } rows[] = {
      {"L2_1_a_COM\\tgateway\\topen\\n", "", "lines"},
      {"L2_1_a_COM\\tgateway\\topen\\n", "L2_1_a_COM\\tgateway\\taccepted\\n", "lines"},
      {"L2_1_a_COM\\tgateway\\topen\\n",
       "L2_1_a_COM\\tgateway\\topen\\nL2_1_a_COM\\tgateway\\topen\\n", "lines"},
      {"\"backings\":[]", "\"backings\":[1]", "backings"},
      {"\\\"count\\\":336", "\\\"count\\\":335", "inclusion"},
      {"\\\"name\\\":\\\"line\\\"", "\\\"name\\\":\\\"lime\\\"", "inclusion"},
      {"\"index\":1", "\"index\":2", "inclusion"},
      {"\"origin\":\"akashi", "\"origin\":\"akaski", "key"},
      {"\"checkpoint\":\"akashi", "\"checkpoint\":\"akaski", "checkpoint"},
      {"\"version\":1}", "\"version\":2}", "shape"},
      {"\"version\":1}", "\"version\":1,\"z\":1}", "shape"},
      {"}\n", "}", "encoding"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_auto(GStrv) parts = g_strsplit(self->bytes, rows[i].from, 2);
    g_test_message("%s", rows[i].from);
    g_assert_nonnull(parts[1]);
    g_autofree char *changed = g_strconcat(parts[0], rows[i].to, parts[1], NULL);
    g_assert_cmpstr(failing(changed, strlen(changed), NULL), ==, rows[i].failed);
  }
}

/* A line less is seen, whichever it is. */
static void test_every_line(World *self, gconstpointer data) {
  g_autoptr(AkChainCertificate) read = ak_chain_certificate_parse(self->bytes, self->size, NULL);
  AkDigest root, other;
  guint64 count = 0, fewer = 0;
  g_assert_true(ak_chain_certificate_root(read->lines, read->lines_size, &root, &count, NULL));
  g_assert_cmpuint(count, ==, 336);
  for (const char *at = read->lines; *at != '\0'; at = strchr(at, '\n') + 1) {
    g_autoptr(GString) rest = g_string_new_len(read->lines, at - read->lines);
    g_string_append(rest, strchr(at, '\n') + 1);
    g_assert_true(ak_chain_certificate_root(rest->str, rest->len, &other, &fewer, NULL));
    g_assert_cmpuint(fewer, ==, 335);
    g_assert_false(ak_digest_equal(&root, &other));
  }
}

static void test_truncated(World *self, gconstpointer data) {
  for (gsize size = 0; size < self->size; size += size < 2000 ? 1 : 97)
    g_assert_cmpstr(failing(self->bytes, size, NULL), !=, "");
}

int main(int argc, char **argv) {
  static const struct {
    const char *path;
    void (*run)(World *self, gconstpointer data);
  } tests[] = {{"/chain-certificate/holds", test_holds},
               {"/chain-certificate/changed", test_changed},
               {"/chain-certificate/every-line", test_every_line},
               {"/chain-certificate/truncated", test_truncated}};
  g_test_init(&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
    g_test_add(tests[i].path, World, NULL, set_up, tests[i].run, tear_down);
  return g_test_run();
}
