/* akashi chain knowledge: what is known of risk sources and measures, with where each field comes from. */
#include "app/chain-knowledge.h"

#include <stdio.h>
#include <string.h>

#include "cli/chain-parts.h"

static const char *in(const json_t *text, AkLang lang) {
  return json_is_string(text) ? json_string_value(text)
                              : ak_json_string_or(text, ak_lang_name(lang), "");
}

static char *value_text(const json_t *value, AkLang lang) {
  GString *text = g_string_new(NULL);
  if (!json_is_array(value))
    g_string_append(text, in(value, lang));
  for (gsize i = 0; i < json_array_size(value); i++) {
    const json_t *item = json_array_get(value, i);
    const char *between = i == 0 ? "" : json_is_object(item) ? "; " : ", ";
    if (json_is_integer(item))
      g_string_append_printf(text, "%s%" JSON_INTEGER_FORMAT, between, json_integer_value(item));
    else
      g_string_append_printf(text, "%s%s", between, in(item, lang));
  }
  return g_string_free(text, FALSE);
}

static const char *word(AkLang lang, const char *group, const char *name) {
  g_autofree char *id = g_strdup_printf("chain.%s.%s", group, name);
  const char *text = ak_text(lang, id);
  return text != id && strcmp(text, id) != 0 ? text : name;
}

/* --- one row
 * ----------------------------------------------------------------------------------------------- */

static AkExit show(const AkCli *cli, const AkAppChainKnowledge *known, const char *id, GError **error) {
  g_autoptr(json_t) row = ak_app_chain_knowledge_show(known, id, error);
  if (row == NULL)
    return AK_EXIT_USAGE;
  if (cli->format == AK_FORMAT_JSON)
    return ak_cli_chain_print_json(row);
  const json_t *fields = json_object_get(row, "fields");
  g_autoptr(AkDoc) doc = ak_doc_new(cli->lang, id);
  const char *header[] = {ak_text(cli->lang, "chain.column.field"),
                          ak_text(cli->lang, "chain.column.confidence"),
                          ak_text(cli->lang, "chain.column.value"), NULL};
  AkDocNode *table = ak_doc_table(doc->root, header);
  for (gsize i = 0; i < json_array_size(fields); i++) {
    const json_t *field = json_array_get(fields, i);
    g_autofree char *value = value_text(json_object_get(field, "value"), cli->lang);
    const char *confidence = ak_json_string_or(field, "confidence", "");
    const char *cells[] = {word(cli->lang, "field", ak_json_string_or(field, "field", "")),
                           *confidence != '\0' ? word(cli->lang, "confidence", confidence) : "–", value,
                           NULL};
    ak_doc_row(table, cells);
  }
  ak_cli_chain_print_doc(doc);
  return AK_EXIT_PASS;
}

/* --- the list
 * ---------------------------------------------------------------------------------------------- */

static void add_cells(AkDocNode *parent, const json_t *cells, AkLang lang) {
  AkDocNode *section = ak_doc_section(parent, "cells", ak_text(lang, "chain.cells"));
  const char *header[] = {ak_text(lang, "chain.column.layer"), ak_text(lang, "chain.column.element"),
                          ak_text(lang, "chain.column.sources"), NULL};
  AkDocNode *table = ak_doc_table(section, header);
  for (gsize i = 0; i < json_array_size(cells); i++) {
    const json_t *cell = json_array_get(cells, i);
    json_int_t count = json_integer_value(json_object_get(cell, "risk_sources"));
    g_autofree char *layer = g_strdup_printf(
        "%" JSON_INTEGER_FORMAT, json_integer_value(json_object_get(cell, "layer")));
    g_autofree char *number = g_strdup_printf("%" JSON_INTEGER_FORMAT, count);
    const char *cells_of_row[] = {layer, ak_json_string_or(cell, "element", ""),
                                  count > 0 ? number : in(json_object_get(cell, "reason"), lang), NULL};
    ak_doc_row(table, cells_of_row);
  }
}

/* Lists of rows, with the members that stand in their columns. */
static const struct {
  const char *member, *title, *columns[4];
} lists[] = {
    {"incidents", "title", {"origin", "id_certainty"}},
    {"requirements", "title", {"nist_csf_1_1", "iec_62443", "iso_27001_2013"}},
    {"risk_sources", "vulnerability", {"measures", "attack_ics"}},
    {"rules", "title", {"origin"}},
};

