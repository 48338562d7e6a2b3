/* The model of a kept value chain, changed by forms: what it is, its elements, measures, relations, acceptances and impacts. */
#include <string.h>

#include "app/chain-standing.h"
#include "web/pages/chain-parts.h"
#include "web/pages/pages.h"

#define ROWS_A_PAGE 200
#define FIRST_PART "elements"

typedef struct {
  const AkPageRequest *request;
  const char *name, *part;
  guint32 base;     /* version that the page shows */
  GArray *inputs;   /* of AkChainInput */
  json_t *rows;
  bool may_undo;    /* there is a version before */
  gint64 row;       /* that the form is for, -1: a new one */
  AkHtml *html;
} Model;

static const char *part_of(const AkPageRequest *request) {
  const char *asked = request->form != NULL ? ak_page_sent(request, "part") : ak_page_asked(request, "part");
  return asked != NULL && g_strv_contains(ak_chain_edit_parts, asked) ? asked : FIRST_PART;
}

static const char *part_title(const AkPageRequest *request, const char *part) {
  g_autofree char *id = g_strdup_printf("chain.edit.%s", part);
  return ak_text(request->lang, id);
}

static char *model_link(const Model *self, const char *part, gint64 row) {
  g_autofree char *path = ak_page_chain_path(self->name, "model");
  g_autofree char *query = row >= 0 ? g_strdup_printf("part=%s&row=%" G_GINT64_FORMAT, part, row)
                                    : g_strdup_printf("part=%s", part);
  return ak_page_link(self->request, path, query);
}

static void add_parts(const Model *self) {
  ak_html_open(self->html, "nav", "class", "filters", "aria-label", ak_text(self->request->lang, "web.chain.parts"), NULL);
  for (gsize i = 0; ak_chain_edit_parts[i] != NULL; i++) {
    g_autofree char *link = model_link(self, ak_chain_edit_parts[i], -1);
    ak_html_element(self->html, "a", part_title(self->request, ak_chain_edit_parts[i]), "href", link, "aria-current",
                    strcmp(self->part, ak_chain_edit_parts[i]) == 0 ? "true" : NULL, NULL);
  }
  ak_html_close(self->html);
}

/* --- rows --------------------------------------------------------------------------------------------------------- */

/* Names of members and what is chosen from words: as they stand in the text. `scope` may be NULL. */
static void add_code(AkHtml *html, const char *element, const char *scope, const char *text) {
  ak_html_open(html, element, "scope", scope, NULL);
  ak_html_element(html, "code", text, "dir", "auto", NULL);
  ak_html_close(html);
}

static void add_head(const Model *self) {
  const char *title = part_title(self->request, self->part);
  ak_html_open(self->html, "div", "class", "wide rows", "tabindex", "0", "role", "region", "aria-label", title, NULL);
  ak_html_open(self->html, "table", NULL);
  ak_html_element(self->html, "caption", title, "class", "unseen", NULL);
  ak_html_open(self->html, "thead", NULL);
  ak_html_open(self->html, "tr", NULL);
  for (guint i = 0; i < self->inputs->len; i++)
    add_code(self->html, "th", "col", g_array_index(self->inputs, AkChainInput, i).name);
  ak_html_close(self->html);
  ak_html_close(self->html);
  ak_html_open(self->html, "tbody", NULL);
}

static void add_row(const Model *self, gsize number) {
  const json_t *row = json_array_get(self->rows, number);
  g_autofree char *link = model_link(self, self->part, (gint64)number);
  ak_html_open(self->html, "tr", NULL);
  for (guint i = 0; i < self->inputs->len; i++) {
    const char *text = ak_json_string_or(row, g_array_index(self->inputs, AkChainInput, i).name, "");
    if (i > 0) {
      add_code(self->html, "td", NULL, text);
      continue;
    }
    ak_html_open(self->html, "th", "scope", "row", NULL);
    ak_html_open(self->html, "a", "href", link, NULL);
    ak_html_element(self->html, "code", *text != '\0' ? text : "–", NULL);
    ak_html_close(self->html);
    ak_html_close(self->html);
  }
  ak_html_close(self->html);
}

static void add_rows(const Model *self) {
  gsize count = json_array_size(self->rows), first = 0;
  if (count == 0) {
    ak_page_empty(self->html, self->request, "web.chain.no-rows", NULL, NULL);
    return;
  }
  if (self->row >= ROWS_A_PAGE)
    first = (gsize)self->row / ROWS_A_PAGE * ROWS_A_PAGE;
  add_head(self);
  for (gsize i = first; i < count && i < first + ROWS_A_PAGE; i++)
    add_row(self, i);
  ak_html_close(self->html);
  ak_html_close(self->html);
  ak_html_close(self->html);
  ak_html_open(self->html, "nav", "class", "pager", "aria-label", ak_text(self->request->lang, "web.pages"), NULL);
  for (gsize i = 0; count > ROWS_A_PAGE && i < count; i += ROWS_A_PAGE) {
    g_autofree char *link = model_link(self, self->part, (gint64)i), *text = g_strdup_printf("%" G_GSIZE_FORMAT "–", i + 1);
    ak_html_element(self->html, "a", text, "href", link, "aria-current", i == first ? "true" : NULL, NULL);
  }
  ak_html_close(self->html);
}

