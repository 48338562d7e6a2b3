#include "exchange/oscal-catalog.h"

#include <string.h>

#include "exchange/oscal.h"

#define MAX_CONTROLS 4096
#define MAX_LEVELS 16
#define MAX_TEXT_BYTES (256 * 1024)              /* of one control's texts */
#define MAX_ALL_TEXT_BYTES (32u * 1024 * 1024)   /* of all of them: parameters may be long and used often */
#define MAX_INSERT_DEPTH 3                       /* a choice of a parameter may name another one */

typedef struct {
  const char *where;
  json_t *params;    /* object: id → parameter, of everything read so far */
  json_t *rows;      /* array: our requirements */
  json_t *withdrawn; /* array of ids */
  gsize text_bytes;
} Reading;

/* --- texts --------------------------------------------------------------------------------------------- */

static void append_rendered(const Reading *self, GString *target, const char *text, guint depth);

/* Its values, else the choice, else its label: "[frequency]". */
static void append_param(const Reading *self, GString *target, const char *id, guint depth) {
  const json_t *param = json_object_get(self->params, id);
  const json_t *values = json_object_get(param, "values");
  const json_t *choices = json_object_get(json_object_get(param, "select"), "choice");
  const json_t *texts = json_array_size(values) > 0 ? values : choices;
  if (json_array_size(texts) == 0 || depth >= MAX_INSERT_DEPTH) {
    g_string_append_printf(target, "[%s]", ak_json_string_or(param, "label", id));
    return;
  }
  if (texts == choices)
    g_string_append(target, "[");
  for (gsize i = 0; i < json_array_size(texts) && target->len <= MAX_TEXT_BYTES; i++) {
    const char *text = json_string_value(json_array_get(texts, i));
    if (i > 0)
      g_string_append(target, texts == choices ? " | " : ", ");
    append_rendered(self, target, text != NULL ? text : "", depth + 1);
  }
  if (texts == choices)
    g_string_append(target, "]");
}

/* `text` with "{{ insert: param, ID }}" replaced; stops a little above the limit of a text.
 * Source: OSCAL, "Parameter insertion" of the markup data types. */
static void append_rendered(const Reading *self, GString *target, const char *text, guint depth) {
  const char *at = text;
  while (*at != '\0' && target->len <= MAX_TEXT_BYTES) {
    const char *open = strstr(at, "{{"), *close = open != NULL ? strstr(open, "}}") : NULL;
    if (close == NULL)
      break;
    g_string_append_len(target, at, open - at);
    g_autofree char *inside = g_strndup(open + 2, (gsize)(close - open - 2));
    g_strstrip(inside);
    const char *comma = strchr(inside, ',');
    if (g_str_has_prefix(inside, "insert:") && comma != NULL)
      append_param(self, target, comma + 1 + strspn(comma + 1, " "), depth);
    else
      g_string_append_len(target, open, close + 2 - open);
    at = close + 2;
  }
  g_string_append_len(target, at, (gssize)MIN(strlen(at), (gsize)MAX_TEXT_BYTES));
}

static const char *label_of(const json_t *part) {
  const json_t *props = json_object_get(part, "props");
  for (gsize i = 0; i < json_array_size(props); i++)
    if (strcmp(ak_json_string_or(json_array_get(props, i), "name", ""), "label") == 0)
      return ak_json_string_or(json_array_get(props, i), "value", NULL);
  return NULL;
}

/* A part and the parts in it, each on its line after its label. */
static bool append_part(const Reading *self, GString *target, const json_t *part, guint level,
                        GError **error) {
  const json_t *parts = json_object_get(part, "parts");
  const char *prose = ak_json_string_or(part, "prose", NULL), *label = label_of(part);
  if (level > MAX_LEVELS || target->len > MAX_TEXT_BYTES)
    return ak_error_set(error, AK_ERROR_LIMIT, level > MAX_LEVELS
                                                   ? "more than 16 levels of parts"
                                                   : "more than 256 KiB of text");
  if (prose != NULL) {
    g_string_append_printf(target, "%s%s%s", target->len > 0 ? "\n" : "", label ? label : "",
                           label != NULL ? " " : "");
    append_rendered(self, target, prose + strspn(prose, " \n"), 0);
  }
  for (gsize i = 0; i < json_array_size(parts); i++)
    if (!append_part(self, target, json_array_get(parts, i), level + 1, error))
      return false;
  return true;
}

/* What the parts of one of `names` say; `class_name` is that of our own Japanese parts, or NULL. Empty
 * where there are none; NULL on error. Caller frees. */
static char *text_of_parts(Reading *self, const json_t *control, const char *const *names,
                           const char *class_name, GError **error) {
  const json_t *parts = json_object_get(control, "parts");
  g_autoptr(GString) text = g_string_new(NULL);
  for (gsize i = 0; i < json_array_size(parts); i++) {
    const json_t *part = json_array_get(parts, i);
    bool is_ours = strcmp(ak_json_string_or(part, "ns", ""), AK_OSCAL_NS) == 0;
    const char *part_class = is_ours ? ak_json_string_or(part, "class", NULL) : NULL;
    if (!g_strv_contains(names, ak_json_string_or(part, "name", "")) ||
        g_strcmp0(part_class, class_name) != 0)
      continue;
    if (!append_part(self, text, part, 1, error))
      return NULL;
  }
  self->text_bytes += text->len;
  if (self->text_bytes > MAX_ALL_TEXT_BYTES) {
    ak_error_set(error, AK_ERROR_LIMIT, "more than 32 MiB of text");
    return NULL;
  }
  return g_string_free(g_steal_pointer(&text), FALSE);
}

