#include "exchange/chain-yaml.h"

#include <string.h>

#include "exchange/chain-relations.h"

#define TABLES "; tables take more (docs/formats/chain-csv.md)"

/* A value chain of 100,000 relations is a file of about 6 MB. */
const AkYamlLimits ak_chain_yaml_limits = {.size_bytes = 128u << 20,
                                           .text_bytes = 64 << 10,
                                           .nodes = 20000000,
                                           .depth = 16,
                                           .held_nodes = 1000000,
                                           .remedy = TABLES};
const char *const ak_chain_yaml_lists[] = {"elements", "relations", "acceptances", "impacts", NULL};

/* Measured: a node of an element takes 100 to 170 bytes in the document and in the chain; relations are counted by what is kept of them. */
enum { KEPT_NODE_BYTES = 180 };
#define KEPT_BYTES_MOST ((gsize)640 << 20)

/* --- the schema
 * ------------------------------------------------------------------------------------ */

static const char *const safeties[] = {"none", "minor", "serious", "fatal", NULL};

static const AkField about_fields[] = {
    {"name", AK_FIELD_TEXT, .required = true, .help_en = "name of the value chain",
     .help_ja = "バリュークリエイションプロセスの名前"},
    {"version", AK_FIELD_TEXT, .help_en = "version of the model", .help_ja = "モデルの版"},
    {"note", AK_FIELD_TEXT, .help_en = "what it covers and what it leaves out",
     .help_ja = "対象とする範囲と対象外"},
    {NULL},
};

static const AkField measure_fields[] = {
    {"requirement", AK_FIELD_TEXT, .required = true,
     .help_en = "requirement of the knowledge: CPS.AC-1", .help_ja = "対策要件: CPS.AC-1"},
    {"status", AK_FIELD_WORD, .required = true, .words = ak_chain_statuses,
     .help_en = "how far it is", .help_ja = "実施の状況"},
    {"backing", AK_FIELD_WORD, .words = ak_chain_backings,
     .help_en = "what stands behind it (claimed)", .help_ja = "裏付け（既定は claimed）"},
    {"reference", AK_FIELD_TEXT, .help_en = "run or publication that backs it",
     .help_ja = "裏付けとなる検証または公表"},
    {"until", AK_FIELD_DAY, .help_en = "until when the backing holds",
     .help_ja = "裏付けの有効期限"},
    {"cost_yen", AK_FIELD_INT, .min = 0, .max = 1000000000000, .help_en = "what it costs, in yen",
     .help_ja = "費用（円）"},
    {NULL},
};

static const AkField element_fields[] = {
    {"id", AK_FIELD_TEXT, .required = true, .help_en = "id, once in the file",
     .help_ja = "識別子（ファイル内で一つ）"},
    {"kind", AK_FIELD_WORD, .required = true, .words = ak_chain_elements,
     .help_en = "which of the six elements it is", .help_ja = "6つの構成要素のどれか"},
    {"name", AK_FIELD_TEXT, .help_en = "name that people read", .help_ja = "名前"},
    {"owner", AK_FIELD_TEXT, .help_en = "organization that answers for it",
     .help_ja = "責任を負う組織"},
    {"criticality", AK_FIELD_WORD, .words = ak_chain_criticalities,
     .help_en = "how much depends on it (medium)", .help_ja = "重要度（既定は medium）"},
    {"exposure", AK_FIELD_WORD, .list = true, .words = ak_chain_exposures,
     .help_en = "from where somebody, or something, may begin with it",
     .help_ja = "どこから手が届くか"},
    {"functions", AK_FIELD_TEXT, .list = true, .help_en = "layer functions that it performs: L2_1",
     .help_ja = "果たす機能: L2_1"},
    {"safety", AK_FIELD_BOOL, .help_en = "what it does can hurt people (false)",
     .help_ja = "人に危害が及びうるか（既定は false）"},
    {"product", AK_FIELD_TEXT, .help_en = "product, as its runs name it", .help_ja = "製品名"},
    {"version", AK_FIELD_TEXT, .help_en = "version of the product", .help_ja = "製品の版"},
    {"measures", AK_FIELD_OBJECT, .list = true, .members = measure_fields,
     .help_en = "what is done", .help_ja = "対策"},
    {NULL},
};

