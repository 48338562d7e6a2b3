/* One image as text: tree, map, findings, components, and how much of it was understood. */
#include <stdio.h>
#include <string.h>

#include "app/firmware-export.h"
#include "cli/firmware-parts.h"
#include "core/reason.h"

#define MAX_NAMES 40 /* columns of components' names; a longer one only pushes its own row */
#define LEVEL_WIDTH 9
#define PROPERTY_WIDTH 24
#define TOLD_WIDTH 12 /* columns of numbers, at the right */

void ak_firmware_text_cut(const AkCli *cli, const char *cut) {
  g_autofree char *told = ak_reason_text(cli->lang, cut);
  if (*cut != '\0')
    printf("      %s: %s\n", ak_text(cli->lang, "cli.firmware.cut"), told);
}

void ak_firmware_text_more(const AkCli *cli, gsize count) {
  if (count == 0)
    return;
  g_autofree char *number = g_strdup_printf("%" G_GSIZE_FORMAT, count);
  g_autofree char *line = ak_text_format(cli->lang, "cli.firmware.more", number);
  printf("  %s\n", line);
}

const char *ak_firmware_text_place(const char *locator) {
  const char *mark = strchr(locator, '!');
  return mark != NULL ? mark + 1 : locator;
}

void ak_firmware_text_cell(const char *text, guint width) {
  guint used = ak_text_width(text);
  printf("%s%*s", text, used < width ? (int)(width - used) : 0, "");
}

/* A heading with how many rows there are. */
static void print_heading(const AkCli *cli, const char *id, gsize count) {
  g_autofree char *number = g_strdup_printf("%" G_GSIZE_FORMAT, count);
  g_autofree char *line = ak_text_format(cli->lang, id, number);
  printf("\n%s\n", line);
}

/* A finding, which has no outcome, was seen. */
static char *item_text(const AkCli *cli, const json_t *row, const char *item) {
  const char *outcome = ak_json_text(row, "outcome");
  bool is_seen = *outcome == '\0' || strcmp(outcome, "seen") == 0;
  return ak_reason_value_text(cli->lang, ak_json_text(row, "property"), is_seen, item);
}

/* The value of a finding or an observation as a person reads it. */
static char *value_text(const AkCli *cli, const json_t *row) {
  const json_t *value = json_object_get(row, "value");
  if (json_is_string(value))
    return item_text(cli, row, json_string_value(value));
  if (json_is_object(value))
    return g_strchomp(g_strdup_printf("%" G_GINT64_FORMAT " %s", ak_json_number(value, "int"), ak_json_text(value, "unit")));
  if (json_is_boolean(value))
    return g_strdup(ak_text(cli->lang, json_is_true(value) ? "report.yes" : "report.no"));
  GString *text = g_string_new(NULL);
  for (gsize i = 0; i < json_array_size(value); i++) {
    g_autofree char *item = item_text(cli, row, json_string_value(json_array_get(value, i)));
    g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", item);
  }
  return g_string_free(text, FALSE);
}

/* Rows that are printed of so many. */
static gsize rows_shown(const AkFirmwareText *self, gsize length) {
  return self->list ? length : MIN(length, AK_FIRMWARE_TEXT_ROWS);
}

/* --- findings ----------------------------------------------------------------------------------
 */

static void print_finding(const AkCli *cli, const json_t *row, const char *what, const char *where) {
  g_autofree char *id = g_strconcat("cli.firmware.level.", ak_json_text(row, "level"), NULL);
  printf("  ");
  ak_firmware_text_cell(ak_text(cli->lang, id), LEVEL_WIDTH);
  printf("%s: %s\n", ak_json_text(row, "title"), what);
  if (where != NULL)
    printf("  %*s%s\n", LEVEL_WIDTH, "", where);
}

static bool is_note(const json_t *row) {
  return strcmp(ak_json_text(row, "level"), "note") == 0;
}

/* How many notes of each property there are: property (borrowed) to number. Counted in one pass: an image may have as many
 * notes as it has files. */
static GHashTable *count_notes(const json_t *rows) {
  GHashTable *counts = g_hash_table_new(g_str_hash, g_str_equal); /* of properties, which are akashi's own */
  for (gsize i = 0; i < json_array_size(rows); i++) {
    const json_t *row = json_array_get(rows, i);
    const char *property = ak_json_text(row, "property");
    gsize count = GPOINTER_TO_SIZE(g_hash_table_lookup(counts, property));
    if (is_note(row))
      g_hash_table_insert(counts, (gpointer)property, GSIZE_TO_POINTER(count + 1));
  }
  return counts;
}

/* Notes of one kind are one row, at its first; they are taken out of `counts`. */
static void print_notes(const AkFirmwareText *self, const json_t *row, GHashTable *counts) {
  const char *property = ak_json_text(row, "property");
  gsize count = GPOINTER_TO_SIZE(g_hash_table_lookup(counts, property));
  if (count == 0)
    return;
  g_hash_table_remove(counts, property);
  g_autofree char *number = g_strdup_printf("%" G_GSIZE_FORMAT, count);
  g_autofree char *what = ak_text_format(self->cli->lang, "cli.firmware.notes", number);
  print_finding(self->cli, row, what, NULL);
}

