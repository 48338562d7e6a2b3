#include "exchange/corpus-import.h"

#include <string.h>

#include "exchange/csv.h"

/* --- problems
 * ---------------------------------------------------------------------------------------- */

static void problem_free(AkImportProblem *self) {
  g_free(self->where);
  g_free(self->id);
  g_free(self->detail);
  g_free(self);
}

AkImport *ak_import_new(const char *id, AkEffectKind kind) {
  AkImport *self = g_new0(AkImport, 1);
  self->corpus = ak_effect_corpus_new(id, kind);
  self->problems = g_ptr_array_new_with_free_func((GDestroyNotify)problem_free);
  return self;
}

void ak_import_free(AkImport *self) {
  if (self == NULL)
    return;
  g_clear_pointer(&self->corpus, ak_effect_corpus_free);
  g_ptr_array_unref(self->problems);
  g_free(self);
}

void ak_import_problem(AkImport *self, const char *where, const char *id, const char *detail) {
  if (self->problem_count++ >= AK_IMPORT_PROBLEMS)
    return;
  AkImportProblem *problem = g_new0(AkImportProblem, 1);
  problem->where = g_utf8_make_valid(where, -1);
  problem->id = g_strdup(id);
  problem->detail = g_utf8_make_valid(detail, -1);
  g_ptr_array_add(self->problems, problem);
}

/* --- cases
 * --------------------------------------------------------------------------------------------- */

static bool is_name(const char *text) {
  return text != NULL && *text != '\0' && strlen(text) <= 200 && g_utf8_validate(text, -1, NULL) &&
         strpbrk(text, "\r\n\t") == NULL;
}

/* A text that must not keep a corpus from being written. */
static void make_valid(char **text) {
  if (*text == NULL || g_utf8_validate(*text, -1, NULL))
    return;
  char *valid = g_utf8_make_valid(*text, -1);
  g_free(*text);
  *text = valid;
}

void ak_import_add(AkImport *self, AkEffectCase *taken, const char *where) {
  gsize size = g_bytes_get_size(taken->bytes);
  bool is_full =
      self->corpus->cases->len >= AK_CORPUS_MAX_CASES || self->bytes + size > AK_IMPORT_BYTES;
  const char *reason = !is_name(taken->id) || !is_name(taken->base) ? "bad-id"
                       : size > AK_CORPUS_CASE_BYTES                ? "too-large"
                       : is_full                                    ? "too-many"
                                                                    : NULL;
  self->seen++;
  if (reason != NULL) {
    ak_import_problem(self, where, reason, "");
    ak_effect_case_free(taken);
    return;
  }
  self->bytes += size;
  taken->kind = self->corpus->kind;
  make_valid(&taken->source);
  make_valid(&taken->licence);
  make_valid(&taken->marker);
  make_valid(&taken->target);
  g_ptr_array_add(self->corpus->cases, taken);
}

/* --- what stands twice
 * --------------------------------------------------------------------------------- */

typedef struct {
  AkDigest digest;
  guint place;
} Place;

static int compare_places(gconstpointer a, gconstpointer b) {
  const Place *left = a, *right = b;
  int by_digest = memcmp(&left->digest, &right->digest, sizeof left->digest);
  return by_digest != 0 ? by_digest : (left->place > right->place) - (left->place < right->place);
}

static const AkEffectCase *at(const AkImport *self, guint place) {
  return self->corpus->cases->pdata[place];
}

static void drop(AkImport *self, guint place, const char *reason, const char *detail,
                 bool *dropped) {
  if (!dropped[place])
    ak_import_problem(self, at(self, place)->id, reason, detail);
  dropped[place] = true;
}

/* `of`: what two cases may not share; its digest. */
static GArray *places_of(const AkImport *self, AkDigest (*of)(const AkEffectCase *one)) {
  GArray *places = g_array_new(FALSE, FALSE, sizeof(Place));
  for (guint i = 0; i < self->corpus->cases->len; i++) {
    Place place = {of(at(self, i)), i};
    g_array_append_val(places, place);
  }
  g_array_sort(places, compare_places);
  return places;
}