static const AkField relation_fields[] = {
    {"from", AK_FIELD_TEXT, .required = true, .help_en = "element", .help_ja = "要素"},
    {"kind", AK_FIELD_WORD, .required = true, .words = ak_chain_relation_names,
     .help_en = "how it is related", .help_ja = "関係の種類"},
    {"to", AK_FIELD_TEXT, .required = true, .list = true, .help_en = "elements",
     .help_ja = "要素の一覧"},
    {"protocol", AK_FIELD_TEXT, .help_en = "over which protocol", .help_ja = "プロトコル"},
    {"data", AK_FIELD_TEXT, .help_en = "data that flows", .help_ja = "流れるデータ"},
    {NULL},
};

static const AkField acceptance_fields[] = {
    {"risk_source", AK_FIELD_TEXT, .required = true, .help_en = "risk source that is accepted",
     .help_ja = "受容するリスク源"},
    {"element", AK_FIELD_TEXT, .required = true, .help_en = "on which element",
     .help_ja = "対象の要素"},
    {"reason", AK_FIELD_TEXT, .required = true, .help_en = "why", .help_ja = "理由"},
    {"by", AK_FIELD_TEXT, .required = true, .help_en = "person in charge", .help_ja = "責任者"},
    {"until", AK_FIELD_DAY, .required = true, .help_en = "from the day after it is open again",
     .help_ja = "この日まで有効"},
    {NULL},
};

static const AkField impact_fields[] = {
    {"incident", AK_FIELD_TEXT, .required = true, .help_en = "incident of the knowledge",
     .help_ja = "セキュリティインシデント"},
    {"element", AK_FIELD_TEXT, .help_en = "on which element (any)",
     .help_ja = "どの要素で（既定は任意）"},
    {"class", AK_FIELD_WORD, .required = true, .words = ak_chain_impact_classes,
     .help_en = "how bad, all in all", .help_ja = "影響の大きさ"},
    {"safety", AK_FIELD_WORD, .words = safeties, .help_en = "harm to people",
     .help_ja = "人への危害"},
    {"stop_hours", AK_FIELD_INT, .min = 0, .max = 100000, .help_en = "hours of stop",
     .help_ja = "停止時間"},
    {"yen_from", AK_FIELD_INT, .min = 0, .max = 1000000000000000,
     .help_en = "damage in yen, at least", .help_ja = "損害額の下限（円）"},
    {"yen_to", AK_FIELD_INT, .min = 0, .max = 1000000000000000, .help_en = "and at most",
     .help_ja = "損害額の上限（円）"},
    {"personal_data", AK_FIELD_INT, .min = 0, .max = 10000000000,
     .help_en = "people whose data is concerned", .help_ja = "影響を受ける個人の数"},
    {"legal", AK_FIELD_TEXT, .help_en = "duties that would be broken", .help_ja = "法令上の影響"},
    {NULL},
};

const AkField ak_chain_fields[] = {
    {"chain", AK_FIELD_OBJECT, .required = true, .members = about_fields,
     .help_en = "what this file describes", .help_ja = "このファイルの対象"},
    {"elements", AK_FIELD_OBJECT, .required = true, .list = true, .members = element_fields,
     .help_en = "the elements", .help_ja = "構成要素"},
    {"relations", AK_FIELD_OBJECT, .list = true, .members = relation_fields,
     .help_en = "how they are related", .help_ja = "要素の間の関係"},
    {"acceptances", AK_FIELD_OBJECT, .list = true, .members = acceptance_fields,
     .help_en = "risk sources that somebody accepts for a time", .help_ja = "受容したリスク源"},
    {"impacts", AK_FIELD_OBJECT, .list = true, .members = impact_fields,
     .help_en = "what an incident would mean", .help_ja = "インシデントの影響"},
    {"attackers", AK_FIELD_WORD, .list = true, .words = ak_chain_exposures,
     .help_en = "from where somebody, or something, begins", .help_ja = "起点"},
    {NULL},
};

/* --- from the checked document to the noun
 * --------------------------------------------------------- */

static char *text_of(const json_t *object, const char *key) {
  return g_strdup(ak_json_string_or(object, key, NULL));
}

