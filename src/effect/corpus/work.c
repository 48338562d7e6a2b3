/* Pieces of harmless work → cases. A text is the base of what it is sent as: searched for, written
 * into forms, sent as JSON. So are a page, a file, an address. */
#include <string.h>

#include "effect/corpus/draft.h"
#include "effect/corpus/starter.h"
#include "util/random.h"

typedef struct {
  const json_t *document;
  AkEffectCorpus *corpus;
  guint64 seed;
  GError **error;
} Work;

/* How a list of the document is sent; a list may have several rows. */
typedef struct {
  const char *list;
  const char *use; /* the category: "use:form" */
  const char *method, *path, *place;
  bool multipart; /* every other one */
} Row;

static const Row rows[] = {
    {"hosts", "use:setting", "GET", "/ping", "query:host", false},
    {"hosts", "use:setting", "POST", "/resolve", "form:host", false},
    {"hosts", "use:json", "POST", "/api/ping", "json:host", false},
    {"urls", "use:link", "GET", "/fetch", "query:url", false},
    {"urls", "use:link", "GET", "/link", "query:url", false},
    {"files", "use:page", "GET", "/file", "query:name", false},
    {"files", "use:page", "GET", "/page", "query:file", false},
    {"redirects", "use:link", "GET", "/redirect", "query:to", false},
    {"states", "use:form", "POST", "/state", "form:state", false},
    {"xml", "use:xml", "POST", "/xml", "body:application/xml", false},
    {"settings", "use:json", "POST", "/api/settings", "body:application/json", false},
    {"texts_ja", "use:search", "GET", "/search", "query:q", false},
    {"texts_ja", "use:form", "POST", "/comment", "form:text", true},
    {"texts_ja", "use:form", "POST", "/guestbook", "form:text", true},
    {"texts_ja", "use:json", "POST", "/api/comments", "json:text", false},
    {"texts_en", "use:search", "GET", "/search", "query:q", false},
    {"texts_en", "use:form", "POST", "/comment", "form:text", true},
    {"texts_en", "use:json", "POST", "/api/comments", "json:text", false},
    {"texts_doubtful", "use:search", "GET", "/search", "query:q", false},
    {"texts_doubtful", "use:form", "POST", "/comment", "form:text", true},
    {"texts_doubtful", "use:json", "POST", "/api/comments", "json:text", false},
};

/* --- one case
 * ------------------------------------------------------------------------------------- */

static bool add_case(Work *self, const char *base, const char *way, const char *use,
                     const AkDraft *draft) {
  GBytes *bytes = ak_draft_build(draft, self->error);
  if (bytes == NULL)
    return false;
  const char *categories[] = {use, NULL};
  AkEffectCase *one = g_new0(AkEffectCase, 1);
  one->id = g_strdup_printf("%s~%s", base, way);
  one->base = g_strdup(base);
  one->kind = AK_EFFECT_HTTP;
  one->category = g_strdupv((char **)categories);
  one->source = g_strdup(ak_json_string_or(self->document, "source", "akashi"));
  one->licence = g_strdup(ak_json_string_or(self->document, "licence", "Apache-2.0"));
  one->target = g_strdup(draft->path);
  one->bytes = bytes;
  g_ptr_array_add(self->corpus->cases, one);
  return true;
}

static const json_t *any_of(const Work *self, const char *list, guint64 counter) {
  const json_t *array = json_object_get(self->document, list);
  gsize count = json_array_size(array);
  guint64 random = ak_random_at(self->seed, counter);
  return count > 0 ? json_array_get(array, (gsize)ak_random_below(random, count)) : NULL;
}

static const char *text_of(const json_t *array, gsize index) {
  const char *text = json_string_value(json_array_get(array, index));
  return text != NULL ? text : "";
}

/* {品}, {item}, {型}, {model}, {数}, {n}: a thing, its model, a number. Caller frees. */
static char *fill(const Work *self, const char *text, guint64 counter) {
  const json_t *item = any_of(self, "items", counter);
  g_autofree char *number =
      g_strdup_printf("%u", (guint)(2 + ak_random_at(self->seed, counter + 1) % 97));
  const char *const slots[][2] = {{"{品}", text_of(item, 0)}, {"{item}", text_of(item, 1)},
                                  {"{型}", text_of(item, 2)}, {"{model}", text_of(item, 2)},
                                  {"{数}", number},           {"{n}", number}};
  GString *filled = g_string_new(text);
  for (gsize i = 0; i < G_N_ELEMENTS(slots); i++)
    g_string_replace(filled, slots[i][0], slots[i][1], 0);
  return g_string_free(filled, FALSE);
}

static const char *agent_of(const Work *self, guint64 counter) {
  return json_string_value(any_of(self, "agents", counter));
}

/* --- lists
 * ----------------------------------------------------------------------------------------- */

static bool add_row(Work *self, const Row *row, guint number) {
  const json_t *list = json_object_get(self->document, row->list);
  for (gsize i = 0; i < json_array_size(list); i++) {
    guint64 counter = ((guint64)number << 32) + i * 8;
    g_autofree char *base = g_strdup_printf("%s-%03zu", row->list, i + 1);
    g_autofree char *way =
        g_strdup_printf("%s%s", row->path + 1, row->multipart && i % 2 == 1 ? "-multipart" : "");
    g_autofree char *text = fill(self, text_of(list, i), counter);
    AkDraft draft = {.method = row->method,
                     .path = row->path,
                     .place = row->place,
                     .value = text,
                     .size = strlen(text),
                     .agent = agent_of(self, counter + 2),
                     .style = {.multipart = row->multipart && i % 2 == 1}};
    g_strdelimit(way, "/", '-');
    if (!add_case(self, base, way, row->use, &draft))
      return false;
  }
  return true;
}