static AkDigest digest_of_id(const AkEffectCase *one) {
  return ak_digest_of(one->id, strlen(one->id));
}

/* The same bytes of which something else is expected are another case. */
static AkDigest digest_of_bytes(const AkEffectCase *one) {
  gsize size = 0;
  const void *data = ak_effect_case_data(one, &size);
  g_autoptr(AkDigestSum) sum = ak_digest_sum_new();
  ak_digest_sum_add(sum, data, size);
  if (one->expects != NULL)
    ak_digest_sum_add(sum, one->expects, strlen(one->expects));
  return ak_digest_sum_end(sum);
}

static void drop_same_ids(AkImport *self, bool *dropped) {
  g_autoptr(GArray) places = places_of(self, digest_of_id);
  for (guint i = 1; i < places->len; i++) {
    const Place *before = &g_array_index(places, Place, i - 1), *now = before + 1;
    if (ak_digest_equal(&before->digest, &now->digest))
      drop(self, now->place, "duplicate-id", "", dropped);
  }
}

/* Of the same bytes the first stays; where they are said to be an attack and harmless, none does,
 * or the first attack. */
static void drop_group(AkImport *self, const Place *places, guint count, bool *dropped) {
  const AkEffectCase *first = at(self, places[0].place);
  bool differs = false, kept = false;
  for (guint i = 1; i < count; i++)
    differs = differs || at(self, places[i].place)->attack != first->attack;
  for (guint i = 0; i < count; i++) {
    bool may_stay = !differs || (self->attack_wins && at(self, places[i].place)->attack);
    if (may_stay && !kept)
      kept = true;
    else
      drop(self, places[i].place, may_stay ? "duplicate-bytes" : "contradiction", first->id,
           dropped);
  }
}

static void drop_same_bytes(AkImport *self, bool *dropped) {
  g_autoptr(GArray) places = places_of(self, digest_of_bytes);
  for (guint i = 0, end = 0; i < places->len; i = end) {
    const Place *first = &g_array_index(places, Place, i);
    for (end = i + 1; end < places->len; end++)
      if (!ak_digest_equal(&first->digest, &g_array_index(places, Place, end).digest))
        break;
    if (end - i > 1)
      drop_group(self, first, end - i, dropped);
  }
}

bool ak_import_finish(AkImport *self, GError **error) {
  GPtrArray *cases = self->corpus->cases;
  g_autofree bool *dropped = g_new0(bool, cases->len + 1);
  drop_same_ids(self, dropped);
  drop_same_bytes(self, dropped);
  guint kept = 0;
  for (guint i = 0; i < cases->len; i++) {
    gpointer one = cases->pdata[i];
    if (dropped[i])
      ak_effect_case_free(one);
    else
      cases->pdata[kept++] = one;
  }
  for (guint i = kept; i < cases->len; i++)
    cases->pdata[i] = NULL;
  g_ptr_array_set_free_func(cases, NULL); /* what is behind `kept` has been freed or moved */
  g_ptr_array_set_size(cases, (gint)kept);
  g_ptr_array_set_free_func(cases, (GDestroyNotify)ak_effect_case_free);
  return ak_effect_corpus_close(self->corpus, error);
}

/* --- the table of labels
 * -------------------------------------------------------------------------------- */

static const char *const columns[] = {"file",   "label",   "category", "base",  "id",
                                      "source", "licence", "marker",   "target"};
enum { FILE_COLUMN, LABEL_COLUMN, CATEGORY_COLUMN, TEXT_COLUMNS };

static void label_free(AkLabel *self) {
  g_free(self->file);
  g_free(self->base);
  g_free(self->id);
  g_free(self->source);
  g_free(self->licence);
  g_free(self->marker);
  g_free(self->target);
  g_strfreev(self->category);
  g_free(self);
}

