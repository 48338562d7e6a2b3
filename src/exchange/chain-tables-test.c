/* Tables read into columns say the same as by way of a document: all that is taken, and each problem with its place. */
#include "exchange/chain-tables.h"

#include <string.h>

#include "exchange/chain-csv.h"
#include "exchange/chain-write.h"
#include "exchange/chain-yaml.h"
#include "util/large.h"

/* Texts by table, or NULL. */
typedef struct {
  const char *texts[AK_CHAIN_TABLES];
} Tables;

static AkChain *read_columns(const Tables *tables, GError **error) {
  AkChainTablesFile files[AK_CHAIN_TABLES] = {{NULL}};
  for (guint i = 0; i < AK_CHAIN_TABLES; i++) {
    const char *text = tables->texts[i];
    files[i].name = ak_chain_csv_files[i];
    if (text == NULL)
      continue;
    files[i].size = strlen(text);
    files[i].data = ak_large_new(files[i].size + 1, 1);
    memcpy(files[i].data, text, files[i].size);
  }
  AkChain *chain = ak_chain_tables_read(files, "unnamed", AK_LANG_EN, error);
  for (guint i = 0; i < AK_CHAIN_TABLES; i++)
    g_assert_null(files[i].data);
  return chain;
}

static AkChain *read_document(const Tables *tables, GError **error) {
  AkChainCsvFile files[AK_CHAIN_TABLES];
  gsize count = 0;
  for (guint i = 0; i < AK_CHAIN_TABLES; i++)
    if (tables->texts[i] != NULL)
      files[count++] = (AkChainCsvFile){ak_chain_csv_files[i], tables->texts[i], strlen(tables->texts[i])};
  g_autoptr(json_t) document = ak_chain_csv_read(files, count, "unnamed", AK_LANG_EN, error);
  if (document == NULL)
    return NULL;
  g_autofree char *text = ak_chain_write_yaml(document);
  g_autoptr(GPtrArray) problems = ak_problems_new();
  AkChain *chain = ak_chain_check(text, strlen(text), "yaml", problems, error);
  g_assert_no_error(*error);
  return chain;
}

/* --- what is taken ---------------------------------------------------------------------------------------------- */

static void assert_measures(const AkElement *a, const AkElement *b) {
  g_assert_cmpuint(a->measures->len, ==, b->measures->len);
  for (guint i = 0; i < a->measures->len; i++) {
    const AkElementMeasure *one = a->measures->pdata[i], *other = b->measures->pdata[i];
    g_assert_cmpstr(one->requirement, ==, other->requirement);
    g_assert_cmpstr(one->reference, ==, other->reference);
    g_assert_cmpuint(one->status, ==, other->status);
    g_assert_cmpuint(one->backing, ==, other->backing);
    g_assert_cmpint(one->until_utc_us, ==, other->until_utc_us);
    g_assert_cmpint(one->cost_yen, ==, other->cost_yen);
    g_assert_false(one->is_backed);
  }
}

static void assert_elements(const AkChain *a, const AkChain *b) {
  g_assert_cmpuint(a->elements->len, ==, b->elements->len);
  for (guint32 i = 0; i < a->elements->len; i++) {
    const AkElement *one = ak_chain_element_at(a, i), *other = ak_chain_element_at(b, i);
    g_assert_cmpstr(one->id, ==, other->id);
    g_assert_cmpstr(one->name, ==, other->name);
    g_assert_cmpstr(one->product, ==, other->product);
    g_assert_cmpstr(one->version, ==, other->version);
    g_assert_cmpuint(one->kind, ==, other->kind);
    g_assert_cmpuint(one->owner, ==, other->owner);
    g_assert_cmpuint(one->criticality, ==, other->criticality);
    g_assert_true(one->safety == other->safety);
    g_assert_true(g_strv_equal((const char *const *)one->exposure, (const char *const *)other->exposure));
    g_assert_true(g_strv_equal((const char *const *)one->functions, (const char *const *)other->functions));
    assert_measures(one, other);
  }
}

