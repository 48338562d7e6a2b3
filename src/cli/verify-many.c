/* Many products side by side on the command line: how far they are, and one table at the end. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/verdict-table.h"
#include "cli/verify-parts.h"

#define REDRAW_US 200000
#define BAR 24

/* What is kept of each until the end: a row of the table. */
typedef struct {
  AkFleetEnd end;
  AkExit exit;
  char *run_id;  /* or NULL */
  char *failure; /* or NULL */
  int counts[4]; /* pass, fail, inconclusive, not applicable */
  gint64 took_us;
} Row;

typedef struct {
  const AkCli *cli;
  const AkWorkspace *workspace;
  const GPtrArray *items;
  bool quiet, terminal;
  Row *rows;
  guint ended, printed; /* printed: of the JSON array */
  int width;            /* of the column of names */
  GMutex lock;          /* of the display */
  gint64 drawn_us;
  guint tests;          /* that ended, in all runs */
} Many;

static const char *name_of(const AkFleetItem *item) {
  return item->path != NULL ? item->path : item->run_id;
}

/* --- how far they are ------------------------------------------------------------------------- */

/* Locked. */
static void draw(Many *self) {
  gint64 now_us = g_get_monotonic_time();
  if (self->quiet || !self->terminal || now_us - self->drawn_us < REDRAW_US)
    return;
  self->drawn_us = now_us;
  int full = (int)((guint64)self->ended * BAR / self->items->len);
  g_autofree char *text = ak_text_format(self->cli->lang, "cli.verify.many.working",
                                         (int)self->ended, (int)self->items->len,
                                         (int)self->tests);
  fprintf(stderr, "\r\033[K  [%.*s%.*s] %s", full, "########################", BAR - full,
          "........................", text);
  fflush(stderr);
}

static void show_progress(gpointer data, const char *key, const AkRunExecution *ended, guint64 done,
                          guint64 total) {
  Many *self = data;
  g_mutex_lock(&self->lock);
  if (ended != NULL && !g_str_has_prefix(ended->test_id, "run."))
    self->tests++;
  draw(self);
  g_mutex_unlock(&self->lock);
}

/* --- a row ------------------------------------------------------------------------------------- */

static const struct {
  AkExit exit;
  const char *text_id, *color; /* ANSI SGR */
} outcomes[] = {
    {AK_EXIT_PASS, "verdict.pass", "32"},
    {AK_EXIT_FAIL, "verdict.fail", "31;1"},
    {AK_EXIT_INCONCLUSIVE, "verdict.inconclusive", "33"},
};

/* What became of it, in a word. */
static const char *word_of(const Row *row, const char **color) {
  static const char *const others[] = {[AK_FLEET_STOPPED] = "cli.verify.many.stopped",
                                       [AK_FLEET_NOT_STARTED] = "cli.verify.many.not-started",
                                       [AK_FLEET_FAILED] = "cli.verify.many.failed"};
  *color = "35";
  if (row->end != AK_FLEET_JUDGED)
    return others[row->end];
  for (gsize i = 0; i < G_N_ELEMENTS(outcomes); i++)
    if (outcomes[i].exit == row->exit) {
      *color = outcomes[i].color;
      return outcomes[i].text_id;
    }
  return "verdict.not-run";
}

static void print_row(const Many *self, guint index, bool color, FILE *stream) {
  const Row *row = &self->rows[index];
  const char *sgr = NULL, *name = name_of(self->items->pdata[index]);
  const char *word = ak_text(self->cli->lang, word_of(row, &sgr));
  int pad = self->width - (int)g_utf8_strlen(name, -1);
  fprintf(stream, "  %s%*s  %-24s ", name, MAX(pad, 0), "", row->run_id ? row->run_id : "-");
  if (row->end == AK_FLEET_JUDGED)
    fprintf(stream, "%5d %5d %5d %5d %8.1f s", row->counts[0], row->counts[1], row->counts[2],
            row->counts[3], (double)row->took_us / 1e6);
  else
    fprintf(stream, "%5s %5s %5s %5s %8.1f s", "-", "-", "-", "-", (double)row->took_us / 1e6);
  if (color)
    fprintf(stream, "  \033[%sm%s\033[0m\n", sgr, word);
  else
    fprintf(stream, "  %s\n", word);
}

static void take_counts(Row *row, const json_t *verdicts) {
  static const char *const keys[] = {"pass", "fail", "inconclusive", "not_applicable"};
  const json_t *summary = json_object_get(verdicts, "summary");
  for (gsize i = 0; i < G_N_ELEMENTS(keys); i++)
    row->counts[i] = (int)json_integer_value(json_object_get(summary, keys[i]));
}

/* --- as JSON: an array, a line each, as they end ------------------------------------------------ */

static json_t *json_of(const AkFleetMember *member) {
  const char *run_id = member->result->run_id;
  bool judged = member->end == AK_FLEET_JUDGED;
  json_t *json = judged ? ak_cli_verify_json(member->result) : json_object();
  if (member->item->path != NULL)
    json_object_set_new(json, "file", json_string(member->item->path));
  json_object_set_new(json, "finished", json_boolean(judged));
  if (!judged)
    json_object_set_new(json, "run", run_id != NULL ? json_string(run_id) : json_null());
  if (member->failure != NULL)
    json_object_set_new(json, "error", json_string(member->failure->message));
  return json;
}

