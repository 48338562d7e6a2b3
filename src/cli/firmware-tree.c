/* The tree and the map of one image. */
#include <stdio.h>
#include <string.h>

#include "app/firmware-outline.h"
#include "cli/firmware-parts.h"

#define MAX_PARTS 8    /* of one unknown region, where not all are asked for */
#define MAX_NAMES 44   /* columns of names in the tree; a longer one only pushes its own row */
#define MAX_INDENTS 20 /* containers in containers in the map */

static bool is_kind(const json_t *row, const char *kind) {
  return strcmp(ak_json_text(row, "kind"), kind) == 0;
}

/* --- tree --------------------------------------------------------------------------------------
 */

/* "15.8 MiB" */
static char *size_text(gint64 bytes) {
  static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  double size = (double)bytes;
  gsize unit = 0;
  for (; size >= 1024 && unit + 1 < G_N_ELEMENTS(units); unit++)
    size /= 1024;
  return g_strdup_printf(unit == 0 ? "%.0f %s" : "%.1f %s", size, units[unit]);
}

static void add_detail(const AkCli *cli, GString *details, char *text) {
  const char *comma = ak_text(cli->lang, "cli.firmware.tree.comma");
  g_string_append_printf(details, "%s%s", details->len > 0 ? comma : "", text);
  g_free(text);
}

static void add_count(const AkCli *cli, GString *details, const json_t *row, const char *member) {
  gint64 count = ak_json_number(row, member);
  g_autofree char *id = g_strdup_printf("cli.firmware.tree.%s%s", member, count == 1 ? ".one" : "");
  g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, count);
  if (count == 1)
    add_detail(cli, details, g_strdup(ak_text(cli->lang, id)));
  else if (count > 0)
    add_detail(cli, details, ak_text_format(cli->lang, id, number));
}

/* "gzip, at 0x5c, 702 files, 15 folders" */
static GString *details_of(const AkCli *cli, const json_t *row) {
  static const char *const members[] = {"modules", "file", "folder", "link", "device"};
  GString *details = g_string_new(ak_json_text(row, "format"));
  const json_t *offset = json_object_get(row, "offset");
  g_autofree char *at = g_strdup_printf("0x%" G_GINT64_MODIFIER "x", (guint64)json_integer_value(offset));
  if (offset != NULL)
    add_detail(cli, details, ak_text_format(cli->lang, "cli.firmware.tree.at", at));
  for (gsize i = 0; i < G_N_ELEMENTS(members); i++)
    add_count(cli, details, row, members[i]);
  if (is_kind(row, "device"))
    add_detail(cli, details, g_strdup(ak_json_text(row, "target")));
  if (*ak_json_text(row, "cut") != '\0')
    add_detail(cli, details, g_strdup(ak_text(cli->lang, "cli.firmware.cut")));
  return details;
}

/* Where a row stands: "│  └─ ", by whether rows of the levels above it go on. */
static char *branch_of(const json_t *row, GArray *goes_on) {
  guint depth = (guint)ak_json_number(row, "depth");
  bool more = !json_is_true(json_object_get(row, "last"));
  GString *branch = g_string_new(NULL);
  g_array_set_size(goes_on, depth);
  for (guint i = 0; i < depth; i++)
    g_string_append(branch, g_array_index(goes_on, bool, i) ? "│  " : "   ");
  g_string_append(branch, more ? "├─ " : "└─ ");
  g_array_append_val(goes_on, more);
  return g_string_free(branch, FALSE);
}

static char *name_of(const AkCli *cli, const json_t *row) {
  if (is_kind(row, "more")) {
    g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, ak_json_number(row, "count"));
    return ak_text_format(cli->lang, "cli.firmware.more", number);
  }
  if (is_kind(row, "link"))
    return g_strdup_printf("%s -> %s", ak_json_text(row, "name"), ak_json_text(row, "target"));
  return g_strconcat(ak_json_text(row, "name"), is_kind(row, "folder") ? "/" : "", NULL);
}