static void assert_relations(const AkChain *a, const AkChain *b) {
  g_assert_cmpuint(a->relations->len, ==, b->relations->len);
  for (guint i = 0; i < a->relations->len; i++) {
    const AkRelation *one = &g_array_index(a->relations, AkRelation, i);
    const AkRelation *other = &g_array_index(b->relations, AkRelation, i);
    g_assert_cmpuint(one->from, ==, other->from);
    g_assert_cmpuint(one->to, ==, other->to);
    g_assert_cmpuint(one->kind, ==, other->kind);
    g_assert_cmpuint(one->data, ==, other->data);
    g_assert_cmpstr(one->protocol, ==, other->protocol);
  }
}

static void assert_rest(const AkChain *a, const AkChain *b) {
  g_assert_cmpstr(a->name, ==, b->name);
  g_assert_true(g_strv_equal((const char *const *)a->attackers, (const char *const *)b->attackers));
  g_assert_cmpuint(a->acceptances->len, ==, b->acceptances->len);
  g_assert_cmpuint(a->impacts->len, ==, b->impacts->len);
  for (guint i = 0; i < a->acceptances->len; i++) {
    const AkAcceptance *one = a->acceptances->pdata[i], *other = b->acceptances->pdata[i];
    g_assert_cmpstr(one->by, ==, other->by);
    g_assert_cmpuint(one->element, ==, other->element);
    g_assert_cmpint(one->until_utc_us, ==, other->until_utc_us);
  }
  for (guint i = 0; i < a->impacts->len; i++) {
    const AkImpact *one = a->impacts->pdata[i], *other = b->impacts->pdata[i];
    g_assert_cmpuint(one->element, ==, other->element);
    g_assert_true(json_equal(one->row, other->row));
  }
}

static void assert_same(const Tables *tables) {
  g_autoptr(GError) error = NULL;
  g_autoptr(AkChain) columns = read_columns(tables, &error);
  g_assert_no_error(error);
  g_autoptr(AkChain) document = read_document(tables, &error);
  g_assert_no_error(error);
  assert_elements(columns, document);
  assert_relations(columns, document);
  assert_rest(columns, document);
}

/* The seed of the fuzzers holds every column. */
static void test_all_columns(void) {
  const char *root = g_getenv("AKASHI_SOURCE_ROOT");
  g_autofree char *path =
      g_build_filename(root != NULL ? root : ".", "tests/fuzz/seeds/exchange/chain-csv/small.csv", NULL);
  g_autofree char *text = NULL;
  g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
  g_auto(GStrv) parts = g_strsplit(text, "%%\n", 0);
  g_assert_cmpuint(g_strv_length(parts), ==, AK_CHAIN_TABLES);
  assert_same(&(Tables){{parts[1], parts[0], parts[2], parts[3], parts[4], parts[5]}});
}

/* Lists, quotes, spaces, columns in another order, a byte order mark, no end of line, and nothing but elements. */
static void test_forms(void) {
  assert_same(&(Tables){{NULL, "\xEF\xBB\xBFkind,id,exposure\r\norganization,\"a, \"\"b\"\"\",internet; supply\r\ndata,'=x,\r\n"
                               "data,d,\r\npeople,p,internet; supply", NULL,
                         "to,from,kind\n\"=x;d\",\"a, \"\"b\"\"\",holds\nd ,p,holds\n", NULL, NULL}});
  assert_same(&(Tables){{NULL, "id,kind\nx,data\n", NULL, NULL, NULL, NULL}});
  assert_same(&(Tables){{"name\n", "id,kind\nx,data\n", NULL, "from,kind,to\n", NULL, NULL}});
}

/* --- problems --------------------------------------------------------------------------------------------------- */

#define ELEMENTS "id,kind,owner\nw,organization,\nv,organization,\na,component,w\nb,component,\ns,system,\nd,data,\n"
#define RELATIONS "from,kind,to,data\n"

