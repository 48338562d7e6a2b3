#include "app/firmware-outline.h"

#include <string.h>

#include "util/hash.h"

#define MAX_FOLDERS 4    /* levels of folders of one container; what is deeper stands by its path */
#define MAX_DEPTH 64     /* of locators: containers in containers are fewer */
#define MAX_IN_FOLDER 12 /* entries of a folder that is opened; more of one crowd out others */
#define MAX_HOLDING 10   /* files that hold something, below folders that are not opened */
#define HOLDING_ROOM 20  /* rows for these and what they hold, whatever was shown before */
#define MAX_LEVELS 100   /* of rows below rows: what is deeper, in a listing that is made up, stands there too */

typedef enum { CONTAINER, FOLDER, PLAIN, LINK, DEVICE, KINDS } Kind;
static const char *const kind_names[KINDS] = {"container", "folder", "file", "link", "device"};

typedef struct Item Item;
struct Item {
  Item *parent;
  Kind kind;
  char *name;
  const json_t *row; /* of a region or an entry; NULL: a folder that no entry tells of */
  const char *format;
  gint64 size;
  guint level;
  gsize counts[KINDS]; /* of entries below it, in the same container */
  GPtrArray *inside;   /* of Item, borrowed; NULL: none */
  GPtrArray *shown;    /* rows below it; NULL: none. Borrowed */
  gsize left_out;      /* of these, for which there was no room and that `counts` does not tell */
  bool is_shown, holds; /* a container lies in it, at any depth */
};

typedef struct {
  GHashTable *items; /* locator → Item */
  GPtrArray *all;    /* of Item, in the order in which they came */
  Item *top;
  bool is_whole; /* whatever holds something stands there */
  gsize room; /* rows that are left */
} Outline;

static void item_free(gpointer data) {
  Item *self = data;
  g_clear_pointer(&self->inside, g_ptr_array_unref);
  g_clear_pointer(&self->shown, g_ptr_array_unref);
  g_free(self->name);
  g_free(self);
}

static void append(GPtrArray **list, Item *item) {
  if (*list == NULL)
    *list = g_ptr_array_new();
  g_ptr_array_add(*list, item);
}

/* `locator` and `name` are taken over. */
static Item *add_item(Outline *self, Item *parent, Kind kind, char *locator, char *name) {
  Item *item = g_new0(Item, 1);
  item->parent = parent;
  item->level = parent != NULL ? parent->level + 1 : 0;
  item->kind = kind;
  item->name = name;
  g_ptr_array_add(self->all, item);
  g_hash_table_replace(self->items, locator, item);
  if (parent != NULL)
    append(&parent->inside, item);
  return item;
}

/* What `locator` begins with up to a '!', the longest that is there; the image at last. */
static Item *holder_of(const Outline *self, const char *locator) {
  g_autofree char *prefix = g_strdup(locator);
  for (char *mark = strrchr(prefix, '!'); mark != NULL; mark = strrchr(prefix, '!')) {
    *mark = '\0';
    Item *item = g_hash_table_lookup(self->items, prefix);
    if (item != NULL)
      return item->level < MAX_LEVELS ? item : item->parent;
  }
  return self->top;
}

/* --- what there is -----------------------------------------------------------------------------
 */

/* The folder that holds `path` ("/etc/init.d/rcS", the end of `locator`), made where it is not there yet; `name` gets
 * what is left of the path. */
static Item *folder_for(Outline *self, Item *container, const char *locator, const char *path, const char **name) {
  Item *folder = container;
  *name = path + 1;
  for (guint level = 0; level < MAX_FOLDERS && strchr(*name, '/') != NULL; level++) {
    const char *slash = strchr(*name, '/');
    g_autofree char *own = g_strndup(locator, (gsize)(slash - locator));
    Item *next = g_hash_table_lookup(self->items, own);
    if (next == NULL)
      next = add_item(self, folder, FOLDER, g_steal_pointer(&own), g_strndup(*name, (gsize)(slash - *name)));
    folder = next;
    *name = slash + 1;
  }
  return folder;
}

static Kind kind_of(const json_t *row) {
  for (Kind kind = FOLDER; kind < KINDS; kind++)
    if (strcmp(ak_json_text(row, "type"), kind_names[kind]) == 0)
      return kind;
  return PLAIN;
}

/* Up to the container, and there too. */
static void count_in(Item *item, Kind kind, gint64 size) {
  for (Item *at = item; at != NULL; at = at->parent) {
    at->counts[kind]++;
    if (at->kind != FOLDER)
      return;
    at->size += size;
  }
}

static void note_holding(Item *item, const char *format) {
  item->format = item->format != NULL ? item->format : format;
  for (Item *at = item; at != NULL && !at->holds; at = at->parent)
    at->holds = true;
}

