#include "exchange/product-relations.h"

#include <gio/gio.h>
#include <string.h>

#include "exchange/schema.h"

/* The items of a list, or none where it is missing or no list. */
static guint item_count(const AkYaml *list) {
  return list != NULL && list->type == AK_YAML_LIST ? list->items->len : 0;
}

static const char *text_of(const AkYaml *object, const char *member) {
  const AkYaml *value = ak_yaml_member(object, member);
  return value != NULL && value->type == AK_YAML_SCALAR ? value->text : NULL;
}

static void add_name(GArray *names, const AkYaml *object, const char *member) {
  AkNamed named = {.name = text_of(object, member), .node = ak_yaml_member(object, member)};
  if (named.name != NULL && *named.name != '\0')
    g_array_append_val(names, named);
}

static void check_names(const AkYaml *root, const char *list_name, const char *member,
                        GPtrArray *problems) {
  const AkYaml *list = ak_yaml_member(root, list_name);
  g_autoptr(GArray) names = g_array_new(FALSE, FALSE, sizeof(AkNamed));
  for (guint i = 0; i < item_count(list); i++)
    add_name(names, list->items->pdata[i], member);
  ak_schema_check_doubles(names, member, problems);
}

static int compare_names(gconstpointer a, gconstpointer b) {
  return strcmp(((const AkNamed *)a)->name, ((const AkNamed *)b)->name);
}

static void check_unit_images(const AkYaml *root, GPtrArray *problems) {
  const AkYaml *images = ak_yaml_member(root, "images"), *units = ak_yaml_member(root, "units");
  g_autoptr(GArray) names = g_array_new(FALSE, FALSE, sizeof(AkNamed));
  for (guint i = 0; i < item_count(images); i++)
    add_name(names, images->items->pdata[i], "name");
  g_array_sort(names, compare_names);
  for (guint i = 0; i < item_count(units); i++) {
    const AkYaml *unit = units->items->pdata[i], *image = ak_yaml_member(unit, "image");
    AkNamed wanted = {.name = text_of(unit, "image")};
    if (wanted.name != NULL && !g_array_binary_search(names, &wanted, compare_names, NULL))
      ak_problems_add(problems, image->line, image->column, "image", image->text, "no-image", "");
  }
}

/* --- interfaces ----------------------------------------------------------------------------------- */

/* Two spellings of one address are the same address; the texts are kept in `owned`. */
static void add_addresses(const AkYaml *interface, GArray *addresses, GPtrArray *owned,
                          GPtrArray *problems) {
  const AkYaml *list = ak_yaml_member(interface, "addresses");
  const char *kind = text_of(interface, "kind");
  for (guint i = 0; i < item_count(list); i++) {
    const AkYaml *node = list->items->pdata[i];
    if (node->type != AK_YAML_SCALAR)
      continue;
    g_autoptr(GInetAddress) address = g_inet_address_new_from_string(node->text);
    if (address == NULL)
      continue;
    char *usual = g_inet_address_to_string(address);
    g_ptr_array_add(owned, usual);
    AkNamed named = {.name = usual, .node = node};
    g_array_append_val(addresses, named);
    if (kind != NULL && strcmp(kind, "network") != 0)
      ak_problems_add(problems, node->line, node->column, "addresses", node->text, "no-network",
                      "");
  }
}

static void check_form(const AkYaml *service, GPtrArray *problems) {
  static const char *const of_forms[] = {"login_path", "user_field", "password_field",
                                         "failure_text"};
  const AkYaml *auth = ak_yaml_member(service, "auth");
  const char *mechanism = text_of(auth, "mechanism");
  bool is_form = g_strcmp0(mechanism, "form") == 0;
  if (is_form && ak_yaml_member(auth, "failure_text") == NULL)
    ak_problems_add(problems, auth->key_line, auth->key_column, "failure_text", NULL, "missing",
                    "auth");
  for (gsize i = 0; mechanism != NULL && !is_form && i < G_N_ELEMENTS(of_forms); i++) {
    const AkYaml *node = ak_yaml_member(auth, of_forms[i]);
    if (node != NULL)
      ak_problems_add(problems, node->key_line, node->key_column, of_forms[i], NULL, "form-only",
                      "");
  }
}

static void check_services(const AkYaml *interface, GPtrArray *problems) {
  const AkYaml *services = ak_yaml_member(interface, "services");
  g_autoptr(GPtrArray) owned = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GArray) places = g_array_new(FALSE, FALSE, sizeof(AkNamed));
  for (guint i = 0; i < item_count(services); i++) {
    const AkYaml *service = services->items->pdata[i];
    check_form(service, problems);
    const char *transport = text_of(service, "transport"), *port = text_of(service, "port");
    if (transport == NULL || port == NULL)
      continue;
    char *place = g_strdup_printf("%s:%s", transport, port);
    g_ptr_array_add(owned, place);
    AkNamed named = {.name = place, .node = ak_yaml_member(service, "port")};
    g_array_append_val(places, named);
  }
  ak_schema_check_doubles(places, "port", problems);
}

static void check_interfaces(const AkYaml *root, GPtrArray *problems) {
  const AkYaml *interfaces = ak_yaml_member(root, "interfaces");
  g_autoptr(GPtrArray) owned = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GArray) addresses = g_array_new(FALSE, FALSE, sizeof(AkNamed));
  for (guint i = 0; i < item_count(interfaces); i++) {
    add_addresses(interfaces->items->pdata[i], addresses, owned, problems);
    check_services(interfaces->items->pdata[i], problems);
  }
  ak_schema_check_doubles(addresses, "addresses", problems);
}

/* --- consent ---------------------------------------------------------------------------------------- */

static void check_period(const AkYaml *root, GPtrArray *problems) {
  const AkYaml *consent = ak_yaml_member(root, "authorization");
  const char *from = text_of(consent, "from"), *until = text_of(consent, "until");
  gint64 start = 0, end = 0;
  if (from == NULL || until == NULL || !ak_schema_date(from, false, &start) ||
      !ak_schema_date(until, true, &end) || start <= end)
    return;
  const AkYaml *node = ak_yaml_member(consent, "until");
  ak_problems_add(problems, node->line, node->column, "until", until, "period", from);
}

static void check_consent_addresses(const AkYaml *root, GPtrArray *problems) {
  const AkYaml *consent = ak_yaml_member(root, "authorization");
  const AkYaml *list = ak_yaml_member(consent, "addresses");
  if (list != NULL && list->type == AK_YAML_LIST && list->items->len == 0)
    ak_problems_add(problems, list->line, list->column, "addresses", NULL, "empty", "");
}

void ak_product_check_relations(const AkYaml *root, GPtrArray *problems) {
  check_names(root, "interfaces", "name", problems);
  check_names(root, "images", "name", problems);
  check_names(root, "assets", "name", problems);
  check_names(root, "answers", "case", problems);
  check_unit_images(root, problems);
  check_interfaces(root, problems);
  check_period(root, problems);
  check_consent_addresses(root, problems);
}