static const struct {
  guint table;
  const char *text, *wanted;
} wrong[] = {
    {1, "id,kind\na,data\na,people\n", "elements.csv:3:1: id: \"a\""},
    {1, "id,kind\n,data\n", "elements.csv:2:1: id: "},
    {1, "id,kind\nx,thing\n", "elements.csv:2:2: kind: \"thing\""},
    {1, "id,kind\n\"x\ny\",data\n", "elements.csv:2:1: id: "},
    {1, "id,kind,owner\nx,data,nobody\n", "elements.csv:2:3: owner: \"nobody\""},
    {1, "id,kind,owner\nx,data,y\ny,people,\n", "elements.csv:2:3: owner: \"y\""},
    {1, "id,kind,colour\nx,data,red\n", "elements.csv:2:3: colour: "},
    {1, "id,kind,naem\nx,data,X\n", "elements.csv:2:3: naem: "},
    {1, "id,kind,safety\nx,data,maybe\n", "elements.csv:2:3: safety: \"maybe\""},
    {1, "id,kind,exposure\nx,data,internet;moon\n", "elements.csv:2:3: exposure: \"moon\""},
    {1, "id,kind,functions\nx,data,L1_1;;L2_1\n", "elements.csv:2:3: functions: "},
    {1, "id,kind,criticality\nx,data,huge\n", "elements.csv:2:3: criticality: \"huge\""},
    {1, "id,colour\nx,y\n", "elements.csv:1:1: its columns"},
    {2, "element,requirement,status\nq,CPS.AC-1,planned\n", "measures.csv:2:1: element: \"q\""},
    {2, "element,requirement,status\na,,planned\n", "measures.csv:2:1: requirement: "},
    {2, "element,requirement,status\na,CPS.AC-1,begun\n", "measures.csv:2:3: status: \"begun\""},
    {2, "element,requirement,status,until\na,CPS.AC-1,planned,soon\n", "measures.csv:2:4: until: \"soon\""},
    {2, "element,requirement,status,cost_yen\na,CPS.AC-1,planned,-1\n", "measures.csv:2:4: cost_yen: \"-1\""},
    {3, RELATIONS "a,connects,q,\n", "relations.csv:2:3: to: \"q\""},
    {3, RELATIONS "q,connects,a;q,\n", "relations.csv:2:1: from: \"q\""},
    {3, RELATIONS "a,likes,b,\n", "relations.csv:2:2: kind: \"likes\""},
    {3, RELATIONS "a,connects,,\n", "relations.csv:2:1: to: "},
    {3, RELATIONS "a,connects,b;;s,\n", "relations.csv:2:3: to: "},
    {3, RELATIONS "a,connects,b,\na,flows,b,q\n", "relations.csv:3:4: data: \"q\""},
    {3, RELATIONS "a,flows,b,w\n", "relations.csv:2:4: data: \"w\""},
    {3, RELATIONS "d,connects,a;b,\n", "relations.csv:2:1: from: \"d\""},
    {3, RELATIONS "a,connects,d,\n", "relations.csv:2:3: to: \"d\""},
    {3, RELATIONS "a,connects,a,\n", "relations.csv:2:3: to: \"a\""},
    {3, RELATIONS "v,owns,a,\n", "relations.csv:2:3: to: \"a\""},
    {3, RELATIONS "v,owns,b,\nw,owns,b,\n", "relations.csv:3:3: to: \"b\""},
    {3, RELATIONS "a,part-of,s,\ns,part-of,a,\n", "elements.csv:4:1: id: \"a\""},
    {3, RELATIONS "a,part-of,a,\n", "elements.csv:4:1: id: \"a\""},
    {3, RELATIONS "a,connects\n", "relations.csv:2: not as many cells"},
    {3, RELATIONS "a,connects,\"b,\n", "does not end"},
    {4, "risk_source,element,reason,by,until\nX,q,r,b,2027-01-01\n", "acceptances.csv:2:2: element: \"q\""},
    {4, "risk_source,element,reason,by,until\nX,a,r,b,never\n", "acceptances.csv:2:5: until: \"never\""},
    {5, "incident,class,element\nX,bad,q\n", "impacts.csv:2:2: class: \"bad\""},
    {5, "incident,class,yen_from,yen_to\nX,serious,2,1\n", "impacts.csv:2:4: yen_to: \"1\""},
    {0, "name,attackers\nn,moon\n", "chain.csv:2:2: attackers: \"moon\""},
};