/* "image!#0!/etc/shadow". A folder may be there already, by what lies in it. Of entries of one name the one that something
 * opened holds what lies in it. */
static void add_entry(Outline *self, const json_t *row) {
  const char *locator = ak_json_text(row, "node"), *mark = strrchr(locator, '!'), *name = NULL;
  if (mark == NULL || mark[1] != '/')
    return;
  Kind kind = kind_of(row);
  Item *folder = folder_for(self, holder_of(self, locator), locator, mark + 1, &name);
  Item *item = g_hash_table_lookup(self->items, locator);
  Item *twin = item != NULL && item->kind == PLAIN && item->holds ? item : NULL;
  if (item == NULL || item->kind != FOLDER || kind != FOLDER || item->row != NULL)
    item = add_item(self, folder, kind, g_strdup(locator), g_strdup(name));
  item->row = row;
  if (twin != NULL)
    g_hash_table_replace(self->items, g_strdup(locator), twin);
  if (kind == PLAIN)
    item->size = ak_json_number(row, "size");
  if (json_object_get(row, "format") != NULL)
    note_holding(item, ak_json_text(row, "format"));
  count_in(folder, kind, kind == PLAIN ? item->size : 0);
}

static bool is_structure(const json_t *region) {
  static const char *const others[] = {"unknown", "padding", "content"};
  for (gsize i = 0; i < G_N_ELEMENTS(others); i++)
    if (strcmp(ak_json_text(region, "kind"), others[i]) == 0)
      return false;
  return true;
}

/* The row of a file that a format opened stands for both. */
static void add_region(Outline *self, const json_t *region) {
  const char *locator = ak_json_text(region, "node");
  Item *item = g_hash_table_lookup(self->items, locator);
  if (!is_structure(region))
    return;
  if (item == NULL) {
    item = add_item(self, holder_of(self, locator), CONTAINER, g_strdup(locator), g_strdup(ak_json_text(region, "kind")));
    item->row = region;
    item->size = ak_json_number(region, "size");
  }
  note_holding(item, ak_json_text(region, "kind"));
}

typedef void (*Add)(Outline *, const json_t *);

static void sort_in(GPtrArray **levels, const json_t *rows) {
  for (gsize i = 0; i < json_array_size(rows); i++) {
    json_t *row = json_array_get(rows, i);
    guint marks = 0;
    for (const char *at = ak_json_text(row, "node"); (at = strchr(at, '!')) != NULL; at++)
      marks++;
    g_ptr_array_add(levels[MIN(marks, MAX_DEPTH)], row);
  }
}

static void add_level(Outline *self, const GPtrArray *rows, Add add) {
  for (guint i = 0; i < rows->len; i++)
    add(self, rows->pdata[i]);
}

/* Each row comes behind that in which it lies: by the number of '!' in its locator. */
static void add_all(Outline *self, const json_t *result) {
  GPtrArray *entries[MAX_DEPTH + 1], *regions[MAX_DEPTH + 1];
  for (guint i = 0; i <= MAX_DEPTH; i++) {
    entries[i] = g_ptr_array_new();
    regions[i] = g_ptr_array_new();
  }
  sort_in(entries, json_object_get(result, "files"));
  sort_in(regions, json_object_get(result, "regions"));
  for (guint i = 0; i <= MAX_DEPTH; i++) {
    add_level(self, entries[i], add_entry);
    add_level(self, regions[i], add_region);
    g_ptr_array_unref(entries[i]);
    g_ptr_array_unref(regions[i]);
  }
}

/* --- what is shown -----------------------------------------------------------------------------
 */

static void show(Outline *self, Item *below, Item *item) {
  item->is_shown = true;
  append(&below->shown, item);
  self->room -= MIN(self->room, 1);
}

/* Containers in `item`, and in these. */
static void open_containers(Outline *self, Item *item) {
  for (guint i = 0; item->inside != NULL && i < item->inside->len; i++) {
    Item *inner = item->inside->pdata[i];
    if (inner->kind != CONTAINER || inner->is_shown)
      continue;
    if (self->room == 0 && !self->is_whole) {
      item->left_out++;
      continue;
    }
    show(self, item, inner);
    open_containers(self, inner);
  }
}

static gsize count_rest(const Item *item) {
  gsize count = 0;
  for (guint i = 0; item->inside != NULL && i < item->inside->len; i++)
    count += ((Item *)item->inside->pdata[i])->kind != CONTAINER;
  return count;
}

/* What is no container, where all of it fits. */
static void open_rest(Outline *self, Item *item) {
  gsize count = count_rest(item);
  if (count == 0 || count > self->room || (item->kind == FOLDER && count > MAX_IN_FOLDER))
    return;
  for (guint i = 0; i < item->inside->len; i++) {
    Item *inner = item->inside->pdata[i];
    if (inner->kind == CONTAINER)
      continue;
    show(self, item, inner);
    open_containers(self, inner);
  }
}

