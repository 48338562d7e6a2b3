#include "core/effect-rows.h"

#include <string.h>

typedef struct Row {
  struct Row *next;
  char text[];
} Row;

typedef struct {
  guint product;
  char *name;
  Row *first, *last; /* on the shelf */
} List;

struct _AkEffectRows {
  AkShelf *shelf;
  GPtrArray *lists; /* of List: a few a product */
};

static void list_free(gpointer data) {
  g_free(((List *)data)->name);
  g_free(data);
}

AkEffectRows *ak_effect_rows_new(GError **error) {
  AkShelf *shelf = ak_shelf_new(error);
  if (shelf == NULL)
    return NULL;
  AkEffectRows *self = g_new0(AkEffectRows, 1);
  self->shelf = shelf;
  self->lists = g_ptr_array_new_with_free_func(list_free);
  return self;
}

void ak_effect_rows_free(AkEffectRows *self) {
  if (self == NULL)
    return;
  g_ptr_array_unref(self->lists);
  ak_shelf_free(self->shelf);
  g_free(self);
}

static List *find(const AkEffectRows *self, guint product, const char *name) {
  for (guint i = self->lists->len; i > 0; i--) {
    List *list = self->lists->pdata[i - 1];
    if (list->product == product && strcmp(list->name, name) == 0)
      return list;
  }
  return NULL;
}

char *ak_effect_rows_text(const json_t *part) {
  return json_dumps(part, JSON_INDENT(1) | JSON_SORT_KEYS | JSON_REAL_PRECISION(9) | JSON_ENCODE_ANY);
}

bool ak_effect_rows_add(AkEffectRows *self, guint product, const char *list, const json_t *row,
                        GError **error) {
  List *to = find(self, product, list);
  g_autofree char *text = ak_effect_rows_text(row);
  gsize size = strlen(text) + 1;
  Row *laid = ak_shelf_take(self->shelf, sizeof *laid + size, error);
  if (laid == NULL)
    return false;
  memcpy(laid->text, text, size);
  if (to == NULL) {
    to = g_new0(List, 1);
    to->product = product;
    to->name = g_strdup(list);
    to->first = laid;
    g_ptr_array_add(self->lists, to);
  } else {
    to->last->next = laid;
  }
  to->last = laid;
  ak_shelf_breathe(self->shelf);
  return true;
}

#define BREATH 4096 /* rows */

bool ak_effect_rows_each(const AkEffectRows *self, guint product, const char *list,
                         AkEffectRowsEach *each, gpointer data, GError **error) {
  const List *found = find(self, product, list);
  guint count = 0;
  for (const Row *row = found != NULL ? found->first : NULL; row != NULL; row = row->next) {
    if (!each(data, row->text, error))
      return false;
    if (++count % BREATH == 0)
      ak_shelf_breathe(self->shelf);
  }
  return true;
}