/* --- controls ------------------------------------------------------------------------------------------- */

static bool is_withdrawn(const json_t *control) {
  const json_t *props = json_object_get(control, "props");
  for (gsize i = 0; i < json_array_size(props); i++) {
    const json_t *prop = json_array_get(props, i);
    if (strcmp(ak_json_string_or(prop, "name", ""), "status") == 0 &&
        g_ascii_strcasecmp(ak_json_string_or(prop, "value", ""), "withdrawn") == 0)
      return true;
  }
  return false;
}

static const char *or_text(const char *text, const char *fallback) {
  return text != NULL && *text != '\0' ? text : fallback;
}

static json_t *bilingual(const char *en, const char *ja) {
  return json_pack("{s:s, s:s}", "en", en, "ja", ja);
}

/* Decided by an answer alone (docs/formats/rules.md). */
static json_t *manual_rule(void) {
  return json_pack("{s:[s], s:s, s:s, s:{s:s, s:s}}", "needs", "answer", "pass", "answer(pass)",
                   "expires", "P1Y", "does_not_show", "en",
                   "Rests on what a person answered and on the evidence given with it; no test "
                   "looked.",
                   "ja", "人の回答と添えられた証拠による。試験では見ていない。");
}

static json_t *manual_case(const char *id, const json_t *title, const char *text, const char *text_ja) {
  g_autofree char *case_id = g_strdup_printf("%s-m", id);
  return json_pack("{s:s, s:s, s:s, s:s, s:O, s:o, s:o}", "id", case_id, "kind", "conceptual",
                   "method", "manual", "grade", "safe", "title", title, "text",
                   bilingual(text, text_ja), "rule", manual_rule());
}

/* Everything that we have no member for, as it stands, for writing it again. */
static json_t *rest_of(const json_t *control, const json_t *group, const char *parent) {
  json_t *kept = json_copy((json_t *)control);
  json_object_del(kept, "controls");
  json_t *rest = json_pack("{s:o}", "control", kept);
  if (parent != NULL)
    json_object_set_new(rest, "parent", json_string(parent));
  if (group != NULL)
    json_object_set_new(rest, "group",
                        json_pack("{s:s, s:s}", "id", ak_json_string_or(group, "id", ""), "title",
                                  ak_json_string_or(group, "title", "")));
  return rest;
}

static bool add_row(Reading *self, const json_t *control, const json_t *group, const char *parent,
                    const char *id, GError **error) {
  static const char *const statements[] = {"statement", "overview", NULL};
  static const char *const assessments[] = {"assessment-objective", "assessment", NULL};
  const char *title = ak_json_string(control, "title", id, error);
  g_autofree char *text = title ? text_of_parts(self, control, statements, NULL, error) : NULL;
  g_autofree char *text_ja = text ? text_of_parts(self, control, statements, "ja", error) : NULL;
  g_autofree char *look = text_ja ? text_of_parts(self, control, assessments, NULL, error) : NULL;
  g_autofree char *look_ja = look ? text_of_parts(self, control, assessments, "ja", error) : NULL;
  if (look_ja == NULL)
    return false;
  const char *title_ja = or_text(ak_oscal_prop(control, "title", "ja"), title);
  const char *en = or_text(text, title), *ja = or_text(text_ja, or_text(text, title_ja));
  const char *obligation = ak_oscal_prop(control, "obligation", NULL);
  g_autoptr(json_t) titles = bilingual(or_text(title, id), or_text(title_ja, id));
  json_array_append_new(
      self->rows,
      json_pack("{s:s, s:s, s:s, s:O, s:o, s:[o], s:s, s:{s:s}, s:{s:o}}", "id", id, "obligation",
                g_strcmp0(obligation, "R") == 0 ? "R" : "M", "conditions", "", "title", titles,
                "text", bilingual(or_text(en, id), or_text(ja, id)), "test_cases",
                manual_case(id, titles, or_text(look, or_text(en, id)),
                            or_text(look_ja, or_text(look, or_text(ja, id)))),
                "origin", "imported from OSCAL", "confidence", "text",
                "as imported; not compared with the source", "props", "oscal",
                rest_of(control, group, parent)));
  return true;
}

static void take_params(Reading *self, const json_t *object) {
  const json_t *params = json_object_get(object, "params");
  for (gsize i = 0; i < json_array_size(params); i++) {
    json_t *param = json_array_get(params, i);
    const char *id = ak_json_string_or(param, "id", NULL);
    if (id != NULL)
      json_object_set(self->params, id, param);
  }
}