static guint word_of(const json_t *object, const char *key, const char *const *words,
                     guint fallback) {
  gint word = ak_chain_word(words, ak_json_string_or(object, key, NULL));
  return word < 0 ? fallback : (guint)word;
}

static GStrv texts_of(const json_t *object, const char *key) {
  const json_t *list = json_object_get(object, key);
  g_autoptr(GStrvBuilder) texts = g_strv_builder_new();
  for (gsize i = 0; i < json_array_size(list); i++)
    g_strv_builder_add(texts, json_string_value(json_array_get(list, i)));
  return g_strv_builder_end(texts);
}

/* The last microsecond of a day; without one `fallback`. */
static gint64 end_of_day(const json_t *object, gint64 fallback) {
  gint64 until_utc_us = fallback;
  const char *day = ak_json_string_or(object, "until", NULL);
  if (day != NULL && !ak_schema_date(day, true, &until_utc_us))
    return G_MININT64; /* what cannot be read holds for no time */
  return until_utc_us;
}

static void add_measures(AkElement *element, const json_t *list) {
  for (gsize i = 0; i < json_array_size(list); i++) {
    const json_t *row = json_array_get(list, i), *cost = json_object_get(row, "cost_yen");
    AkElementMeasure *measure = g_new0(AkElementMeasure, 1);
    measure->requirement = text_of(row, "requirement");
    measure->status = word_of(row, "status", ak_chain_statuses, 0);
    measure->backing = word_of(row, "backing", ak_chain_backings, 0);
    measure->reference = text_of(row, "reference");
    measure->until_utc_us = end_of_day(row, G_MAXINT64);
    measure->cost_yen = cost != NULL ? json_integer_value(cost) : -1;
    g_ptr_array_add(element->measures, measure);
  }
}

static void add_element(AkChain *chain, const json_t *row) {
  AkElement *element = ak_element_new();
  element->id = text_of(row, "id");
  element->name = g_strdup(ak_json_string_or(row, "name", element->id));
  element->kind = word_of(row, "kind", ak_chain_elements, 0);
  element->criticality = word_of(row, "criticality", ak_chain_criticalities, 1);
  element->exposure = texts_of(row, "exposure");
  element->functions = texts_of(row, "functions");
  element->safety = json_is_true(json_object_get(row, "safety"));
  element->product = text_of(row, "product");
  element->version = text_of(row, "version");
  add_measures(element, json_object_get(row, "measures"));
  g_ptr_array_add(chain->elements, element);
}

static void add_acceptance(AkChain *chain, const json_t *row, guint32 element) {
  AkAcceptance *acceptance = g_new0(AkAcceptance, 1);
  acceptance->risk_source = text_of(row, "risk_source");
  acceptance->element = element;
  acceptance->reason = text_of(row, "reason");
  acceptance->by = text_of(row, "by");
  acceptance->until_utc_us = end_of_day(row, G_MININT64);
  g_ptr_array_add(chain->acceptances, acceptance);
}

static void add_impact(AkChain *chain, json_t *row, guint32 element) {
  AkImpact *impact = g_new0(AkImpact, 1);
  impact->incident = text_of(row, "incident");
  impact->element = element;
  impact->impact = word_of(row, "class", ak_chain_impact_classes, 0);
  impact->row = row;
  g_ptr_array_add(chain->impacts, impact);
}

void ak_chain_take_document(AkChain *chain, json_t *document, guint32 (*find)(const char *id, gpointer data),
                            gpointer data) {
  const json_t *acceptances = json_object_get(document, "acceptances");
  const json_t *impacts = json_object_get(document, "impacts");
  chain->document = json_incref(document);
  chain->name = text_of(json_object_get(document, "chain"), "name");
  chain->attackers = texts_of(document, "attackers");
  for (gsize i = 0; i < json_array_size(acceptances); i++) {
    const json_t *row = json_array_get(acceptances, i);
    add_acceptance(chain, row, find(ak_json_string_or(row, "element", NULL), data));
  }
  for (gsize i = 0; i < json_array_size(impacts); i++) {
    json_t *row = json_array_get(impacts, i);
    add_impact(chain, row, find(ak_json_string_or(row, "element", NULL), data));
  }
}