/* What is wrong, the worst first: two lines each. */
static void print_findings(const AkFirmwareText *self, const json_t *rows) {
  gsize length = json_array_size(rows), shown = 0, left = 0;
  g_autoptr(GHashTable) notes = count_notes(rows);
  print_heading(self->cli, "cli.firmware.findings", length);
  for (gsize i = 0; i < length; i++) {
    const json_t *row = json_array_get(rows, i);
    g_autofree char *value = value_text(self->cli, row);
    if (!self->list && is_note(row))
      print_notes(self, row, notes);
    else if (self->list || shown++ < AK_FIRMWARE_TEXT_ROWS)
      print_finding(self->cli, row, value, ak_firmware_text_place(ak_json_text(row, "locator")));
    else
      left++;
  }
  ak_firmware_text_more(self->cli, left);
}

/* --- components --------------------------------------------------------------------------------
 */

/* "curl 7.88.1" */
static char *name_of(const json_t *row) {
  const char *version = ak_json_text(row, "version");
  return g_strconcat(ak_json_text(row, "name"), *version != '\0' ? " " : "", version, NULL);
}

/* "/bin/curl (+2)" */
static char *files_of(const json_t *row) {
  const json_t *files = json_object_get(row, "files");
  const char *first = json_string_value(json_array_get(files, 0));
  gsize more = json_array_size(files);
  return more > 1 ? g_strdup_printf("%s (+%" G_GSIZE_FORMAT ")", first, more - 1) : g_strdup(first != NULL ? first : "");
}

static void print_components(const AkFirmwareText *self) {
  const AkCli *cli = self->cli;
  g_autoptr(json_t) rows = ak_app_firmware_components(self->result);
  gsize length = json_array_size(rows), shown = rows_shown(self, length);
  guint width = 0;
  print_heading(cli, "cli.firmware.components", length);
  for (gsize i = 0; i < shown; i++) {
    g_autofree char *name = name_of(json_array_get(rows, i));
    width = MAX(width, MIN(ak_text_width(name), MAX_NAMES));
  }
  for (gsize i = 0; i < shown; i++) {
    const json_t *row = json_array_get(rows, i);
    g_autofree char *name = name_of(row), *files = files_of(row);
    g_autofree char *id = g_strconcat("cli.firmware.origin.", ak_json_text(row, "origin"), NULL);
    printf("  ");
    ak_firmware_text_cell(name, width);
    printf("  %s  %s\n", ak_text(cli->lang, id), files);
  }
  ak_firmware_text_more(cli, length - shown);
}

/* --- what else was seen ------------------------------------------------------------------------
 */

/* What a reader wants to know that is no finding by itself. */
static const char *const facts[] = {"kernel.version",        "kernel.config",    "account.login",
                                    "service-at-boot.start", "schedule.job",     "update.mechanism",
                                    "update.signature",      "firewall.policy",  "web.root",
                                    NULL};

static void print_facts(const AkFirmwareText *self) {
  const json_t *rows = json_object_get(self->result, "observations");
  gsize shown = 0, left = 0;
  for (gsize i = 0; i < json_array_size(rows); i++) {
    const json_t *row = json_array_get(rows, i);
    if (strcmp(ak_json_text(row, "outcome"), "seen") != 0 || !g_strv_contains(facts, ak_json_text(row, "property")))
      continue;
    if (shown++ == 0)
      printf("\n%s\n", ak_text(self->cli->lang, "cli.firmware.facts"));
    if (shown > AK_FIRMWARE_TEXT_ROWS) {
      left++;
      continue;
    }
    g_autofree char *value = value_text(self->cli, row);
    printf("  ");
    ak_firmware_text_cell(ak_json_text(row, "property"), PROPERTY_WIDTH);
    printf("%s\n  %*s%s\n", value, PROPERTY_WIDTH, "",
           ak_firmware_text_place(ak_json_text(json_object_get(row, "subject"), "locator")));
  }
  ak_firmware_text_more(self->cli, left);
}

/* --- all of it ---------------------------------------------------------------------------------
 */

static void print_file(const AkCli *cli, const json_t *row) {
  const char *target = ak_json_text(row, "target"), *cut = ak_json_text(row, "cut");
  printf("  %04o %5" G_GINT64_FORMAT " %5" G_GINT64_FORMAT " %10" G_GINT64_FORMAT "  %s%s%s\n",
         (guint)ak_json_number(row, "mode"), ak_json_number(row, "uid"), ak_json_number(row, "gid"), ak_json_number(row, "size"),
         ak_firmware_text_place(ak_json_text(row, "node")), *target != '\0' ? " -> " : "", target);
  ak_firmware_text_cut(cli, cut);
}

