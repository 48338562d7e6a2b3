#include "exchange/corpus-import.h"

#include <glib/gstdio.h>
#include <string.h>

#include "exchange/capture.h"
#include "exchange/har.h"
#include "util/writer.h"

/* --- folders
 * ----------------------------------------------------------------------------------------- */

typedef struct {
  char *path;
} Folder;

static void folder_clear(Folder *self) {
  const char *remove[] = {"rm", "-rf", self->path, NULL};
  g_spawn_sync(NULL, (char **)remove, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL,
               NULL);
  g_free(self->path);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Folder, folder_clear)

static Folder folder_new(void) {
  return (Folder){g_dir_make_tmp("akashi-import-XXXXXX", NULL)};
}

static void put(const Folder *self, const char *name, const char *text, gssize size) {
  g_autofree char *path = g_build_filename(self->path, name, NULL);
  g_autofree char *parent = g_path_get_dirname(path);
  g_mkdir_with_parents(parent, 0700);
  g_assert_true(g_file_set_contents(path, text, size, NULL));
}

static AkImport *import_from(const Folder *folder, const char *from, AkImportLabel label) {
  AkImportSpec spec = {.from = from, .path = folder->path, .label = label, .id = "test"};
  g_autoptr(GError) error = NULL;
  AkImport *import = ak_corpus_import(&spec, &error);
  g_assert_no_error(error);
  return import;
}

static const AkEffectCase *case_of(const AkImport *import, guint index) {
  g_assert_cmpuint(index, <, import->corpus->cases->len);
  return import->corpus->cases->pdata[index];
}

static void assert_problem(const AkImport *import, guint index, const char *where, const char *id) {
  g_assert_cmpuint(index, <, import->problems->len);
  const AkImportProblem *problem = import->problems->pdata[index];
  g_assert_cmpstr(problem->where, ==, where);
  g_assert_cmpstr(problem->id, ==, id);
}

/* A directory with a table: labels, texts that a row leaves open, what is missing on either side.
 */
static void test_files(void) {
  g_auto(Folder) folder = folder_new();
  put(&folder, "a/good.bin", "\0one", 4);
  put(&folder, "a/bad.bin", "two", 3);
  put(&folder, "forgotten.bin", "three", 5);
  put(&folder, ".hidden", "four", 4);
  put(&folder, "labels.csv",
      "file,label,category,base,licence\r\na/good.bin,harmless,,,\r\n"
      "a/bad.bin,ATTACK,attack:T1204 use:mail,family,MIT\r\ngone.bin,attack,,,\r\n",
      -1);
  g_autoptr(AkImport) import = import_from(&folder, "files", AK_IMPORT_UNLABELLED);
  g_assert_cmpuint(import->corpus->cases->len, ==, 2);
  g_assert_cmpint(import->corpus->kind, ==, AK_EFFECT_FILE);
  g_assert_cmpstr(case_of(import, 0)->id, ==, "a/bad.bin");
  g_assert_cmpstr(case_of(import, 0)->base, ==, "family");
  g_assert_cmpstr(case_of(import, 0)->licence, ==, "MIT");
  g_assert_cmpstr(case_of(import, 0)->category[1], ==, "use:mail");
  g_assert_true(case_of(import, 0)->attack);
  g_assert_false(case_of(import, 1)->attack);
  g_assert_cmpstr(case_of(import, 1)->licence, ==, "NOASSERTION");
  g_assert_cmpuint(import->problem_count, ==, 2);
  assert_problem(import, 0, "forgotten.bin", "no-label");
  assert_problem(import, 1, "gone.bin", "no-file");
}

/* Raw requests; the same bytes under two labels are neither, the same under one are one. */
static void test_http(void) {
  g_auto(Folder) folder = folder_new();
  put(&folder, "1.http", "GET /a HTTP/1.1\r\n\r\n", -1);
  put(&folder, "2.http", "GET /a HTTP/1.1\r\n\r\n", -1);
  put(&folder, "3.http", "GET /b HTTP/1.1\r\n\r\n", -1);
  put(&folder, "4.http", "GET /b HTTP/1.1\r\n\r\n", -1);
  put(&folder, "5.http", "", 0);
  put(&folder, "labels.csv", "file,label\n4.http,attack\n", -1);
  g_autoptr(AkImport) import = import_from(&folder, "http", AK_IMPORT_HARMLESS);
  g_assert_cmpuint(import->corpus->cases->len, ==, 1);
  g_assert_cmpstr(case_of(import, 0)->id, ==, "1.http");
  g_assert_cmpuint(import->problem_count, ==, 4);
  assert_problem(import, 0, "5.http", "broken");
  g_assert_cmpuint(import->corpus->cases->len + import->problem_count, ==, import->seen);
}

