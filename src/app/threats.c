#include "app/threats.h"

json_t *ak_app_threats(const AkProduct *product, const AkCatalog *catalog, const AkProfile *profile,
                       GError **error) {
  g_autoptr(AkThreatKnowledge) knowledge = ak_threat_knowledge_load(error);
  if (knowledge == NULL)
    return NULL;
  AkThreatInput input = {.knowledge = knowledge,
                         .product = product,
                         .catalog = catalog,
                         .profile = profile,
                         .tests = ak_test_table};
  json_t *threats = ak_threats(&input);
  json_object_set_new(threats, "why", ak_threats_tests(&input, threats));
  return threats;
}

json_t *ak_app_threats_of_profile(const AkProduct *product, const char *profile_id,
                                  const char *rules_dir, GError **error) {
  g_autoptr(AkProfile) profile = ak_profile_load(profile_id, rules_dir, error);
  g_autoptr(AkCatalog) catalog =
      profile != NULL ? ak_catalog_load(profile->catalog, rules_dir, error) : NULL;
  return catalog != NULL ? ak_app_threats(product, catalog, profile, error) : NULL;
}