/* Those that are not whole always. */
static void print_files(const AkFirmwareText *self) {
  const json_t *files = json_object_get(self->result, "files");
  gsize shown = 0, left = 0;
  for (gsize i = 0; i < json_array_size(files); i++) {
    const json_t *row = json_array_get(files, i);
    bool is_cut = json_object_get(row, "cut") != NULL;
    if (!self->list && !is_cut)
      continue;
    if (!self->list && shown == AK_FIRMWARE_TEXT_ROWS) {
      left++;
      continue;
    }
    if (shown++ == 0)
      printf("\n%s\n", ak_text(self->cli->lang, self->list ? "cli.firmware.files" : "cli.firmware.files.cut"));
    print_file(self->cli, row);
  }
  ak_firmware_text_more(self->cli, left);
}

static void print_observations(const AkFirmwareText *self) {
  const AkCli *cli = self->cli;
  const json_t *rows = json_object_get(self->result, "observations");
  printf("\n%s\n", ak_text(cli->lang, "cli.firmware.observations"));
  for (gsize i = 0; i < json_array_size(rows); i++) {
    const json_t *row = json_array_get(rows, i);
    g_autofree char *value = value_text(cli, row);
    g_autofree char *id = g_strconcat("outcome.", ak_json_text(row, "outcome"), NULL);
    printf("  %-26s %-10s %s  %s\n", ak_json_text(row, "property"), ak_text(cli->lang, id),
           ak_firmware_text_place(ak_json_text(json_object_get(row, "subject"), "locator")), value);
  }
}

static void print_extracted(const AkFirmwareText *self) {
  const AkCli *cli = self->cli;
  const json_t *extracted = json_object_get(self->result, "extracted");
  if (extracted == NULL)
    return;
  g_autofree char *files = g_strdup_printf("%" G_GINT64_FORMAT, ak_json_number(extracted, "files"));
  g_autofree char *line = ak_text_format(cli->lang, "cli.firmware.extracted", files, self->extract);
  printf("\n%s\n", line);
  g_autofree char *rest = g_strdup_printf("%" G_GINT64_FORMAT, ak_json_number(extracted, "not_written"));
  g_autofree char *more = ak_text_format(cli->lang, "cli.firmware.not-written", rest);
  if (ak_json_number(extracted, "not_written") > 0)
    printf("%s\n", more);
}

/* --- coverage ----------------------------------------------------------------------------------
 */

void ak_firmware_text_coverage(const AkCli *cli, const json_t *coverage) {
  static const char *const members[] = {"bytes",          "explained", "unknown",
                                        "unknown_within", "compressed_or_encrypted", "cut"};
  for (gsize i = 0; i < G_N_ELEMENTS(members); i++) {
    g_autofree char *id = g_strconcat("cli.firmware.coverage.", members[i], NULL);
    printf("  %12" G_GINT64_FORMAT "  %s\n", ak_json_number(coverage, members[i]), ak_text(cli->lang, id));
  }
}

/* What an analysis says of its own: "12/40" programs that belong to a component. */
static void print_told(const AkFirmwareText *self, const char *property) {
  const json_t *rows = json_object_get(self->result, "observations");
  for (gsize i = 0; i < json_array_size(rows); i++) {
    const json_t *row = json_array_get(rows, i);
    if (strcmp(ak_json_text(row, "property"), property) != 0 || strcmp(ak_json_text(row, "outcome"), "seen") != 0)
      continue;
    g_autofree char *id = g_strconcat("cli.firmware.coverage.", property, NULL);
    g_autofree char *value = value_text(self->cli, row);
    guint width = ak_text_width(value);
    printf("  %*s%s  %s\n", width < TOLD_WIDTH ? (int)(TOLD_WIDTH - width) : 0, "", value, ak_text(self->cli->lang, id));
  }
}

static void print_coverage(const AkFirmwareText *self) {
  const AkCli *cli = self->cli;
  bool is_complete = json_is_true(json_object_get(self->result, "complete")),
       is_done = strcmp(ak_json_text(self->result, "end"), "done") == 0;
  printf("\n%s\n", ak_text(cli->lang, "cli.firmware.coverage"));
  ak_firmware_text_coverage(cli, json_object_get(self->result, "coverage"));
  print_told(self, "component.attributed");
  print_told(self, "service-at-boot.configurations");
  printf("%s\n", ak_text(cli->lang, is_complete ? "cli.firmware.complete" : "cli.firmware.incomplete"));
  if (!is_done)
    printf("%s\n", ak_text(cli->lang, "cli.firmware.not-searched"));
  ak_firmware_text_searches(self);
}

bool ak_firmware_text_print(const AkFirmwareText *self, GError **error) {
  g_autoptr(json_t) findings = ak_app_firmware_findings(self->result, self->cli->lang, error);
  if (findings == NULL)
    return false;
  printf("%s\nSHA-256 %s\n\n", ak_json_text(self->result, "image"), ak_json_text(self->result, "sha256"));
  ak_firmware_text_tree(self);
  printf("\n");
  ak_firmware_text_map(self);
  print_findings(self, findings);
  print_components(self);
  print_facts(self);
  print_files(self);
  if (self->list)
    print_observations(self);
  print_extracted(self);
  print_coverage(self);
  return true;
}