/* Level by level, from what is shown below `item` on. */
static void open_below(Outline *self, Item *item) {
  g_autoptr(GPtrArray) waiting = g_ptr_array_new();
  g_ptr_array_add(waiting, item);
  for (guint i = 0; i < waiting->len; i++) {
    Item *next = waiting->pdata[i];
    open_rest(self, next);
    for (guint k = 0; next->shown != NULL && k < next->shown->len; k++)
      g_ptr_array_add(waiting, next->shown->pdata[k]);
  }
}

/* "lib/modules/x.ko.xz" of a file below a folder that is not opened. */
static char *path_below(const Item *item, const Item *below) {
  char *path = g_strdup(item->name);
  for (const Item *at = item->parent; at != below; at = at->parent) {
    char *longer = g_strconcat(at->name, "/", path, NULL);
    g_free(path);
    path = longer;
  }
  return path;
}

/* Files that hold something stand there, whatever else does. */
static void open_holding(Outline *self) {
  guint holding = 0;
  self->room = MAX(self->room, HOLDING_ROOM);
  for (guint i = 0; i < self->all->len; i++) {
    Item *item = self->all->pdata[i], *below = item->parent;
    if (item->kind != PLAIN || !item->holds || item->is_shown)
      continue;
    while (!below->is_shown && below != self->top)
      below = below->parent;
    if (below->kind == PLAIN)
      continue; /* the file that holds it is told of */
    if (holding++ >= MAX_HOLDING && !self->is_whole) {
      below->left_out++;
      continue;
    }
    char *path = path_below(item, below);
    g_free(item->name);
    item->name = path;
    show(self, below, item);
    open_containers(self, item);
    open_below(self, item);
  }
}

/* --- rows --------------------------------------------------------------------------------------
 */

/* Containers as they lie, then all else by name. */
static gint by_name(gconstpointer a, gconstpointer b) {
  const Item *left = *(Item *const *)a, *right = *(Item *const *)b;
  bool is_left = left->kind == CONTAINER, is_right = right->kind == CONTAINER;
  if (is_left || is_right)
    return is_right - is_left;
  return strcmp(left->name, right->name);
}

static json_t *row_of(const Item *item, guint depth, bool is_last) {
  json_t *row = json_pack("{s:i, s:b, s:s, s:s, s:I}", "depth", (int)depth, "last", is_last, "kind",
                          kind_names[item->kind], "name", item->name, "size", (json_int_t)item->size);
  bool is_within = item->kind == CONTAINER && strcmp(ak_json_text(item->row, "in"), ak_json_text(item->row, "node")) != 0;
  if (is_within)
    json_object_set(row, "offset", json_object_get(item->row, "offset"));
  if (item->kind == PLAIN && item->format != NULL)
    json_object_set_new(row, "format", json_string(item->format));
  for (Kind kind = FOLDER; kind < KINDS; kind++)
    if (item->counts[kind] > 0)
      json_object_set_new(row, kind_names[kind], json_integer((json_int_t)item->counts[kind]));
  for (gsize i = 0; item->row != NULL && i < 3; i++) {
    static const char *const members[] = {"modules", "target", "cut"};
    json_t *member = json_object_get(item->row, members[i]);
    if (member != NULL)
      json_object_set(row, members[i], member);
  }
  return row;
}

static void add_outline(json_t *rows, const Item *item, guint depth) {
  guint length = item->shown != NULL ? item->shown->len : 0;
  if (length > 0)
    g_ptr_array_sort(item->shown, by_name);
  for (guint i = 0; i < length; i++) {
    const Item *inner = item->shown->pdata[i];
    json_array_append_new(rows, row_of(inner, depth, i + 1 == length && item->left_out == 0));
    add_outline(rows, inner, depth + 1);
  }
  if (item->left_out > 0)
    json_array_append_new(rows, json_pack("{s:i, s:b, s:s, s:I}", "depth", (int)depth, "last", true, "kind",
                                          "more", "count", (json_int_t)item->left_out));
}

json_t *ak_firmware_outline(const json_t *result, guint rows, bool all) {
  Outline self = {.is_whole = all,
                  .room = rows,
                  .all = g_ptr_array_new_with_free_func(item_free),
                  .items = g_hash_table_new_full(ak_hash_text, g_str_equal, g_free, NULL)};
  json_t *outline = json_array();
  self.top = add_item(&self, NULL, CONTAINER, g_strdup(""), g_strdup(""));
  add_all(&self, result);
  open_containers(&self, self.top);
  open_below(&self, self.top);
  open_holding(&self);
  add_outline(outline, self.top, 0);
  g_hash_table_unref(self.items);
  g_ptr_array_unref(self.all);
  return outline;
}
