/* The starter corpora: as large as they must be, every seed has its effect at the weak application,
 * no harmless case has one that would make it an attack there, and the same seed gives the same
 * bytes. */
#include "effect/corpus/starter.h"

#include <gio/gio.h>
#include <string.h>

#include "effect/corpus/variant.h"
#include "effect/target/target.h"

static json_t *load(const char *path) {
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = g_resources_lookup_data(path, 0, &error);
  g_assert_no_error(error);
  json_t *document =
      ak_json_parse(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), path, &error);
  g_assert_no_error(error);
  return document;
}

static AkEffectCorpus *attacks(guint variants, guint64 seed) {
  g_autoptr(GError) error = NULL;
  g_autoptr(json_t) document = load("/akashi/effect/http-attacks.json");
  AkEffectCorpus *corpus = ak_starter_attacks(document, variants, seed, &error);
  g_assert_no_error(error);
  return corpus;
}

static AkEffectCorpus *work(guint64 seed) {
  g_autoptr(GError) error = NULL;
  g_autoptr(json_t) document = load("/akashi/effect/http-work.json");
  AkEffectCorpus *corpus = ak_starter_work(document, seed, &error);
  g_assert_no_error(error);
  return corpus;
}

static char *effects_of(AkTarget *target, const AkEffectCase *one, bool *is_served) {
  gsize size = 0;
  const char *bytes = g_bytes_get_data(one->bytes, &size);
  g_autoptr(GString) answer = g_string_new(NULL), effects = g_string_new(NULL);
  g_autofree char *name = NULL;
  ak_target_answer(target, bytes, size, answer, effects, &name);
  *is_served = g_str_has_prefix(answer->str, "HTTP/1.1 200 ");
  return g_strdup(effects->str);
}

static guint count_bases(const AkEffectCorpus *corpus) {
  g_autoptr(GHashTable) bases = g_hash_table_new(g_str_hash, g_str_equal);
  for (guint i = 0; i < corpus->cases->len; i++)
    g_hash_table_add(bases, ((AkEffectCase *)corpus->cases->pdata[i])->base);
  return g_hash_table_size(bases);
}

/* Every seed as it is; its other spellings where they still say the same. */
static void test_effects(void) {
  g_autoptr(json_t) data = load("/akashi/effect/target.json");
  g_autoptr(AkTarget) target = ak_target_new(data, NULL);
  g_autoptr(AkEffectCorpus) corpus = attacks(2, 1);
  guint held = 0;
  for (guint i = 0; i < corpus->cases->len; i++) {
    const AkEffectCase *one = corpus->cases->pdata[i];
    bool is_served = false;
    g_autofree char *effects = effects_of(target, one, &is_served);
    g_autofree char *wanted = g_strdup_printf("%s ", one->marker);
    bool has_effect = strstr(effects, wanted) != NULL;
    held += has_effect;
    if (!has_effect)
      g_test_message("no effect: %s %.*s", one->id, 300,
                     (const char *)g_bytes_get_data(one->bytes, NULL));
    g_assert_true(is_served);
    g_assert_true(has_effect || strcmp(one->id, one->base) != 0);
  }
  g_test_message("%u bases, %u cases, %u with their effect", count_bases(corpus),
                 corpus->cases->len, held);
  g_assert_cmpuint(count_bases(corpus), >=, 300);
  g_assert_cmpuint(held, >=, 600);
}

static void test_harmless(void) {
  g_autoptr(json_t) data = load("/akashi/effect/target.json");
  g_autoptr(AkTarget) target = ak_target_new(data, NULL);
  g_autoptr(AkEffectCorpus) corpus = work(1);
  guint japanese = 0, served = 0, harmful = 0;
  for (guint i = 0; i < corpus->cases->len; i++) {
    const AkEffectCase *one = corpus->cases->pdata[i];
    bool is_served = false;
    g_autofree char *effects = effects_of(target, one, &is_served);
    if (*effects != '\0')
      g_test_message("%s: %s", one->id, effects);
    g_assert_false(one->attack);
    harmful += *effects != '\0';
    served += is_served;
    japanese += strstr(one->base, "_ja") != NULL;
  }
  g_test_message("%u bases, %u cases, %u of Japanese texts", count_bases(corpus),
                 corpus->cases->len, japanese);
  g_assert_cmpuint(harmful, ==, 0);
  g_assert_cmpuint(served, ==, corpus->cases->len);
  g_assert_cmpuint(corpus->cases->len, >=, 3000);
  g_assert_cmpuint(japanese, >=, 1000);
}