static AkChain *chain_of(json_t *document, AkChainRelations *relations) {
  AkChain *chain = ak_chain_new();
  const json_t *elements = json_object_get(document, "elements");
  for (gsize i = 0; i < json_array_size(elements); i++)
    add_element(chain, json_array_get(elements, i));
  ak_chain_take_document(chain, document, ak_chain_relations_find, relations);
  ak_chain_relations_fill(relations, chain);
  return chain;
}

/* --- reading
 * ---------------------------------------------------------------------------------------- */

typedef struct {
  const char *where;
  AkChainRelations *relations;
  json_t *lists; /* name → checked items */
  GPtrArray *problems;
  gsize kept_bytes; /* of the lists */
  bool is_full;     /* no more problems are told */
} Reading;

static const AkField *field_of(const char *list) {
  const AkField *field = ak_chain_fields;
  while (strcmp(field->name, list) != 0)
    field++;
  return field;
}

/* Of relations no more is kept than their names. */
static void keep_item(Reading *self, const char *list, const AkYaml *item) {
  if (strcmp(list, "relations") == 0) {
    ak_schema_look_at_item(item, field_of(list), self->problems);
    return;
  }
  json_t *items = json_object_get(self->lists, list);
  json_t *checked = ak_schema_check_item(item, field_of(list), self->problems);
  if (items == NULL)
    json_object_set_new(self->lists, list, items = json_array());
  if (checked != NULL)
    json_array_append_new(items, checked);
}

static bool take_item(const char *list, const AkYaml *item, guint nodes, gpointer data, GError **error) {
  Reading *self = data;
  if (strcmp(list, "relations") != 0)
    self->kept_bytes += (gsize)nodes * KEPT_NODE_BYTES;
  if (self->kept_bytes + ak_chain_relations_bytes(self->relations) > KEPT_BYTES_MOST)
    return ak_error_set(error, AK_ERROR_LIMIT, "%s:%u:%u: the chain is too large to be read from YAML" TABLES, self->where,
                        item->line, item->column);
  keep_item(self, list, item);
  ak_chain_relations_take(self->relations, list, item);
  self->is_full = self->problems->len >= AK_PROBLEMS_MAX;
  return !self->is_full || ak_error_set(error, AK_ERROR_INVALID_DATA, "%s: too many problems", self->where);
}

static AkChain *refuse(Reading *self, GError **error) {
  ak_problems_sort(self->problems);
  g_autofree char *all = ak_problems_format(self->problems, self->where, AK_LANG_EN);
  g_clear_error(error);
  ak_error_set(error, AK_ERROR_INVALID_DATA, "%s", all);
  return NULL;
}

/* What no list of items says; NULL with a problem. */
static json_t *check_document(Reading *self, const AkYaml *root) {
  json_t *document = ak_schema_check(root, ak_chain_fields, NULL, self->problems);
  ak_chain_relations_check(self->relations, self->problems);
  if (document != NULL)
    json_object_update(document, self->lists);
  return document;
}

AkChain *ak_chain_check(const char *data, gsize size, const char *where, GPtrArray *problems,
                        GError **error) {
  g_autoptr(AkChainRelations) relations = ak_chain_relations_new();
  g_autoptr(json_t) lists = json_object();
  guint before = problems->len;
  Reading self = {.where = where, .relations = relations, .lists = lists, .problems = problems};
  const AkYamlItems items = {ak_chain_yaml_lists, take_item, &self};
  g_autoptr(AkYaml) root = ak_yaml_parse_items(data, size, where, &ak_chain_yaml_limits, &items, error);
  if (self.is_full)
    return refuse(&self, error);
  if (root == NULL) {
    g_ptr_array_set_size(problems, (gint)before);
    return NULL;
  }
  g_autoptr(json_t) document = check_document(&self, root);
  return problems->len == before ? chain_of(document, relations) : refuse(&self, error);
}

bool ak_exchange_chain_yaml_fuzz(const guint8 *data, gsize size) {
  g_autoptr(GPtrArray) problems = ak_problems_new();
  g_autoptr(AkChain) chain = ak_chain_check((const char *)data, size, "fuzz", problems, NULL);
  return chain != NULL;
}