static bool find_columns(GStrv header, int *found, const char *where, GError **error) {
  for (gsize c = 0; c < G_N_ELEMENTS(columns); c++) {
    found[c] = -1;
    for (int i = 0; header[i] != NULL; i++)
      if (g_ascii_strcasecmp(header[i], columns[c]) == 0)
        found[c] = i;
  }
  return (found[FILE_COLUMN] >= 0 && found[LABEL_COLUMN] >= 0) ||
         ak_error_set(error, AK_ERROR_INVALID_DATA,
                      "%s:1: the table needs a header with the columns file and label", where);
}

static bool read_label(const char *word, AkImportLabel *out) {
  static const struct {
    const char *word;
    AkImportLabel label;
  } words[] = {{"attack", AK_IMPORT_ATTACK},
               {"malicious", AK_IMPORT_ATTACK},
               {"harmless", AK_IMPORT_HARMLESS},
               {"benign", AK_IMPORT_HARMLESS}};
  for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
    if (g_ascii_strcasecmp(word, words[i].word) == 0) {
      *out = words[i].label;
      return true;
    }
  return false;
}

static char *cell(GStrv row, int column) {
  return column >= 0 && *row[column] != '\0' ? g_strdup(row[column]) : NULL;
}

static AkLabel *label_of(GStrv row, const int *found) {
  AkLabel *self = g_new0(AkLabel, 1);
  char **texts[] = {&self->base,    &self->id,     &self->source,
                    &self->licence, &self->marker, &self->target};
  self->file = g_strdup(row[found[FILE_COLUMN]]);
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
    *texts[i] = cell(row, found[TEXT_COLUMNS + i]);
  g_autofree char *category = cell(row, found[CATEGORY_COLUMN]);
  self->category = g_strsplit(category != NULL ? category : "", " ", -1);
  return self;
}

static int compare_labels(gconstpointer a, gconstpointer b) {
  const AkLabel *left = *(AkLabel *const *)a, *right = *(AkLabel *const *)b;
  return strcmp(left->file, right->file);
}

GPtrArray *ak_labels_parse(const char *data, gsize size, const char *where, GError **error) {
  g_autoptr(GPtrArray) rows = ak_csv_read(data, size, where, error);
  g_autoptr(GPtrArray) labels = g_ptr_array_new_with_free_func((GDestroyNotify)label_free);
  int found[G_N_ELEMENTS(columns)];
  if (rows == NULL)
    return NULL;
  if (rows->len == 0) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "%s:1: the table is empty", where);
    return NULL;
  }
  if (!find_columns(rows->pdata[0], found, where, error))
    return NULL;
  for (guint i = 1; i < rows->len; i++) {
    AkLabel *label = label_of(rows->pdata[i], found);
    g_ptr_array_add(labels, label);
    const char *word = ((GStrv)rows->pdata[i])[found[LABEL_COLUMN]];
    if (!read_label(word, &label->label)) {
      g_autofree char *valid = g_utf8_make_valid(word, -1);
      ak_error_set(error, AK_ERROR_INVALID_DATA,
                   "%s: row %u: the label \"%s\" is neither attack nor harmless", where, i + 1,
                   valid);
      return NULL;
    }
  }
  g_ptr_array_sort(labels, compare_labels);
  for (guint i = 1; i < labels->len; i++)
    if (compare_labels(&labels->pdata[i - 1], &labels->pdata[i]) == 0) {
      ak_error_set(error, AK_ERROR_CONFLICT, "%s: the file %s stands twice", where,
                   ((AkLabel *)labels->pdata[i])->file);
      return NULL;
    }
  return g_steal_pointer(&labels);
}

AkLabel *ak_labels_find(const GPtrArray *self, const char *file) {
  guint low = 0, high = self != NULL ? self->len : 0;
  while (low < high) {
    guint middle = low + (high - low) / 2;
    AkLabel *label = self->pdata[middle];
    int order = strcmp(label->file, file);
    if (order == 0)
      return label;
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return NULL;
}

bool ak_exchange_label_table_fuzz(const guint8 *data, gsize size) {
  g_autoptr(GPtrArray) labels = ak_labels_parse((const char *)data, size, "fuzz", NULL);
  return labels != NULL;
}