static void print_json(Many *self, const AkFleetMember *member) {
  g_autoptr(json_t) json = json_of(member);
  fputs(self->printed++ == 0 ? "[\n" : ",\n", stdout);
  json_dumpf(json, stdout, JSON_COMPACT | JSON_SORT_KEYS);
  fflush(stdout);
}

/* --- one of them ended --------------------------------------------------------------------------- */

static void note(gpointer data, const AkFleetMember *member) {
  Many *self = data;
  Row *row = &self->rows[member->index];
  bool judged = member->end == AK_FLEET_JUDGED;
  *row = (Row){.end = member->end,
               .exit = judged ? ak_cli_verify_exit(member->result) : AK_EXIT_NOT_FINISHED,
               .run_id = g_strdup(member->result->run_id),
               .failure = member->failure != NULL ? g_strdup(member->failure->message) : NULL,
               .took_us = member->took_us};
  if (judged)
    take_counts(row, member->result->verdict.verdicts);
  if (self->cli->format == AK_FORMAT_JSON)
    print_json(self, member);
  g_mutex_lock(&self->lock);
  self->ended++;
  if (!self->quiet) {
    fputs(self->terminal ? "\r\033[K" : "", stderr);
    print_row(self, member->index, self->terminal && self->cli->color, stderr);
    self->drawn_us = 0;
    draw(self);
  }
  g_mutex_unlock(&self->lock);
}

/* --- all of them ----------------------------------------------------------------------------------- */

/* The worst: not finished, then fail, then inconclusive, then pass. */
static AkExit worst_of(const Many *self) {
  static const AkExit order[] = {AK_EXIT_NOT_FINISHED, AK_EXIT_FAIL, AK_EXIT_INCONCLUSIVE};
  for (gsize o = 0; o < G_N_ELEMENTS(order); o++)
    for (guint i = 0; i < self->items->len; i++)
      if (self->rows[i].exit == order[o])
        return order[o];
  return AK_EXIT_PASS;
}

static int count_of(const Many *self, AkExit exit) {
  int count = 0;
  for (guint i = 0; i < self->items->len; i++)
    count += self->rows[i].exit == exit;
  return count;
}

static void print_table(const Many *self, FILE *stream) {
  AkLang lang = self->cli->lang;
  fprintf(stream, "%s\n", ak_text(lang, "cli.verify.many.columns"));
  for (guint i = 0; i < self->items->len; i++)
    print_row(self, i, self->cli->color && stream == stdout, stream);
  g_autofree char *sum = ak_text_format(
      lang, "cli.verify.many.sum", (int)self->items->len, count_of(self, AK_EXIT_PASS),
      count_of(self, AK_EXIT_FAIL), count_of(self, AK_EXIT_INCONCLUSIVE),
      count_of(self, AK_EXIT_NOT_FINISHED));
  fprintf(stream, "\n%s\n", sum);
}

static void print_end(const Many *self) {
  AkLang lang = self->cli->lang;
  bool stopped = false;
  for (guint i = 0; i < self->items->len; i++) {
    stopped = stopped || self->rows[i].end == AK_FLEET_STOPPED;
    if (self->rows[i].failure != NULL)
      fprintf(stderr, "akashi: %s: %s\n", name_of(self->items->pdata[i]), self->rows[i].failure);
  }
  if (stopped)
    fprintf(stderr, "%s\n", ak_text(lang, "cli.verify.many.resume"));
  if (self->cli->format == AK_FORMAT_JSON)
    return;
  print_table(self, stdout);
  g_autofree char *where = ak_text_format(lang, "cli.verify.many.where",
                                          ak_workspace_dir((AkWorkspace *)self->workspace));
  printf("%s\n%s\n", where, ak_text(lang, "cli.verify.relates"));
}

static int width_of(const GPtrArray *items) {
  glong width = 0;
  for (guint i = 0; i < items->len; i++)
    width = MAX(width, g_utf8_strlen(name_of(items->pdata[i]), -1));
  return (int)MIN(width, 100);
}

AkExit ak_cli_verify_many(const AkCli *cli, AkWorkspace *workspace, const GPtrArray *items,
                          AkFleetOptions *options, bool quiet) {
  g_autofree Row *rows = g_new0(Row, items->len);
  Many self = {.cli = cli,
               .workspace = workspace,
               .items = items,
               .quiet = quiet,
               .terminal = isatty(STDERR_FILENO) != 0,
               .rows = rows,
               .width = width_of(items)};
  g_mutex_init(&self.lock);
  options->verify.progress = quiet ? NULL : show_progress;
  options->verify.progress_data = &self;
  options->ended = note;
  options->ended_data = &self;
  ak_app_fleet_run(workspace, items, options);
  if (self.terminal && !quiet)
    fputs("\r\033[K", stderr);
  if (cli->format == AK_FORMAT_JSON)
    fputs("\n]\n", stdout);
  print_end(&self);
  AkExit worst = worst_of(&self);
  g_mutex_clear(&self.lock);
  for (guint i = 0; i < items->len; i++) {
    g_free(rows[i].run_id);
    g_free(rows[i].failure);
  }
  return worst;
}