/* --- the form ------------------------------------------------------------------------------------------------------ */

/* What was sent and refused stands in the form again; else what the row says. */
static const char *value_of(const Model *self, const char *name) {
  if (self->request->form != NULL)
    return ak_page_sent(self->request, name) != NULL ? ak_page_sent(self->request, name) : "";
  return ak_json_string_or(self->row >= 0 ? json_array_get(self->rows, (gsize)self->row) : NULL, name, "");
}

/* A word of the file in the page's language. */
static const char *word_text(const Model *self, const char *input, const char *word) {
  bool is_relation = strcmp(input, "kind") == 0 && strcmp(self->part, "relations") == 0;
  const char *group = is_relation                       ? "relation"
                      : strcmp(input, "class") == 0     ? "impact"
                      : strcmp(input, "attackers") == 0 ? "exposure"
                                                        : input;
  g_autofree char *id = g_strdup_printf("chain.%s.%s", group, word);
  const char *text = ak_text(self->request->lang, id);
  return text != id ? text : word;
}

static void add_select(const Model *self, const AkChainInput *input, const char *id, const char *value) {
  ak_html_open(self->html, "select", "id", id, "name", input->name, "required", input->required ? "" : NULL, NULL);
  ak_html_element(self->html, "option", "–", "value", "", NULL);
  for (gsize i = 0; input->words[i] != NULL; i++)
    ak_html_element(self->html, "option", word_text(self, input->name, input->words[i]), "value", input->words[i], "selected",
                    strcmp(input->words[i], value) == 0 ? "" : NULL, NULL);
  ak_html_close(self->html);
}

static bool is_chosen(const Model *self, const char *value, const char *choice, const char *word) {
  if (self->request->form != NULL)
    return ak_page_sent(self->request, choice) != NULL;
  g_auto(GStrv) words = g_strsplit(value, ", ", 0);
  return g_strv_contains((const char *const *)words, word);
}

static void add_choices(const Model *self, const AkChainInput *input, const char *value) {
  ak_html_open(self->html, "fieldset", NULL);
  ak_html_open(self->html, "legend", NULL);
  ak_html_text(self->html, input->help);
  ak_html_text(self->html, " ");
  ak_html_element(self->html, "code", input->name, NULL);
  ak_html_close(self->html);
  for (gsize i = 0; input->words[i] != NULL; i++) {
    g_autofree char *choice = ak_chain_edit_choice(input->name, input->words[i]);
    ak_html_open(self->html, "label", NULL);
    ak_html_element(self->html, "input", NULL, "type", "checkbox", "name", choice, "value", "true", "checked",
                    is_chosen(self, value, choice, input->words[i]) ? "" : NULL, NULL);
    ak_html_text(self->html, " ");
    ak_html_text(self->html, word_text(self, input->name, input->words[i]));
    ak_html_close(self->html);
  }
  ak_html_close(self->html);
}

/* An input with its label; some take more than a line. */
static void add_labelled(const Model *self, const AkChainInput *input, const char *value) {
  static const char *const types[] = {[AK_CHAIN_INPUT_TEXT] = "text",   [AK_CHAIN_INPUT_NUMBER] = "number",
                                      [AK_CHAIN_INPUT_DAY] = "date",    [AK_CHAIN_INPUT_FLAG] = "checkbox",
                                      [AK_CHAIN_INPUT_CHOICE] = "text", [AK_CHAIN_INPUT_CHOICES] = "text",
                                      [AK_CHAIN_INPUT_LIST] = "text"};
  g_autofree char *id = g_strdup_printf("in-%s", input->name);
  bool is_flag = input->kind == AK_CHAIN_INPUT_FLAG;
  ak_html_open(self->html, "p", NULL);
  ak_html_open(self->html, "label", "for", id, NULL);
  ak_html_text(self->html, input->help);
  ak_html_text(self->html, " ");
  ak_html_element(self->html, "code", input->name, NULL);
  ak_html_close(self->html);
  if (input->kind == AK_CHAIN_INPUT_CHOICE)
    add_select(self, input, id, value);
  else
    ak_html_element(self->html, "input", NULL, "type", types[input->kind], "id", id, "name", input->name, "value",
                    is_flag ? "true" : value, "checked", is_flag && strcmp(value, "true") == 0 ? "" : NULL, "required",
                    input->required && !is_flag ? "" : NULL, NULL);
  ak_html_close(self->html);
}