/* Of each row what stands before its size; caller frees. */
static GPtrArray *heads_of(const AkCli *cli, const json_t *rows, guint *width) {
  GPtrArray *heads = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GArray) goes_on = g_array_new(FALSE, TRUE, sizeof(bool));
  *width = 0;
  for (gsize i = 0; i < json_array_size(rows); i++) {
    const json_t *row = json_array_get(rows, i);
    g_autofree char *branch = branch_of(row, goes_on), *name = name_of(cli, row);
    char *head = g_strconcat(branch, name, NULL);
    if (!is_kind(row, "more"))
      *width = MAX(*width, MIN(ak_text_width(head), MAX_NAMES));
    g_ptr_array_add(heads, head);
  }
  return heads;
}

void ak_firmware_text_tree(const AkFirmwareText *self) {
  const AkCli *cli = self->cli;
  g_autoptr(json_t) rows = ak_firmware_outline(self->result, AK_FIRMWARE_TEXT_ROWS, self->list);
  guint width = 0;
  g_autoptr(GPtrArray) heads = heads_of(cli, rows, &width);
  printf("%s\n", ak_text(cli->lang, "cli.firmware.tree"));
  if (heads->len == 0)
    printf("  %s\n", ak_text(cli->lang, "cli.firmware.tree.nothing"));
  for (guint i = 0; i < heads->len; i++) {
    const json_t *row = json_array_get(rows, i);
    g_autofree char *size = size_text(ak_json_number(row, "size"));
    GString *details = details_of(cli, row);
    bool has_size = is_kind(row, "container") || is_kind(row, "folder") || is_kind(row, "file");
    printf("  ");
    ak_firmware_text_cell(heads->pdata[i], has_size || details->len > 0 ? width : 0);
    if (has_size || details->len > 0)
      printf("  %10s", has_size ? size : "");
    printf("%s%s\n", details->len > 0 ? "  " : "", details->str);
    g_string_free(details, TRUE);
  }
}

/* --- map ---------------------------------------------------------------------------------------
 */

/* "padding" in words; a format by its name. "uefi-volume: 108 modules" */
static char *region_text(const AkCli *cli, const json_t *row) {
  const char *kind = ak_json_text(row, "kind");
  if (is_kind(row, "padding"))
    kind = ak_text(cli->lang, "cli.firmware.padding");
  if (is_kind(row, "content"))
    kind = ak_text(cli->lang, "cli.firmware.content");
  g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, ak_json_number(row, "modules"));
  return ak_json_number(row, "modules") > 0 ? ak_text_format(cli->lang, "cli.firmware.volume", kind, number)
                                       : g_strdup(kind);
}

/* "unknown: code (arm), high" */
static char *content_text(const AkCli *cli, const json_t *part) {
  g_autofree char *kind = g_strconcat("cli.firmware.content.", ak_json_text(part, "kind"), NULL);
  const char *architecture = ak_json_text(part, "architecture");
  g_autofree char *confidence = g_strconcat("cli.firmware.confidence.", ak_json_text(part, "confidence"), NULL);
  bool is_guess = *ak_json_text(part, "confidence") != '\0';
  return g_strdup_printf("%s%s%s%s%s%s", ak_text(cli->lang, kind), *architecture != '\0' ? " (" : "", architecture,
                         *architecture != '\0' ? ")" : "", is_guess ? ", " : "",
                         is_guess ? ak_text(cli->lang, confidence) : "");
}

/* Eight cells are eight bits a byte. */
static void print_row(gint64 offset, gint64 size, const json_t *row, guint indent, const char *text) {
  GString *bar = g_string_new(NULL);
  gint64 entropy = ak_json_number(row, "entropy");
  for (gint64 cell = 0; cell < 8; cell++)
    g_string_append(bar, entropy >= cell * 100 + 50 ? "█" : "░");
  printf("  0x%08" G_GINT64_MODIFIER "x %12" G_GINT64_FORMAT "  %s %" G_GINT64_FORMAT ".%02" G_GINT64_FORMAT
         "  %*s%s\n",
         (guint64)offset, size, bar->str, entropy / 100, entropy % 100, (int)indent * 2, "", text);
  g_string_free(bar, TRUE);
}

