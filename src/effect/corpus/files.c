/* Files for an anti-malware product: the EICAR test file and inert files with test signatures,
 * plain and in containers; and harmless files. None of them does anything. They show that a product
 * looks into what it is given (function check), and never how well it detects.
 *
 * Source: EICAR, "Anti-Malware Testfile", 2003. The string is put together here, so that no scanner
 * takes the program for it. */
#include <archive.h>
#include <archive_entry.h>
#include <string.h>

#include "effect/corpus/starter.h"
#include "util/digest.h"

enum { SIGNATURES = 100, PADDING_BYTES = 200000, MAX_PACKED = 4194304 };

typedef struct {
  AkEffectCorpus *corpus;
  const json_t *work;
} Files;

/* --- containers
 * ------------------------------------------------------------------------------------ */

typedef struct {
  const char *name;
  int (*format)(struct archive *);
  int (*filter)(struct archive *); /* or NULL */
} Container;

static const Container containers[] = {
    {"zip", archive_write_set_format_zip, NULL},
    {"tar", archive_write_set_format_ustar, NULL},
    {"tar-gz", archive_write_set_format_ustar, archive_write_add_filter_gzip},
    {"tar-bz2", archive_write_set_format_ustar, archive_write_add_filter_bzip2},
    {"gz", archive_write_set_format_raw, archive_write_add_filter_gzip},
    {"cpio", archive_write_set_format_cpio_newc, NULL},
};

static bool pack_into(struct archive *archive, const Container *how, const char *name,
                      const char *data, gsize size, char *out, size_t *used) {
  struct archive_entry *entry = archive_entry_new();
  archive_entry_set_pathname(entry, name);
  archive_entry_set_size(entry, (la_int64_t)size);
  archive_entry_set_filetype(entry, AE_IFREG);
  archive_entry_set_perm(entry, 0644);
  archive_entry_set_mtime(entry, 1711929600, 0);
  bool is_packed = how->format(archive) == ARCHIVE_OK &&
                   (how->filter == NULL || how->filter(archive) == ARCHIVE_OK);
  archive_write_set_options(archive, "gzip:!timestamp");
  is_packed = is_packed && archive_write_set_bytes_in_last_block(archive, 1) == ARCHIVE_OK &&
              archive_write_open_memory(archive, out, MAX_PACKED, used) == ARCHIVE_OK &&
              archive_write_header(archive, entry) == ARCHIVE_OK &&
              archive_write_data(archive, data, size) == (la_ssize_t)size &&
              archive_write_close(archive) == ARCHIVE_OK;
  archive_entry_free(entry);
  return is_packed;
}

static GBytes *pack(const Container *how, const char *name, const char *data, gsize size,
                    GError **error) {
  g_autofree char *out = g_malloc(MAX_PACKED);
  size_t used = 0;
  struct archive *archive = archive_write_new();
  bool is_packed = pack_into(archive, how, name, data, size, out, &used);
  if (!is_packed)
    ak_error_set(error, AK_ERROR_INTERNAL, "%s: %s", how->name, archive_error_string(archive));
  archive_write_free(archive);
  return is_packed ? g_bytes_new(out, used) : NULL;
}

/* --- cases
 * ----------------------------------------------------------------------------------------- */

static void add_case(Files *self, const char *base, const char *way, bool attack, GBytes *bytes) {
  static const char *const none[] = {"use:file", NULL}, *const some[] = {"attack:T1204.002", NULL};
  AkEffectCase *one = g_new0(AkEffectCase, 1);
  one->id = g_strdup_printf("%s~%s", base, way);
  one->base = g_strdup(base);
  one->kind = AK_EFFECT_FILE;
  one->attack = attack;
  one->category = g_strdupv((char **)(attack ? some : none));
  one->source = g_strdup("akashi");
  one->licence = g_strdup("Apache-2.0");
  one->bytes = bytes;
  g_ptr_array_add(self->corpus->cases, one);
}

static bool add_packed(Files *self, const char *base, guint which, bool attack, const char *data,
                       gsize size, GError **error) {
  const Container *how = &containers[which % G_N_ELEMENTS(containers)];
  GBytes *bytes = pack(how, "file.txt", data, size, error);
  if (bytes == NULL)
    return false;
  add_case(self, base, how->name, attack, bytes);
  return true;
}

/* Behind and before much text that says nothing. */
static GBytes *amid_text(const char *data, gsize size) {
  GString *text = g_string_new(NULL);
  while (text->len < PADDING_BYTES)
    g_string_append(text, "This line says nothing and harms nobody. 何も意味しない行です。\n");
  g_string_append_len(text, data, (gssize)size);
  while (text->len < 2 * PADDING_BYTES)
    g_string_append(text, "\nNor does this one.");
  return g_string_free_to_bytes(text);
}

char *ak_starter_signature(guint number) {
  g_autofree char *name = g_strdup_printf("akashi inert test signature %u", number);
  AkDigest digest = ak_digest_of(name, strlen(name));
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&digest, hex);
  return g_strdup_printf("AKASHI-INERT-TEST-%03u-%.24s", number, hex);
}

static bool add_signatures(Files *self, GError **error) {
  for (guint i = 1; i <= SIGNATURES; i++) {
    g_autofree char *base = g_strdup_printf("signature-%03u", i), *data = ak_starter_signature(i);
    gsize size = strlen(data);
    add_case(self, base, "plain", true, g_bytes_new(data, size));
    if (i % 10 == 0)
      add_case(self, base, "amid-text", true, amid_text(data, size));
    if (!add_packed(self, base, i, true, data, size, error))
      return false;
  }
  return true;
}

static bool add_eicar(Files *self, GError **error) {
  g_autofree char *data = g_strconcat("X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR",
                                      "-STANDARD-ANTIVIRUS-TEST-", "FILE!$H+H*", NULL);
  add_case(self, "eicar", "plain", true, g_bytes_new(data, strlen(data)));
  for (guint i = 0; i < G_N_ELEMENTS(containers); i++)
    if (!add_packed(self, "eicar", i, true, data, strlen(data), error))
      return false;
  return true;
}

static bool add_harmless(Files *self, const char *list, GError **error) {
  const json_t *texts = json_object_get(self->work, list);
  for (gsize i = 0; i < json_array_size(texts); i++) {
    const char *text = json_string_value(json_array_get(texts, i));
    g_autofree char *base = g_strdup_printf("%s-%03zu", list, i + 1);
    if (text == NULL)
      continue;
    add_case(self, base, "plain", false, g_bytes_new(text, strlen(text)));
    if (i % 8 == 0)
      add_case(self, base, "amid-text", false, amid_text(text, strlen(text)));
    if (!add_packed(self, base, (guint)i, false, text, strlen(text), error))
      return false;
  }
  return true;
}

AkEffectCorpus *ak_starter_files(const json_t *work, GError **error) {
  static const char *const lists[] = {"texts_ja", "texts_en", "texts_doubtful", "xml", "settings"};
  g_autoptr(AkEffectCorpus) corpus = ak_effect_corpus_new("files", AK_EFFECT_FILE);
  Files self = {corpus, work};
  corpus->name = g_strdup("Test files for anti-malware products");
  corpus->function_check = true;
  if (!add_signatures(&self, error) || !add_eicar(&self, error))
    return NULL;
  for (gsize i = 0; i < G_N_ELEMENTS(lists); i++)
    if (!add_harmless(&self, lists[i], error))
      return NULL;
  return ak_effect_corpus_close(corpus, error) ? g_steal_pointer(&corpus) : NULL;
}