static void refused(const char *table, int code) {
  g_autoptr(GError) error = NULL;
  g_assert_null(ak_labels_parse(table, strlen(table), "t", &error));
  g_assert_error(error, AK_ERROR, code);
}

static void test_labels(void) {
  refused("", AK_ERROR_INVALID_DATA);
  refused("name,label\n", AK_ERROR_INVALID_DATA);
  refused("file,label\na,evil\n", AK_ERROR_INVALID_DATA);
  refused("file,label\na,attack\na,attack\n", AK_ERROR_CONFLICT);
  refused("file,label\na\n", AK_ERROR_INVALID_DATA);
}

/* --- HAR
 * ------------------------------------------------------------------------------------------------
 */

#define ENTRY(request) "{\"request\":{" request "}}"

static const char
    har[] =
        "{\"log\":{\"version\":\"1.2\",\"entries\":[" ENTRY(
            "\"method\":\"GET\",\"url\":\"https://u:p@example.jp/"
            "a?b=1#top\",\"httpVersion\":\"h2\","
            "\"headers\":[{\"name\":\":authority\",\"value\":\"example.jp\"},{\"name\":\"Accept\","
            "\"value\":\"*/*\"}]") "," ENTRY("\"method\":\"POST\",\"url\":\"http://"
                                             "example.jp\",\"httpVersion\":\"HTTP/1.1\","
                                             "\"headers\":[{\"name\":\"host\",\"value\":\"other\"},"
                                             "{\"name\":\"Content-Length\","
                                             "\"value\":\"99\"}],\"postData\":{\"text\":\"名前="
                                             "山田\"}") "," ENTRY("\"method\":\"GET\",\"url\":"
                                                                  "\"http://a/"
                                                                  "\",\"headers\":[{\"name\":\"X\","
                                                                  "\"value\":"
                                                                  "\"a\\r\\nY: b\"}]") "," ENTRY("\"method\":\"GET\",\"url\":\"about:blank\"") "]}}";

static void test_har(void) {
  g_auto(Folder) folder = folder_new();
  put(&folder, "x.har", har, -1);
  put(&folder, "no.har", "{\"entries\":[]}", -1);
  g_autoptr(AkImport) import = import_from(&folder, "har", AK_IMPORT_HARMLESS);
  g_assert_cmpuint(import->corpus->cases->len, ==, 2);
  gsize size = 0;
  const char *data = g_bytes_get_data(case_of(import, 0)->bytes, &size);
  static const char first[] = "GET /a?b=1 HTTP/1.1\r\nAccept: */*\r\nHost: example.jp\r\n\r\n";
  g_assert_cmpmem(data, size, first, strlen(first));
  data = g_bytes_get_data(case_of(import, 1)->bytes, &size);
  static const char second[] =
      "POST / HTTP/1.1\r\nhost: other\r\nContent-Length: 13\r\n\r\n名前=山田";
  g_assert_cmpmem(data, size, second, strlen(second));
  g_assert_cmpstr(case_of(import, 1)->id, ==, "x.har#2");
  g_assert_cmpstr(case_of(import, 1)->base, ==, "x.har");
  g_assert_cmpuint(import->problem_count, ==, 3);
  assert_problem(import, 0, "no.har", "broken");
  assert_problem(import, 1, "x.har#3", "broken");
  assert_problem(import, 2, "x.har#4", "broken");
}