static void test_same_again(void) {
  g_autoptr(AkEffectCorpus) one = attacks(2, 7), again = attacks(2, 7), other = attacks(2, 8);
  g_autoptr(AkEffectCorpus) days = work(7), days_again = work(7);
  g_assert_true(ak_digest_equal(&one->digest, &again->digest));
  g_assert_false(ak_digest_equal(&one->digest, &other->digest));
  g_assert_true(ak_digest_equal(&days->digest, &days_again->digest));
}

static void test_variants(void) {
  static const struct {
    const char *name, *value, *made;
  } rows[] = {
      {"comment-space", "1 OR 1", "1/**/OR/**/1"},
      {"comment-space", "x", NULL},
      {"ifs-space", "a b", "a${IFS}b"},
      {"dot-segments", "../a", "././../a"},
      {"quote-split", "id", NULL}, /* too short */
      {"quote-split", "cat", "ca''t"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    AkDraftStyle style = {0};
    g_autoptr(GString) made =
        ak_variant_make(rows[i].name, rows[i].value, strlen(rows[i].value), 1, &style, NULL);
    g_assert_cmpstr(made != NULL ? made->str : NULL, ==, rows[i].made);
  }
  AkDraftStyle style = {0};
  g_autoptr(GError) error = NULL;
  g_assert_null(ak_variant_make("rot13", "a", 1, 1, &style, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_CONFIG);
  for (guint i = 0; ak_variant_names[i] != NULL; i++) {
    g_autoptr(GString) any =
        ak_variant_make(ak_variant_names[i], "ab cd ../e", 10, 1, &style, NULL);
    g_assert_nonnull(any);
  }
}

static void test_draft(void) {
  g_autoptr(json_t) with = json_pack("{s:s}", "user", "山");
  AkDraft draft = {.method = "POST",
                   .path = "/a",
                   .place = "form:p",
                   .with = with,
                   .agent = "x",
                   .value = "a b&\n",
                   .size = 5};
  g_autoptr(GBytes) form = ak_draft_build(&draft, NULL);
  g_assert_nonnull(strstr(g_bytes_get_data(form, NULL),
                          "\r\nContent-Length: 28\r\n\r\nuser=%E5%B1%B1&p=a%20b%26%0A"));
  draft.style.chunked = true;
  g_autoptr(GBytes) chunked = ak_draft_build(&draft, NULL);
  g_assert_nonnull(strstr(g_bytes_get_data(chunked, NULL), "\r\n\r\n7\r\nuser=%E\r\n"));
  draft.style = (AkDraftStyle){.json_unicode = true};
  draft.place = "json:p";
  g_autoptr(GBytes) json = ak_draft_build(&draft, NULL);
  g_assert_nonnull(
      strstr(g_bytes_get_data(json, NULL), "{\"user\":\"山\",\"p\":\"\\u0061 \\u0062&\\u000a\"}"));
  draft.place = "trailer:p";
  g_autoptr(GError) error = NULL;
  g_assert_null(ak_draft_build(&draft, &error));
  g_assert_error(error, AK_ERROR, AK_ERROR_CONFIG);
}

static void count(const AkEffectCorpus *corpus, guint *bad, guint *good) {
  for (guint i = 0; i < corpus->cases->len; i++)
    *(((AkEffectCase *)corpus->cases->pdata[i])->attack ? bad : good) += 1;
}

static void test_mails(void) {
  g_autoptr(GError) error = NULL;
  g_autoptr(json_t) mails = load("/akashi/effect/mails.json"),
                    texts = load("/akashi/effect/http-work.json");
  g_autoptr(AkEffectCorpus) corpus = ak_starter_mails(mails, texts, 1, &error);
  guint bad = 0, good = 0;
  g_assert_no_error(error);
  count(corpus, &bad, &good);
  g_assert_cmpuint(bad, ==, 200);      /* 100 texts, two ways */
  g_assert_cmpuint(good, ==, 235 * 3); /* 101 + 70 + 64 texts, three ways */
  for (guint i = 0; i < corpus->cases->len; i++) {
    gsize size = 0;
    const char *line = g_bytes_get_data(((AkEffectCase *)corpus->cases->pdata[i])->bytes, &size);
    g_autoptr(json_t) parsed = ak_json_parse(line, size, "line", &error);
    g_assert_no_error(error);
    const char *mail = ak_json_string_or(parsed, "mail", "");
    g_assert_null(memchr(line, '\n', size));
    g_assert_nonnull(strstr(mail, "\r\nSubject: "));
    g_assert_nonnull(strstr(mail, "\r\n\r\n"));
  }
}

static void test_files(void) {
  g_autoptr(GError) error = NULL;
  g_autoptr(json_t) texts = load("/akashi/effect/http-work.json");
  g_autoptr(AkEffectCorpus) corpus = ak_starter_files(texts, &error),
                            again = ak_starter_files(texts, &error);
  guint bad = 0, good = 0;
  g_assert_no_error(error);
  count(corpus, &bad, &good);
  g_assert_true(corpus->function_check);
  g_assert_cmpuint(bad, ==, 100 * 2 + 10 + 7);
  g_assert_cmpuint(good, >=, 500);
  g_assert_true(ak_digest_equal(&corpus->digest, &again->digest));
  g_autofree char *first = ak_starter_signature(1), *last = ak_starter_signature(100);
  g_assert_true(g_str_has_prefix(first, "AKASHI-INERT-TEST-001-"));
  g_assert_cmpstr(first, !=, last);
  for (guint i = 0; i < corpus->cases->len; i++) {
    const AkEffectCase *one = corpus->cases->pdata[i];
    gsize size = 0;
    const char *data = g_bytes_get_data(one->bytes, &size);
    bool is_bare = g_str_has_suffix(one->id, "~plain") || g_str_has_suffix(one->id, "~tar") ||
                   g_str_has_suffix(one->id, "~cpio") || g_str_has_suffix(one->id, "~amid-text");
    bool has_mark = memmem(data, size, "AKASHI-INERT-TEST-", 18) != NULL ||
                    memmem(data, size, "$EICAR", 6) != NULL;
    g_assert_true(!is_bare || has_mark == one->attack);
  }
}

/* Read with nothing of what wrote it: lengths, flags, and that both checksums add up. */
static void check_packet(const guint8 *packet, gsize size, GString *client_says) {
  guint total = (guint)packet[16] << 8 | packet[17];
  g_assert_cmpuint(packet[12] << 8 | packet[13], ==, 0x0800);
  g_assert_cmpuint(total, ==, size - 14);
  guint32 sum = 0;
  for (guint i = 14; i < 34; i += 2)
    sum += (guint32)packet[i] << 8 | packet[i + 1];
  g_assert_cmpuint((sum & 0xffff) + (sum >> 16), ==, 0xffff);
  sum = 6 + total - 20;
  for (guint i = 26; i < 34; i += 2)
    sum += (guint32)packet[i] << 8 | packet[i + 1];
  for (gsize i = 34; i < size; i += 2)
    sum += (guint32)packet[i] << 8 | (i + 1 < size ? packet[i + 1] : 0);
  while (sum >> 16)
    sum = (sum & 0xffff) + (sum >> 16);
  g_assert_cmpuint(sum, ==, 0xffff);
  bool is_to_server = packet[36] == 0 && packet[37] == 80;
  if (is_to_server)
    g_string_append_len(client_says, (const char *)packet + 54, (gssize)(size - 54));
}

static void test_captures(void) {
  g_autoptr(GError) error = NULL;
  g_autoptr(AkEffectCorpus) http = attacks(1, 1);
  g_autoptr(AkEffectCorpus) corpus = ak_starter_captures(http, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(corpus->cases->len, ==, http->cases->len);
  for (guint i = 0; i < corpus->cases->len; i++) {
    gsize size = 0, wanted_size = 0, at = 24;
    const guint8 *data = g_bytes_get_data(((AkEffectCase *)corpus->cases->pdata[i])->bytes, &size);
    const char *wanted =
        g_bytes_get_data(((AkEffectCase *)http->cases->pdata[i])->bytes, &wanted_size);
    g_autoptr(GString) said = g_string_new(NULL);
    g_assert_cmpmem(data, 4, "\xd4\xc3\xb2\xa1", 4);
    while (at < size) {
      guint length = data[at + 8] | (guint)data[at + 9] << 8;
      g_assert_cmpuint(at + 16 + length, <=, size);
      check_packet(data + at + 16, length, said);
      at += 16 + length;
    }
    g_assert_cmpmem(said->str, said->len, wanted, wanted_size);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/effect/corpus/effects", test_effects);
  g_test_add_func("/effect/corpus/harmless", test_harmless);
  g_test_add_func("/effect/corpus/same-again", test_same_again);
  g_test_add_func("/effect/corpus/variants", test_variants);
  g_test_add_func("/effect/corpus/draft", test_draft);
  g_test_add_func("/effect/corpus/mails", test_mails);
  g_test_add_func("/effect/corpus/files", test_files);
  g_test_add_func("/effect/corpus/captures", test_captures);
  return g_test_run();
}