static bool read_controls(Reading *self, const json_t *owner, const json_t *group,
                          const char *parent, guint level, GError **error);

static bool read_control(Reading *self, const json_t *control, const json_t *group,
                         const char *parent, guint level, GError **error) {
  const char *own = ak_json_string(control, "id", "control", error);
  const char *id = own != NULL ? or_text(ak_oscal_prop(control, "id", NULL), own) : NULL;
  if (id == NULL)
    return false;
  if (json_array_size(self->rows) + json_array_size(self->withdrawn) >= MAX_CONTROLS)
    return ak_error_set(error, AK_ERROR_LIMIT, "more than %d controls", MAX_CONTROLS);
  take_params(self, control);
  if (is_withdrawn(control)) {
    json_array_append_new(self->withdrawn, json_string(id));
  } else if (!add_row(self, control, group, parent, id, error)) {
    g_prefix_error(error, "control %.64s: ", id);
    return false;
  }
  return read_controls(self, control, group, id, level + 1, error);
}

static bool read_controls(Reading *self, const json_t *owner, const json_t *group,
                          const char *parent, guint level, GError **error) {
  const json_t *controls = json_object_get(owner, "controls");
  if (level > MAX_LEVELS)
    return controls == NULL ||
           ak_error_set(error, AK_ERROR_LIMIT, "more than %d levels of controls", MAX_LEVELS);
  for (gsize i = 0; i < json_array_size(controls); i++)
    if (!read_control(self, json_array_get(controls, i), group, parent, level, error))
      return false;
  return true;
}

static bool read_groups(Reading *self, const json_t *owner, guint level, GError **error) {
  const json_t *groups = json_object_get(owner, "groups");
  if (level > MAX_LEVELS)
    return groups == NULL ||
           ak_error_set(error, AK_ERROR_LIMIT, "more than %d levels of groups", MAX_LEVELS);
  for (gsize i = 0; i < json_array_size(groups); i++) {
    const json_t *group = json_array_get(groups, i);
    take_params(self, group);
    if (!read_controls(self, group, group, NULL, 1, error) ||
        !read_groups(self, group, level + 1, error))
      return false;
  }
  return true;
}

/* --- the catalogue -------------------------------------------------------------------------------------- */

static json_t *document_of(const Reading *self, const json_t *catalog, const char *id) {
  const json_t *metadata = json_object_get(catalog, "metadata");
  const char *title = or_text(ak_json_string_or(metadata, "title", ""), id);
  const char *title_ja = or_text(ak_oscal_prop(metadata, "title", "ja"), title);
  json_t *source = json_pack("{s:s, s:s, s:s}", "uuid", ak_json_string_or(catalog, "uuid", ""),
                             "oscal-version", ak_json_string_or(metadata, "oscal-version", ""),
                             "last-modified", ak_json_string_or(metadata, "last-modified", ""));
  json_t *back = json_object_get(catalog, "back-matter");
  if (back != NULL)
    json_object_set(source, "back-matter", back);
  if (json_object_get(catalog, "params") != NULL)
    json_object_set(source, "params", json_object_get(catalog, "params"));
  return json_pack(
      "{s:s, s:s, s:o, s:O, s:{s:o, s:o, s:O}}", "catalog", id, "version",
      or_text(ak_json_string_or(metadata, "version", ""), "-"), "title",
      bilingual(title, title_ja), "requirements", self->rows, "props", "statement",
      bilingual("Imported from OSCAL; the source's own text decides. Each requirement is judged by "
                "a person's answer.",
                "OSCALから取り込んだもの。正文は出典にある。どの要件も人の回答で判定する。"),
      "oscal", source, "withdrawn", self->withdrawn);
}

AkCatalog *ak_oscal_catalog_read(const char *data, gsize size, const char *where, const char *id,
                                 GError **error) {
  g_autoptr(json_t) catalog = ak_oscal_parse(data, size, "catalog", where, error);
  if (catalog == NULL)
    return NULL;
  g_autoptr(json_t) params = json_object(), rows = json_array(), withdrawn = json_array();
  Reading reading = {.where = where, .params = params, .rows = rows, .withdrawn = withdrawn};
  take_params(&reading, catalog);
  if (!read_controls(&reading, catalog, NULL, NULL, 1, error) ||
      !read_groups(&reading, catalog, 1, error)) {
    g_prefix_error(error, "%s: ", where);
    return NULL;
  }
  if (json_array_size(rows) == 0) {
    ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: the catalogue has no controls", where);
    return NULL;
  }
  g_autoptr(json_t) document = document_of(&reading, catalog, id);
  gsize length = 0;
  g_autofree char *bytes = ak_json_canonical(document, &length, error);
  return bytes != NULL ? ak_catalog_parse(bytes, length, where, error) : NULL;
}

bool ak_exchange_oscal_catalog_fuzz(const guint8 *data, gsize size) {
  g_autoptr(AkCatalog) catalog =
      ak_oscal_catalog_read((const char *)data, size, "fuzz", "fuzz", NULL);
  if (catalog != NULL)
    json_decref(ak_oscal_catalog_write(catalog, 0, NULL));
  return catalog != NULL;
}