/* A body that is told by its parts, or by its size alone, is not known byte by byte. */
static void test_har_bodies(void) {
  g_auto(Folder) folder = folder_new();
  put(&folder, "x.har",
      "{\"log\":{\"entries\":["
      ENTRY("\"method\":\"POST\",\"url\":\"http://a/\",\"postData\":{\"params\":[{\"name\":\"a\"}]}") ","
      ENTRY("\"method\":\"POST\",\"url\":\"http://a/\",\"bodySize\":7") ","
      ENTRY("\"method\":\"POST\",\"url\":\"http://a/\",\"bodySize\":0,"
            "\"postData\":{\"text\":\"\",\"params\":[]}") ","
      ENTRY("\"method\":\"POST\",\"url\":\"http://a/b\",\"bodySize\":-1,"
            "\"postData\":{\"text\":\"a=1\",\"params\":[{\"name\":\"a\"}]}") "]}}", -1);
  g_autoptr(AkImport) import = import_from(&folder, "har", AK_IMPORT_HARMLESS);
  g_assert_cmpuint(import->corpus->cases->len, ==, 2);
  g_assert_cmpstr(case_of(import, 0)->id, ==, "x.har#3");
  g_assert_cmpstr(case_of(import, 1)->id, ==, "x.har#4");
  g_assert_cmpuint(import->problem_count, ==, 2);
  assert_problem(import, 0, "x.har#1", "unsupported");
  assert_problem(import, 1, "x.har#2", "unsupported");
}

#define POST "\"method\":\"POST\",\"url\":\"http://a/\","
#define HEADER(name, value) "\"headers\":[{\"name\":\"" name "\",\"value\":\"" value "\"}]"
#define TEXT(text) "\"postData\":{\"text\":\"" text "\"}"

/* What headers and sizes say against the text. The two that are sound stand last. */
static void test_har_changed(void) {
  static const char *const entries[] = {
      ENTRY(POST HEADER("Content-Length", "20") ",\"bodySize\":-1"),
      ENTRY(POST HEADER("Transfer-Encoding", "chunked")),
      ENTRY(POST TEXT("abc") ",\"bodySize\":300"),
      ENTRY(POST "\"bodySize\":7.0"),
      ENTRY(POST "\"postData\":{\"text\":\"YQ==\",\"encoding\":\"base64\"}"),
      ENTRY(POST HEADER("content-encoding", "gzip") "," TEXT("abc")),
      ENTRY(POST TEXT("a\xEF\xBF\xBD" "b")),
      ENTRY(POST HEADER("Content-Encoding", "identity") "," TEXT("abc") ",\"bodySize\":3"),
      ENTRY(POST TEXT("\xE5\x90\x8D") ",\"bodySize\":1"), /* counted in characters */
  };
  guint count = G_N_ELEMENTS(entries);
  g_auto(Folder) folder = folder_new();
  g_autoptr(GString) text = g_string_new("{\"log\":{\"entries\":[");
  for (guint i = 0; i < count; i++)
    g_string_append_printf(text, "%s%s", i > 0 ? "," : "", entries[i]);
  g_string_append(text, "]}}");
  put(&folder, "x.har", text->str, -1);
  g_autoptr(AkImport) import = import_from(&folder, "har", AK_IMPORT_HARMLESS);
  g_assert_cmpuint(import->corpus->cases->len, ==, 2);
  g_assert_cmpuint(import->problem_count, ==, count - 2);
  for (guint i = 0; i < count - 2; i++) {
    g_autofree char *id = g_strdup_printf("x.har#%u", i + 1);
    assert_problem(import, i, id, "unsupported");
  }
}

static void test_har_truncated(void) {
  char source[] = "s";
  AkLabel label = {.label = AK_IMPORT_HARMLESS, .source = source, .licence = source};
  for (gsize cut = 0; cut < strlen(har); cut++) {
    g_autofree char *part = g_memdup2(har, cut + 1);
    g_autoptr(AkImport) import = ak_import_new("cut", AK_EFFECT_HTTP);
    g_assert_false(ak_har_read(import, part, cut, "cut", &label, NULL));
  }
}

/* --- captures
 * ------------------------------------------------------------------------------------------- */

/* Two packets of 4 and 0 bytes, in either order of bytes. */
static GBytes *pcap(bool is_big) {
  g_autoptr(AkWriter) out = ak_writer_new(200);
  void (*u32)(AkWriter *, guint32) = is_big ? ak_writer_u32be : ak_writer_u32le;
  const guint32 words[] = {0xa1b2c3d4, 0x00040002, 0,          0, 65535, 1, 1, 2,
                           4,          4,          0xaabbccdd, 1, 2,     0, 60};
  for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
    u32(out, words[i]);
  return ak_writer_end(out, NULL);
}