static bool add_pages(Work *self) {
  const json_t *pages = json_object_get(self->document, "pages");
  const json_t *agents = json_object_get(self->document, "agents");
  for (gsize i = 0; i < json_array_size(pages); i++)
    for (gsize a = 0; a < json_array_size(agents); a++) {
      g_autofree char *base = g_strdup_printf("pages-%03zu", i + 1);
      g_autofree char *way = g_strdup_printf("browser%zu", a + 1);
      AkDraft draft = {.method = "GET",
                       .path = text_of(pages, i),
                       .place = "none",
                       .value = "",
                       .agent = text_of(agents, a)};
      if (!add_case(self, base, way, "use:page", &draft))
        return false;
    }
  return true;
}

static bool add_uploads(Work *self) {
  const json_t *uploads = json_object_get(self->document, "uploads");
  for (gsize i = 0; i < json_array_size(uploads); i++) {
    const json_t *row = json_array_get(uploads, i);
    g_autofree char *base = g_strdup_printf("uploads-%03zu", i + 1);
    g_autofree char *value = g_strdup_printf("%s\n%s", text_of(row, 0), text_of(row, 2));
    AkDraft draft = {.method = "POST",
                     .path = "/upload",
                     .place = "file:file",
                     .value = value,
                     .size = strlen(value)};
    if (!add_case(self, base, "upload", "use:upload", &draft))
      return false;
  }
  return true;
}

/* A person's name and address in each place where names are written. */
static bool add_person(Work *self, const json_t *person, const char *base, guint64 counter) {
  static const Row places[] = {
      {"", "use:name", "GET", "/hello", "query:name", false},
      {"", "use:name", "GET", "/greet", "query:name", false},
      {"", "use:name", "GET", "/staff", "query:uid", false},
      {"", "use:name", "POST", "/guestbook", "form:author", false},
      {"", "use:json", "POST", "/api/find", "json:user", false},
      {"", "use:name", "GET", "/message", "query:text", false},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
    AkDraft draft = {.method = places[i].method,
                     .path = places[i].path,
                     .place = places[i].place,
                     .value = text_of(person, 0),
                     .size = strlen(text_of(person, 0)),
                     .agent = agent_of(self, counter + i)};
    g_autofree char *way = g_strdelimit(g_strdup(places[i].path + 1), "/", '-');
    if (!add_case(self, base, way, places[i].use, &draft))
      return false;
  }
  return true;
}

static bool add_people(Work *self) {
  const json_t *people = json_object_get(self->document, "people");
  for (gsize i = 0; i < json_array_size(people); i++) {
    g_autofree char *base = g_strdup_printf("people-%03zu", i + 1);
    if (!add_person(self, json_array_get(people, i), base, (G_GUINT64_CONSTANT(1) << 40) + i * 16))
      return false;
  }
  return true;
}

/* A form of several fields: who writes, and what. */
static bool add_contact(Work *self, const char *base, const char *text, guint way,
                        guint64 counter) {
  const json_t *person = any_of(self, "people", counter);
  g_autoptr(json_t) with =
      json_pack("{s:s, s:s, s:s, s:s, s:s}", "name", text_of(person, 0), "kana", text_of(person, 1),
                "mail", text_of(person, 2), "address", text_of(person, 3), "agree", "on");
  g_autofree char *name = g_strdup_printf("contact%u", way + 1);
  g_autofree char *filled = fill(self, text, counter + 3);
  AkDraft draft = {.method = "POST",
                   .path = "/contact",
                   .place = way == 2 ? "json:message" : "form:message",
                   .with = with,
                   .value = filled,
                   .size = strlen(filled),
                   .agent = agent_of(self, counter + 1),
                   .style = {.multipart = way == 1}};
  return add_case(self, base, name, "use:contact", &draft);
}

static bool add_contacts(Work *self) {
  static const char *const lists[] = {"texts_ja", "texts_en", "texts_doubtful"};
  enum { WAYS = 9 };
  for (gsize l = 0; l < G_N_ELEMENTS(lists); l++) {
    const json_t *list = json_object_get(self->document, lists[l]);
    for (gsize i = 0; i < json_array_size(list); i++)
      for (guint way = 0; way < WAYS; way++) {
        g_autofree char *base = g_strdup_printf("%s-%03zu", lists[l], i + 1);
        guint64 counter = ((guint64)(l + 1) << 44) + i * 256 + way * 16;
        if (!add_contact(self, base, text_of(list, i), way, counter))
          return false;
      }
  }
  return true;
}

AkEffectCorpus *ak_starter_work(const json_t *document, guint64 seed, GError **error) {
  g_autoptr(AkEffectCorpus) corpus = ak_effect_corpus_new("http-work", AK_EFFECT_HTTP);
  Work self = {document, corpus, seed, error};
  corpus->name = g_strdup("HTTP work that harms nobody");
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
    if (!add_row(&self, &rows[i], i + 1))
      return NULL;
  if (!add_pages(&self) || !add_uploads(&self) || !add_people(&self) || !add_contacts(&self) ||
      !ak_effect_corpus_close(corpus, error))
    return NULL;
  return g_steal_pointer(&corpus);
}