static void add_input(const Model *self, const AkChainInput *input) {
  const char *value = value_of(self, input->name);
  if (input->kind == AK_CHAIN_INPUT_CHOICES)
    add_choices(self, input, value);
  else
    add_labelled(self, input, value);
}

static void add_form(const Model *self) {
  g_autofree char *path = ak_page_chain_path(self->name, "model");
  bool is_single = ak_chain_edit_is_single(self->part);
  ak_page_element(self->html, self->request, "h2",
                  is_single        ? "web.chain.change"
                  : self->row >= 0 ? "web.chain.change-row"
                                   : "web.chain.add-row");
  ak_page_form_begin(self->html, self->request, path, "stack");
  ak_html_element(self->html, "input", NULL, "type", "hidden", "name", "part", "value", self->part, NULL);
  ak_page_chain_hidden(self->html, "base", self->base);
  if (self->row >= 0)
    ak_page_chain_hidden(self->html, "row", self->row);
  for (guint i = 0; i < self->inputs->len; i++)
    add_input(self, &g_array_index(self->inputs, AkChainInput, i));
  ak_html_open(self->html, "p", NULL);
  ak_html_element(self->html, "button", ak_text(self->request->lang, "web.chain.keep"), "type", "submit", "name", "act",
                  "value", "keep", NULL);
  ak_html_text(self->html, " ");
  if (self->row >= 0 && !is_single)
    ak_html_element(self->html, "button", ak_text(self->request->lang, "web.chain.remove"), "type", "submit", "name", "act",
                    "value", "remove", "formnovalidate", "", NULL);
  ak_html_close(self->html);
  ak_html_close(self->html);
}

/* What the analysis says of the model as it is now, in a line. */
static void add_standing(const Model *self, const AkAppChain *chain) {
  AkAppChainStanding standing = ak_app_chain_stand(chain);
  g_autofree char *elements = g_strdup_printf("%u", standing.elements);
  g_autofree char *incidents = g_strdup_printf("%u", standing.reachable);
  g_autofree char *open = g_strdup_printf("%" G_GUINT64_FORMAT, standing.open);
  g_autofree char *text = ak_text_format(self->request->lang, "web.chain.standing", elements, incidents, open);
  ak_html_element(self->html, "p", text, "class", "note", "role", "status", NULL);
}

static void show(Model *self, AkPageResponse *response, const AkAppChain *chain, const char *problem) {
  self->html = ak_page_chain_begin(self->request, self->name, "model");
  if (problem != NULL) {
    ak_page_chain_problems(self->html, self->request, "web.chain.not-kept", problem);
    response->status = 400;
  }
  add_standing(self, chain);
  if (self->may_undo)
    ak_page_chain_add_undo(self->html, self->request, self->name, self->base, self->part);
  add_parts(self);
  if (self->row >= 0)
    add_form(self);
  if (!ak_chain_edit_is_single(self->part))
    add_rows(self);
  if (self->row < 0)
    add_form(self);
  ak_page_end(self->html, self->request, response);
}

static bool is_late(const Model *self) {
  return ak_page_chain_number(self->request, "base", 0) != self->base;
}

/* The text with the change; NULL with the error. */
static char *changed_text(const Model *self, const AkAppChain *chain, GError **error) {
  bool removes = g_strcmp0(ak_page_sent(self->request, "act"), "remove") == 0;
  if (!is_late(self))
    return ak_chain_edit_apply(chain->chain, self->part, self->row, removes ? NULL : self->request->form,
                               self->request->lang, error);
  ak_error_set(error, AK_ERROR_CONFLICT, "%s", ak_text(self->request->lang, "web.chain.late"));
  return NULL;
}

bool ak_page_chain_model(const AkPageRequest *request, AkPageResponse *response, GError **error) {
  Model self = {.request = request, .name = request->parameters[0], .part = part_of(request)};
  self.base = ak_page_chain_newest(request, self.name, &self.may_undo, error);
  g_autoptr(AkAppChain) chain =
      self.base != 0 ? ak_chain_edit_open(request->workspace, self.name, self.base, request->lang, error) : NULL;
  g_autoptr(GError) failure = NULL;
  if (chain == NULL)
    return false;
  g_autoptr(GArray) inputs = ak_chain_edit_inputs(self.part, request->lang);
  g_autoptr(json_t) rows = ak_chain_edit_rows(chain->chain, self.part);
  self.inputs = inputs;
  self.rows = rows;
  self.row = ak_page_chain_number(request, "row", -1);
  if (ak_chain_edit_is_single(self.part))
    self.row = 0;
  else if (self.row >= (gint64)json_array_size(rows))
    self.row = -1;
  char *text = request->form != NULL ? changed_text(&self, chain, &failure) : NULL;
  g_autofree char *query = ak_page_query("part", self.part);
  if (text != NULL && ak_page_chain_keep(request, response, self.name, self.base, text, "model", query, &failure))
    return true;
  show(&self, response, chain, failure != NULL ? failure->message : NULL);
  return true;
}