/* A section, an interface, a packet of 4 bytes. */
static GBytes *pcapng(void) {
  g_autoptr(AkWriter) out = ak_writer_new(200);
  const guint32 words[] = {0x0a0d0d0a, 28, 0x1a2b3c4d, 1,     0xffffffff, 0xffffffff, 28,
                           1,          20, 1,          65535, 20,         6,          36,
                           0,          0,  0,          4,     4,          0xaabbccdd, 36};
  for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
    ak_writer_u32le(out, words[i]);
  return ak_writer_end(out, NULL);
}

static bool is_whole(const guint8 *data, gsize size, guint64 *packets) {
  g_autofree guint8 *copy = g_memdup2(data, size > 0 ? size : 1);
  return ak_capture_check(copy, size, packets, NULL);
}

static void check_capture(GBytes *taken, guint64 expected, const gsize *ends, gsize end_count) {
  g_autoptr(GBytes) bytes = taken;
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(bytes, &size);
  guint64 packets = 0;
  g_assert_true(is_whole(data, size, &packets));
  g_assert_cmpuint(packets, ==, expected);
  for (gsize cut = 0; cut < size; cut++) {
    bool at_end = false;
    for (gsize i = 0; i < end_count; i++)
      at_end = at_end || ends[i] == cut;
    g_assert_cmpint(is_whole(data, cut, &packets), ==, at_end);
  }
}

static void test_captures(void) {
  static const gsize pcap_ends[] = {24, 44}, pcapng_ends[] = {28, 48};
  check_capture(pcap(true), 2, pcap_ends, 2);
  check_capture(pcap(false), 2, pcap_ends, 2);
  check_capture(pcapng(), 1, pcapng_ends, 2);
}

static void test_pcap_folder(void) {
  g_auto(Folder) folder = folder_new();
  g_autoptr(GBytes) bytes = pcap(false);
  gsize size = 0;
  const char *data = g_bytes_get_data(bytes, &size);
  put(&folder, "a.pcap", data, (gssize)size);
  put(&folder, "cut.pcap", data, (gssize)size - 3);
  put(&folder, "empty.pcap", data, 24);
  put(&folder, "note.txt", "no capture", -1);
  put(&folder, "labels.csv",
      "file,label,category\na.pcap,attack,attack:T1046\n"
      "cut.pcap,attack,\nempty.pcap,benign,\n",
      -1);
  g_autoptr(AkImport) import = import_from(&folder, "pcap", AK_IMPORT_UNLABELLED);
  g_assert_cmpuint(import->corpus->cases->len, ==, 1);
  g_assert_cmpint(import->corpus->kind, ==, AK_EFFECT_CAPTURE);
  g_assert_cmpuint(import->problem_count, ==, 2);
  assert_problem(import, 0, "cut.pcap", "broken");
  assert_problem(import, 1, "empty.pcap", "broken");
}

/* A file above the limit is recorded, not read; what stands beside it is taken. */
static void test_too_large(void) {
  g_auto(Folder) folder = folder_new();
  put(&folder, "small", "x", 1);
  put(&folder, "large", "", 0);
  g_autofree char *path = g_build_filename(folder.path, "large", NULL);
  g_assert_cmpint(truncate(path, AK_CORPUS_CASE_BYTES + 1), ==, 0);
  g_autoptr(AkImport) import = import_from(&folder, "files", AK_IMPORT_HARMLESS);
  g_assert_cmpuint(import->corpus->cases->len, ==, 1);
  assert_problem(import, 0, "large", "too-large");
}

static void test_unknown(void) {
  AkImportSpec spec = {.from = "mail", .path = "/"}, gone = {.from = "har", .path = "/no/such"};
  g_autoptr(GError) error = NULL;
  g_assert_null(ak_corpus_import(&spec, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_CONFIG);
  g_clear_error(&error);
  g_assert_null(ak_corpus_import(&gone, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_NOT_FOUND);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/exchange/import/files", test_files);
  g_test_add_func("/exchange/import/http", test_http);
  g_test_add_func("/exchange/import/labels", test_labels);
  g_test_add_func("/exchange/import/har", test_har);
  g_test_add_func("/exchange/import/har-bodies", test_har_bodies);
  g_test_add_func("/exchange/import/har-changed", test_har_changed);
  g_test_add_func("/exchange/import/har-truncated", test_har_truncated);
  g_test_add_func("/exchange/import/captures", test_captures);
  g_test_add_func("/exchange/import/pcap-folder", test_pcap_folder);
  g_test_add_func("/exchange/import/too-large", test_too_large);
  g_test_add_func("/exchange/import/unknown", test_unknown);
  return g_test_run();
}
