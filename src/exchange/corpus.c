#include "exchange/corpus.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "util/io.h"
#include "util/json.h"

#define FORMAT "akashi-corpus"
#define SEALED_FORMAT "akashi-sealed-corpus" /* exchange/sealed.h */
#define VERSION 1
#define FORGET_BYTES (8 << 20) /* of a mapped file that was read */

/* --- words
 * -------------------------------------------------------------------------------------------- */

static bool refuse(const char *where, guint line, AkErrorCode code, const char *reason,
                   GError **error) {
  return ak_error_set(error, code, "%s:%u: %s", where, line, reason);
}

/* A list of texts that may be missing; false where it is something else. */
static bool read_texts(const json_t *object, const char *key, GStrv *out) {
  const json_t *list = json_object_get(object, key);
  g_autoptr(GStrvBuilder) texts = g_strv_builder_new();
  if (list != NULL && !json_is_array(list))
    return false;
  for (gsize i = 0; i < json_array_size(list); i++) {
    if (!json_is_string(json_array_get(list, i)))
      return false;
    g_strv_builder_add(texts, json_string_value(json_array_get(list, i)));
  }
  *out = g_strv_builder_end(texts);
  return true;
}

/* A text that may be missing or null. */
static bool read_text(const json_t *object, const char *key, char **out) {
  const json_t *value = json_object_get(object, key);
  if (value != NULL && !json_is_null(value) && !json_is_string(value))
    return false;
  *out = g_strdup(json_string_value(value));
  return true;
}

static bool read_flag(const json_t *object, const char *key, bool *out) {
  const json_t *value = json_object_get(object, key);
  *out = json_is_true(value);
  return value == NULL || json_is_boolean(value);
}

/* --- the first line
 * -------------------------------------------------------------------------------------- */

typedef struct {
  const char *where;
  guint line;
  gint64 cases;    /* that the first line tells */
  AkDigest digest; /* likewise */
  char *mapped;    /* begin of pages of the file that were not forgotten; NULL: it is in memory */
} Reading;

static AkEffectCorpus *read_head(Reading *self, const json_t *head, GError **error) {
  AkEffectKind kind = AK_EFFECT_HTTP;
  const char *id = ak_json_string(head, "id", self->where, error);
  if (id == NULL)
    return NULL;
  g_autoptr(AkEffectCorpus) corpus = NULL;
  const char *format = ak_json_string_or(head, "format", "");
  bool is_known = strcmp(format, FORMAT) == 0 &&
                  json_integer_value(json_object_get(head, "version")) == VERSION;
  if (!is_known || !ak_effect_kind_find(ak_json_string_or(head, "kind", ""), &kind)) {
    refuse(self->where, 1, AK_ERROR_INVALID_DATA,
           is_known                                ? "kind is none of http, capture, file, line"
           : strcmp(format, SEALED_FORMAT) == 0 ? "this corpus is sealed: akashi effect unseal opens it with its key"
                                                    : "this is no corpus: \"format\": \"" FORMAT "\", \"version\": 1 are missing",
           error);
    return NULL;
  }
  corpus = ak_effect_corpus_new(id, kind);
  bool is_fine = read_text(head, "name", &corpus->name) &&
                 read_texts(head, "written_for", &corpus->written_for) &&
                 read_flag(head, "function_check", &corpus->function_check) &&
                 read_flag(head, "burnt", &corpus->burnt) &&
                 ak_digest_from_hex(ak_json_string_or(head, "sha256", ""), &self->digest);
  if (!is_fine) {
    refuse(self->where, 1, AK_ERROR_INVALID_DATA,
           "name, written_for, function_check, burnt or sha256 is not of its type", error);
    return NULL;
  }
  if (!ak_json_integer(head, "cases", 0, AK_CORPUS_MAX_CASES, self->where, &self->cases, error))
    return NULL;
  g_ptr_array_unref(corpus->cases); /* of the very size: nothing is to spare */
  corpus->cases = g_ptr_array_sized_new((guint)self->cases);
  return g_steal_pointer(&corpus);
}

/* --- a case
 * ------------------------------------------------------------------------------------------- */

