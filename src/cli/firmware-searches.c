/* Searches in one image that say of themselves that they did not see everything: nothing follows from what they did not
 * find. */
#include <stdio.h>
#include <string.h>

#include "app/firmware-searches.h"
#include "cli/firmware-parts.h"
#include "core/reason.h"
#include "core/test.h"
#include "core/value.h"

#define COLUMNS 78
#define INDENT 6

static bool was_seen(const json_t *row) {
  return strcmp(ak_json_text(row, "outcome"), "seen") == 0;
}

static const char *reason_of(const json_t *row) {
  const json_t *items = json_object_get(row, "value");
  for (gsize i = 0; i < json_array_size(items); i++) {
    const char *item = json_string_value(json_array_get(items, i));
    const char *reason = item != NULL ? ak_value_lacks_item(item) : NULL;
    if (reason != NULL)
      return reason;
  }
  return "";
}

static const char *title_of(const AkCli *cli, const json_t *row) {
  const AkTest *test = ak_test_find(ak_json_text(row, "test"));
  return test == NULL              ? ak_json_text(row, "property")
         : cli->lang == AK_LANG_JA ? test->title_ja
                                   : test->title_en;
}

/* Words as many as a line holds; a longer one pushes its own line only. */
static void print_words(const char *text) {
  g_auto(GStrv) words = g_strsplit(text, " ", -1);
  guint used = 0;
  for (gsize i = 0; words[i] != NULL; i++) {
    guint width = ak_text_width(words[i]);
    bool is_first = used == 0 || used + 1 + width > COLUMNS;
    if (is_first)
      printf("%s%*s%s", used > 0 ? "\n" : "", INDENT, "", words[i]);
    else
      printf(" %s", words[i]);
    used = is_first ? INDENT + width : used + 1 + width;
  }
  printf("\n");
}

/* Of the same reason as `rows[first]`, those from there on. */
static guint count_same(const GPtrArray *rows, guint first) {
  guint count = 0;
  for (guint i = first; i < rows->len; i++)
    count += strcmp(reason_of(rows->pdata[i]), reason_of(rows->pdata[first])) == 0;
  return count;
}

static bool was_told(const GPtrArray *rows, guint index) {
  for (guint i = 0; i < index; i++)
    if (strcmp(reason_of(rows->pdata[i]), reason_of(rows->pdata[index])) == 0)
      return true;
  return false;
}

/* Those that did not see everything; `all` (may be NULL) gets how many searches there were. */
static GPtrArray *cut_searches(const json_t *result, guint *all) {
  const json_t *rows = json_object_get(result, "observations");
  GPtrArray *cut = g_ptr_array_new();
  guint count = 0;
  for (gsize i = 0; i < json_array_size(rows); i++) {
    json_t *row = json_array_get(rows, i);
    count += ak_firmware_is_coverage(row);
    if (ak_firmware_is_coverage(row) && !was_seen(row))
      g_ptr_array_add(cut, row);
  }
  if (all != NULL)
    *all = count;
  return cut;
}

void ak_firmware_text_searches(const AkFirmwareText *self) {
  guint all = 0;
  g_autoptr(GPtrArray) cut = cut_searches(self->result, &all);
  if (cut->len > 0)
    printf("\n%s\n", ak_text(self->cli->lang, "cli.firmware.cut-searches"));
  for (guint i = 0; i < cut->len; i++) {
    if (was_told(cut, i))
      continue;
    bool is_all = count_same(cut, i) == all;
    if (is_all)
      printf("  %s\n", ak_text(self->cli->lang, "cli.firmware.cut-searches.all"));
    for (guint k = i; !is_all && k < cut->len; k++)
      if (strcmp(reason_of(cut->pdata[k]), reason_of(cut->pdata[i])) == 0)
        printf("  %s\n", title_of(self->cli, cut->pdata[k]));
    g_autofree char *reason = ak_reason_text(self->cli->lang, reason_of(cut->pdata[i]));
    print_words(reason);
  }
}
