#include "exchange/corpus.h"

#include <glib/gstdio.h>
#include <string.h>

static AkEffectCase *sample(const char *id, const char *base, bool attack, GBytes *bytes) {
  AkEffectCase *self = g_new0(AkEffectCase, 1);
  self->id = g_strdup(id);
  self->base = g_strdup(base);
  self->attack = attack;
  self->category = attack ? g_strsplit("cwe:89 attack:T1190", " ", -1) : NULL;
  self->source = g_strdup("here");
  self->licence = g_strdup("Apache-2.0");
  self->marker = attack ? g_strdup("rows=2") : NULL;
  self->target = g_strdup("/items");
  self->bytes = bytes;
  return self;
}

static AkEffectCorpus *small(void) {
  AkEffectCorpus *self = ak_effect_corpus_new("small", AK_EFFECT_HTTP);
  self->name = g_strdup("小さなコーパス");
  self->written_for = g_strsplit("crs", " ", -1);
  self->burnt = true;
  g_ptr_array_add(self->cases,
                  sample("b", "b", true, g_bytes_new_static("GET / HTTP/1.1\r\n\r\n", 18)));
  g_ptr_array_add(self->cases, sample("b~1", "b", true, g_bytes_new_static("\0\xff\r\n", 4)));
  g_ptr_array_add(self->cases, sample("a", "a", false, g_bytes_new_static("日本語", 9)));
  g_ptr_array_add(self->cases, sample("z", "z", false, g_bytes_new_static("", 0)));
  g_assert_true(ak_effect_corpus_close(self, NULL));
  return self;
}

/* The bytes of `small` as a file has them. Caller frees. */
static char *written(gsize *size) {
  g_autoptr(AkEffectCorpus) corpus = small();
  g_autofree char *folder = g_dir_make_tmp("akashi-corpus-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(folder, "small.jsonl", NULL);
  char *data = NULL;
  g_assert_true(ak_corpus_write(corpus, path, NULL));
  g_autoptr(AkEffectCorpus) again = ak_corpus_read(path, NULL);
  g_assert_nonnull(again);
  g_assert_true(ak_digest_equal(&again->digest, &corpus->digest));
  g_assert_true(g_file_get_contents(path, &data, size, NULL));
  g_assert_cmpint(g_unlink(path), ==, 0);
  g_assert_cmpint(g_rmdir(folder), ==, 0); /* no temporary file is left */
  return data;
}

static void test_round_trip(void) {
  gsize size = 0;
  g_autofree char *data = written(&size);
  g_autoptr(AkEffectCorpus) corpus = ak_corpus_parse(data, size, "small", NULL);
  g_assert_nonnull(corpus);
  g_assert_cmpuint(corpus->cases->len, ==, 4);
  g_assert_cmpstr(corpus->name, ==, "小さなコーパス");
  g_assert_cmpstr(corpus->written_for[0], ==, "crs");
  g_assert_true(corpus->burnt);
  g_assert_false(corpus->function_check);
  const AkEffectCase *variant = corpus->cases->pdata[2];
  g_assert_cmpstr(variant->id, ==, "b~1");
  g_assert_cmpstr(variant->base, ==, "b");
  g_assert_true(variant->attack);
  g_assert_cmpstr(variant->category[1], ==, "attack:T1190");
  g_assert_cmpstr(variant->marker, ==, "rows=2");
  gsize length = 0;
  g_assert_cmpmem(ak_effect_case_data(variant, &length), length, "\0\xff\r\n", 4);
  ak_effect_case_data(corpus->cases->pdata[3], &length);
  g_assert_cmpuint(length, ==, 0);
}

/* Cut anywhere it is refused: the first line tells how many cases there are and their digest. */
static void test_truncated(void) {
  gsize size = 0;
  g_autofree char *data = written(&size);
  for (gsize cut = 0; cut + 1 < size; cut++) { /* without the last line feed it is whole */
    g_autofree char *part = g_memdup2(data, cut + 1);
    g_autoptr(GError) error = NULL;
    g_assert_null(ak_corpus_parse(part, cut, "cut", &error));
    g_assert_nonnull(error);
  }
}

static void refused(const char *text, int code) {
  g_autoptr(GError) error = NULL;
  g_assert_null(ak_corpus_parse(text, strlen(text), "bad", &error));
  g_assert_error(error, AK_ERROR, code);
}

#define HEAD(kind, cases)                                                                          \
  "{\"format\":\"akashi-corpus\",\"version\":1,\"id\":\"x\",\"kind\":\"" kind                      \
  "\",\"cases\":" cases                                                                            \
  ",\"sha256\":\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"}\n"
#define CASE(more) "{\"id\":\"a\",\"source\":\"s\",\"licence\":\"MIT\"," more "}\n"

static void test_refused(void) {
  refused("", AK_ERROR_INVALID_DATA);
  refused("{}\n", AK_ERROR_INVALID_DATA);
  refused(HEAD("mail", "0"), AK_ERROR_INVALID_DATA);
  refused(HEAD("http", "-1"), AK_ERROR_INVALID_DATA);
  refused(HEAD("http", "1"), AK_ERROR_INVALID_DATA);
  refused(HEAD("http", "1") CASE("\"text\":\"GET\""), AK_ERROR_INVALID_DATA);
  refused(HEAD("http", "1") CASE("\"attack\":\"yes\",\"text\":\"GET\""), AK_ERROR_INVALID_DATA);
  refused(HEAD("http", "1") CASE("\"attack\":true"), AK_ERROR_INVALID_DATA);
  refused(HEAD("http", "1") CASE("\"attack\":true,\"text\":\"\",\"base64\":\"\""),
          AK_ERROR_INVALID_DATA);
  refused(HEAD("http", "1") CASE("\"attack\":true,\"base64\":\"%%%%\""), AK_ERROR_INVALID_DATA);
  /* well formed, but not the digest of the first line */
  refused(HEAD("http", "1") CASE("\"attack\":true,\"text\":\"GET\""), AK_ERROR_INVALID_DATA);
  refused(HEAD("http", "2") CASE("\"attack\":true,\"text\":\"GET\"")
              CASE("\"attack\":true,\"text\":\"PUT\""),
          AK_ERROR_CONFLICT);
}

/* No cases, and the digest of no bytes. */
static void test_empty(void) {
  g_autoptr(AkEffectCorpus) corpus =
      ak_corpus_parse(HEAD("line", "0"), strlen(HEAD("line", "0")), "x", NULL);
  g_assert_nonnull(corpus);
  g_assert_cmpuint(corpus->cases->len, ==, 0);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/exchange/corpus/round-trip", test_round_trip);
  g_test_add_func("/exchange/corpus/truncated", test_truncated);
  g_test_add_func("/exchange/corpus/refused", test_refused);
  g_test_add_func("/exchange/corpus/empty", test_empty);
  return g_test_run();
}