static void test_problems(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
    Tables tables = {{NULL, ELEMENTS, NULL, NULL, NULL, NULL}};
    tables.texts[wrong[i].table] = wrong[i].text;
    g_autoptr(GError) by_columns = NULL;
    g_autoptr(GError) by_document = NULL;
    g_autoptr(AkChain) columns = read_columns(&tables, &by_columns);
    g_autoptr(AkChain) document = read_document(&tables, &by_document);
    g_assert_true(columns == NULL && document == NULL);
    g_assert_nonnull(strstr(by_columns->message, wrong[i].wanted));
    g_assert_cmpstr(by_columns->message, ==, by_document->message);
  }
}

/* Hundreds of problems: as many as somebody reads, and that there are more. */
static void test_many_problems(void) {
  g_autoptr(GString) text = g_string_new("id,kind\n");
  for (guint i = 0; i < 1000; i++)
    g_string_append_printf(text, "e%u,thing\n", i);
  g_autoptr(GError) error = NULL;
  g_autoptr(AkChain) chain = read_columns(&(Tables){{NULL, text->str, NULL, NULL, NULL, NULL}}, &error);
  g_assert_null(chain);
  g_auto(GStrv) lines = g_strsplit(error->message, "\n", 0);
  g_assert_cmpuint(g_strv_length(lines), ==, AK_PROBLEMS_MAX + 1);
}

/* Every other relation is of a kind that there is not, which reading tells; the rest ends at no element, which is found behind it. */
static void test_first_problems(void) {
  g_autoptr(GString) text = g_string_new("from,kind,to\n");
  for (guint i = 0; i < 1000; i++)
    g_string_append_printf(text, "a,%s,nobody%u\n", i % 2 == 0 ? "moves" : "supplies", i);
  g_autoptr(GError) error = NULL;
  g_autoptr(AkChain) chain = read_columns(&(Tables){{NULL, ELEMENTS, NULL, text->str, NULL, NULL}}, &error);
  g_assert_null(chain);
  g_auto(GStrv) lines = g_strsplit(error->message, "\n", 0);
  guint last = 2; /* line of the file */
  for (guint i = 0; i < AK_PROBLEMS_MAX; i++) {
    guint line = (guint)g_ascii_strtoull(strchr(lines[i], ':') + 1, NULL, 10);
    g_assert_true(line == last || line == last + 1); /* none is passed over */
    last = line;
  }
}

static void test_no_elements(void) {
  g_autoptr(GError) error = NULL;
  g_autoptr(GError) failure = NULL;
  g_autoptr(AkChain) none = read_columns(&(Tables){{NULL}}, &error);
  g_assert_true(none == NULL && strstr(error->message, "elements.csv is not there") != NULL);
  g_autoptr(AkChain) empty = read_columns(&(Tables){{NULL, "id,kind\n", NULL, NULL, NULL, NULL}}, &failure);
  g_assert_true(empty == NULL && strstr(failure->message, "elements.csv:1:1: elements: ") != NULL);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/chain-tables/all-columns", test_all_columns);
  g_test_add_func("/chain-tables/forms", test_forms);
  g_test_add_func("/chain-tables/problems", test_problems);
  g_test_add_func("/chain-tables/many-problems", test_many_problems);
  g_test_add_func("/chain-tables/first-problems", test_first_problems);
  g_test_add_func("/chain-tables/no-elements", test_no_elements);
  return g_test_run();
}