/* What the product is given stands in exactly one of "text" and "base64". */
static GBytes *read_bytes(const json_t *row) {
  const json_t *text = json_object_get(row, "text"), *coded = json_object_get(row, "base64");
  if ((text == NULL) == (coded == NULL) || !json_is_string(text != NULL ? text : coded))
    return NULL;
  if (text != NULL)
    return g_bytes_new(json_string_value(text), json_string_length(text));
  gsize length = json_string_length(coded), size = 0;
  const char *digits = json_string_value(coded);
  if (length % 4 != 0 ||
      strspn(digits, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") != length)
    return NULL;
  guchar *bytes = g_base64_decode(digits, &size);
  return g_bytes_new_take(bytes, size);
}

static bool has_id(const char *id) {
  return id != NULL && *id != '\0' && strlen(id) <= 200 && g_utf8_validate(id, -1, NULL) &&
         strpbrk(id, "\r\n\t") == NULL;
}

static AkEffectCase *read_case(const Reading *self, AkEffectKind kind, const json_t *row,
                               GError **error) {
  g_autoptr(AkEffectCase) one = g_new0(AkEffectCase, 1);
  const json_t *attack = json_object_get(row, "attack");
  one->kind = kind;
  one->attack = json_is_true(attack);
  bool is_fine =
      read_text(row, "id", &one->id) && read_text(row, "base", &one->base) &&
      read_texts(row, "category", &one->category) && read_text(row, "source", &one->source) &&
      read_text(row, "licence", &one->licence) && read_text(row, "marker", &one->marker) &&
      read_text(row, "target", &one->target) && read_text(row, "expects", &one->expects);
  if (is_fine && one->base == NULL)
    one->base = g_strdup(one->id);
  one->bytes = read_bytes(row);
  const char *reason =
      !json_is_boolean(attack) ? "attack must be true or false: a case without a label is none"
      : !is_fine || !has_id(one->id) || !has_id(one->base)
          ? "id, base or another text is not of its type"
      : one->source == NULL || one->licence == NULL ? "source and licence are needed"
      : one->bytes == NULL ? "one of text and base64 is needed, and must be valid"
                           : NULL;
  if (reason == NULL && g_bytes_get_size(one->bytes) <= AK_CORPUS_CASE_BYTES)
    return g_steal_pointer(&one);
  refuse(self->where, self->line, reason != NULL ? AK_ERROR_INVALID_DATA : AK_ERROR_LIMIT,
         reason != NULL ? reason : "the case is larger than 128 MiB", error);
  return NULL;
}

/* --- reading
 * ------------------------------------------------------------------------------------------- */

static bool take_line(Reading *self, AkEffectCorpus **corpus, const char *line, gsize size,
                      GError **error) {
  g_autofree char *where = g_strdup_printf("%s:%u", self->where, self->line);
  g_autoptr(json_t) row = ak_json_parse(line, size, where, error);
  if (row == NULL)
    return false;
  if (*corpus == NULL)
    return (*corpus = read_head(self, row, error)) != NULL;
  if ((*corpus)->cases->len >= AK_CORPUS_MAX_CASES)
    return refuse(self->where, self->line, AK_ERROR_LIMIT, "more than 1,000,000 cases", error);
  AkEffectCase *one = read_case(self, (*corpus)->kind, row, error);
  if (one == NULL)
    return false;
  return ak_effect_corpus_add(*corpus, one, error);
}

static bool finish(const Reading *self, AkEffectCorpus *corpus, GError **error) {
  if (corpus == NULL)
    return refuse(self->where, 1, AK_ERROR_INVALID_DATA, "the file is empty", error);
  if (corpus->cases->len != self->cases)
    return refuse(self->where, 1, AK_ERROR_INVALID_DATA,
                  "there are not as many cases as the first line tells", error);
  if (!ak_effect_corpus_close(corpus, error)) {
    g_prefix_error(error, "%s: ", self->where);
    return false;
  }
  return ak_digest_equal(&corpus->digest, &self->digest) ||
         refuse(self->where, 1, AK_ERROR_INVALID_DATA,
                "the cases do not give the digest of the first line", error);
}

/* Pages of a mapped file up to `at` leave the process. */
static void forget(Reading *self, const char *at) {
  if (self->mapped == NULL || at - self->mapped < FORGET_BYTES)
    return;
  gsize page = (gsize)sysconf(_SC_PAGESIZE), size = (gsize)(at - self->mapped) / page * page;
  madvise(self->mapped, size, MADV_DONTNEED);
  self->mapped += size;
}

static AkEffectCorpus *read_lines(Reading *self, const char *data, gsize size, GError **error) {
  g_autoptr(AkEffectCorpus) corpus = NULL;
  for (const char *at = data, *end = data + size; at < end;) {
    const char *stop = memchr(at, '\n', (gsize)(end - at));
    gsize length = (gsize)((stop != NULL ? stop : end) - at);
    self->line++;
    if (length > 0 && !take_line(self, &corpus, at, length, error))
      return NULL;
    at += length + 1;
    forget(self, MIN(at, end));
  }
  return finish(self, corpus, error) ? g_steal_pointer(&corpus) : NULL;
}

AkEffectCorpus *ak_corpus_parse(const char *data, gsize size, const char *where, GError **error) {
  Reading reading = {.where = where};
  return read_lines(&reading, data, size, error);
}

AkEffectCorpus *ak_corpus_read(const char *path, GError **error) {
  g_autoptr(GError) failure = NULL;
  g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, &failure);
  if (file == NULL) {
    bool is_missing = g_error_matches(failure, G_FILE_ERROR, G_FILE_ERROR_NOENT);
    ak_error_set(error, is_missing ? AK_ERROR_NOT_FOUND : AK_ERROR_IO, "%s", failure->message);
    return NULL;
  }
  gsize size = g_mapped_file_get_length(file);
  if (size > AK_CORPUS_MAX_BYTES) {
    ak_error_set(error, AK_ERROR_LIMIT, "%s: a corpus is at most 4 GiB", path);
    return NULL;
  }
  char *data = g_mapped_file_get_contents(file);
  Reading reading = {.where = path, .mapped = data};
  return read_lines(&reading, data != NULL ? data : "", size, error);
}

/* --- writing
 * -------------------------------------------------------------------------------------------- */

static json_t *texts_json(GStrv texts) {
  json_t *list = json_array();
  for (guint i = 0; texts != NULL && texts[i] != NULL; i++)
    json_array_append_new(list, json_string(texts[i]));
  return list;
}

static json_t *head_json(const AkEffectCorpus *self) {
  char hex[AK_DIGEST_HEX_SIZE];
  ak_digest_to_hex(&self->digest, hex);
  return json_pack("{s:s, s:i, s:s, s:s*, s:s, s:o, s:b, s:b, s:I, s:s}", "format", FORMAT,
                   "version", VERSION, "id", self->id, "name", self->name, "kind",
                   ak_effect_kinds[self->kind], "written_for", texts_json(self->written_for),
                   "function_check", self->function_check, "burnt", self->burnt, "cases",
                   (json_int_t)self->cases->len, "sha256", hex);
}

static json_t *case_json(const AkEffectCase *one) {
  gsize size = 0;
  const char *data = ak_effect_case_data(one, &size);
  json_t *row = json_pack("{s:s, s:s, s:b, s:o, s:s, s:s, s:s*, s:s*, s:s*}", "id", one->id, "base",
                          one->base, "attack", one->attack, "category", texts_json(one->category),
                          "source", one->source, "licence", one->licence, "marker", one->marker,
                          "target", one->target, "expects", one->expects);
  bool is_text =
      size > 0 && memchr(data, '\0', size) == NULL && g_utf8_validate_len(data, size, NULL);
  if (is_text || size == 0) {
    json_object_set_new(row, "text", json_stringn(size > 0 ? data : "", size));
    return row;
  }
  g_autofree char *coded = g_base64_encode((const guchar *)data, size);
  json_object_set_new(row, "base64", json_string(coded));
  return row;
}

static bool write_row(int fd, json_t *taken, gint64 *at, const char *where, GError **error) {
  gsize size = 0;
  g_autoptr(json_t) row = taken;
  g_autofree char *line = row != NULL ? ak_json_canonical(row, &size, error) : NULL;
  if (row == NULL)
    return ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: a text is no UTF-8", where);
  if (line == NULL)
    return false;
  line[size] = '\n'; /* in the place of its NUL */
  if (!ak_io_write_all(fd, line, size + 1, *at, where, error))
    return false;
  *at += (gint64)size + 1;
  return true;
}

static bool write_rows(const AkEffectCorpus *self, int fd, const char *where, GError **error) {
  gint64 at = 0;
  if (!write_row(fd, head_json(self), &at, where, error))
    return false;
  for (guint i = 0; i < self->cases->len; i++) {
    if (!write_row(fd, case_json(self->cases->pdata[i]), &at, where, error))
      return false;
    ak_effect_corpus_pass(self, i);
  }
  return ak_io()->sync(fd) == 0 || ak_error_set_errno(error, errno, "%s", where);
}

bool ak_corpus_write(const AkEffectCorpus *self, const char *path, GError **error) {
  g_autofree char *folder = g_path_get_dirname(path), *name = g_path_get_basename(path);
  g_autofree char *temporary = g_strdup_printf(AK_IO_TMP_PREFIX "%s-%d", name, (int)getpid());
  int dir_fd = ak_io_open_dir(AT_FDCWD, folder, error);
  if (dir_fd < 0)
    return false;
  int fd = ak_io()->open_at(dir_fd, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0644);
  bool done =
      fd >= 0 ? write_rows(self, fd, path, error) : ak_error_set_errno(error, errno, "%s", path);
  if (fd >= 0)
    ak_io()->close(fd);
  if (done && ak_io()->rename_at(dir_fd, temporary, dir_fd, name) != 0)
    done = ak_error_set_errno(error, errno, "%s", path);
  if (!done && fd >= 0)
    ak_io()->unlink_at(dir_fd, temporary, 0);
  done = done && ak_io_sync_dir(dir_fd, folder, error);
  close(dir_fd);
  return done;
}

bool ak_exchange_corpus_fuzz(const guint8 *data, gsize size) {
  g_autoptr(AkEffectCorpus) corpus = ak_corpus_parse((const char *)data, size, "fuzz", NULL);
  return corpus != NULL;
}