static void add_list(AkDocNode *parent, const json_t *known, gsize list, AkLang lang) {
  const json_t *rows = json_object_get(known, lists[list].member);
  AkDocNode *section =
      ak_doc_section(parent, lists[list].member, word(lang, "field", lists[list].member));
  const char *header[8] = {ak_text(lang, "chain.column.id")};
  guint columns = 1;
  for (gsize c = 0; lists[list].columns[c] != NULL; c++)
    header[columns++] = word(lang, "field", lists[list].columns[c]);
  header[columns++] = word(lang, "field", lists[list].title);
  AkDocNode *table = ak_doc_table(section, header);
  for (gsize i = 0; i < json_array_size(rows); i++) {
    const json_t *row = json_array_get(rows, i);
    const char *cells[8] = {ak_json_string_or(row, "id", "")};
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    for (gsize c = 0; lists[list].columns[c] != NULL; c++) {
      g_ptr_array_add(texts, value_text(json_object_get(row, lists[list].columns[c]), lang));
      cells[c + 1] = texts->pdata[c];
    }
    cells[columns - 1] = in(json_object_get(row, lists[list].title), lang);
    ak_doc_row(table, cells);
  }
}

static AkExit list(const AkCli *cli, const AkAppChainKnowledge *known) {
  g_autoptr(json_t) all = ak_app_chain_knowledge_list(known);
  if (cli->format == AK_FORMAT_JSON)
    return ak_cli_chain_print_json(all);
  g_autoptr(AkDoc) doc = ak_doc_new(cli->lang, ak_text(cli->lang, "chain.known"));
  ak_doc_notice(doc->root, in(json_object_get(all, "origin"), cli->lang));
  ak_doc_paragraph(doc->root, ak_text(cli->lang, "chain.known.means"));
  add_cells(doc->root, json_object_get(all, "cells"), cli->lang);
  for (gsize i = 0; i < G_N_ELEMENTS(lists); i++)
    add_list(doc->root, all, i, cli->lang);
  ak_cli_chain_print_doc(doc);
  return AK_EXIT_PASS;
}

/* --- the lint
 * ---------------------------------------------------------------------------------------------- */

/* "FILE:LINE:COLUMN: ID: what is wrong", without a place where it is about the program's own. */
static void print_problem(const json_t *row, AkLang lang) {
  const char *file = ak_json_string_or(row, "file", NULL);
  g_autofree char *text_id = g_strdup_printf("chain.lint.%s", ak_json_string_or(row, "problem", ""));
  g_autofree char *text = ak_text_format(lang, text_id, ak_json_string_or(row, "hint", ""));
  if (file != NULL)
    printf("%s:%" JSON_INTEGER_FORMAT ":%" JSON_INTEGER_FORMAT ": ", file,
           json_integer_value(json_object_get(row, "line")), json_integer_value(json_object_get(row, "column")));
  printf("%s: %s\n", ak_json_string_or(row, "id", ""), text);
}

static AkExit lint(const AkCli *cli, const AkAppChainKnowledge *known) {
  g_autoptr(json_t) rows = ak_app_chain_knowledge_lint(known);
  if (cli->format == AK_FORMAT_JSON)
    ak_cli_chain_print_json(rows);
  for (gsize i = 0; cli->format == AK_FORMAT_TEXT && i < json_array_size(rows); i++)
    print_problem(json_array_get(rows, i), cli->lang);
  if (cli->format == AK_FORMAT_TEXT && json_array_size(rows) == 0)
    printf("%s\n", ak_text(cli->lang, "chain.known.complete"));
  return json_array_size(rows) > 0 ? AK_EXIT_FAIL : AK_EXIT_PASS;
}

AkExit ak_cli_chain_knowledge(const AkCli *cli, const AkCliChainOptions *options, int argc,
                              char **argv, GError **error) {
  const char *action = argc > 0 ? argv[0] : "";
  bool is_list = argc == 1 && strcmp(action, "list") == 0;
  bool is_show = argc == 2 && strcmp(action, "show") == 0;
  bool is_lint = (argc == 1 || argc == 2) && strcmp(action, "lint") == 0;
  if (!is_list && !is_show && !is_lint) {
    ak_error_set(error, AK_ERROR_CONFIG, "%s", ak_text(cli->lang, "cli.chain.knowledge-usage"));
    return AK_EXIT_USAGE;
  }
  const char *over = is_lint && argc == 2 ? argv[1] : options->knowledge;
  g_autoptr(AkAppChainKnowledge) known = ak_app_chain_knowledge_open(over, error);
  if (known == NULL)
    return AK_EXIT_USAGE;
  if (is_show)
    return show(cli, known, argv[1], error);
  return is_list ? list(cli, known) : lint(cli, known);
}