/* A region that nothing explains: one row where it is of one kind, else a row a part. */
static void print_unknown(const AkFirmwareText *self, const json_t *row, guint indent) {
  const json_t *parts = json_object_get(row, "content");
  const char *unknown = ak_text(self->cli->lang, "cli.firmware.unknown");
  gint64 offset = ak_json_number(row, "offset");
  gsize count = json_array_size(parts);
  if (count != 1)
    print_row(offset, ak_json_number(row, "size"), row, indent, unknown);
  for (gsize i = 0; i < count; i++) {
    const json_t *part = json_array_get(parts, i);
    g_autofree char *content = content_text(self->cli, part);
    g_autofree char *line = g_strdup_printf("%s: %s", unknown, content);
    if (!self->list && i == MAX_PARTS) {
      ak_firmware_text_more(self->cli, count - i);
      return;
    }
    print_row(offset + ak_json_number(part, "offset"), ak_json_number(part, "size"), part, indent + (count != 1),
              count == 1 ? line : content);
  }
}

static void print_region(const AkFirmwareText *self, const json_t *row) {
  const char *cut = ak_json_text(row, "cut");
  guint indent = (guint)MIN(ak_json_number(row, "depth"), MAX_INDENTS);
  g_autofree char *text = region_text(self->cli, row);
  if (is_kind(row, "unknown"))
    print_unknown(self, row, indent);
  else
    print_row(ak_json_number(row, "offset"), ak_json_number(row, "size"), row, indent, text);
  ak_firmware_text_cut(self->cli, cut);
}

/* What lies within a file is read at once only where it is not understood: the tree tells of the rest. */
static bool is_for_all(const json_t *row) {
  return strstr(ak_json_text(row, "node"), "!/") == NULL || is_kind(row, "unknown") || *ak_json_text(row, "cut") != '\0';
}

static char *sum_text(const json_t *regions, const char *member) {
  gint64 sum = 0;
  for (gsize i = 0; i < json_array_size(regions); i++)
    sum += ak_json_number(json_array_get(regions, i), member);
  return g_strdup_printf("%" G_GINT64_FORMAT, sum);
}

/* Of all volumes together. */
static void print_modules(const AkCli *cli, const json_t *regions) {
  g_autofree char *modules = sum_text(regions, "modules"), *programs = sum_text(regions, "programs"),
                  *raw = sum_text(regions, "raw");
  g_autofree char *line = ak_text_format(cli->lang, "cli.firmware.modules", modules, programs, raw);
  if (strcmp(modules, "0") != 0)
    printf("%s\n", line);
}

/* Over the columns of print_row: numbers end there, words begin. */
static void print_map_head(const AkCli *cli) {
  static const struct {
    const char *id;
    guint width;
  } numbers[] = {{"cli.firmware.offset", 10}, {"cli.firmware.size", 12}};
  printf("%s\n ", ak_text(cli->lang, "cli.firmware.regions"));
  for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++) {
    const char *text = ak_text(cli->lang, numbers[i].id);
    printf(" %*s%s", (int)(numbers[i].width - MIN(ak_text_width(text), numbers[i].width)), "", text);
  }
  printf("  ");
  ak_firmware_text_cell(ak_text(cli->lang, "cli.firmware.entropy"), 13);
  printf("  %s\n", ak_text(cli->lang, "cli.firmware.format"));
}

void ak_firmware_text_map(const AkFirmwareText *self) {
  const AkCli *cli = self->cli;
  const json_t *regions = json_object_get(self->result, "regions");
  const char *in = ak_json_text(json_array_get(regions, 0), "in");
  gsize shown = 0, left = 0;
  print_map_head(cli);
  for (gsize i = 0; i < json_array_size(regions); i++) {
    const json_t *row = json_array_get(regions, i);
    if (!self->list && (shown == AK_FIRMWARE_TEXT_ROWS || !is_for_all(row))) {
      left++;
      continue;
    }
    if (strcmp(in, ak_json_text(row, "in")) != 0)
      printf("  %s\n", ak_firmware_text_place(ak_json_text(row, "in")));
    in = ak_json_text(row, "in");
    print_region(self, row);
    shown++;
  }
  ak_firmware_text_more(cli, left);
  print_modules(cli, regions);
}
