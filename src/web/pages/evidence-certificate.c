/* Evidence as an X.509 certificate. */
#include "app/certificate.h"
#include "web/pages/evidence-form.h"
#include "web/pages/parts.h"

static bool fits(const AkEvidenceBytes *bytes) {
  g_autoptr(json_t) facts = ak_certificate_describe(bytes->data, bytes->size, NULL);
  return facts != NULL;
}

static void add_code(AkHtml *html, const AkPageRequest *request, const char *id,
                     const char *value) {
  ak_page_element(html, request, "dt", id);
  ak_html_open(html, "dd", NULL);
  ak_html_element(html, "code", value, NULL);
  ak_html_close(html);
}

static void add_names(AkHtml *html, const AkPageRequest *request, const json_t *facts) {
  const json_t *names = json_object_get(facts, "names");
  int total = (int)json_integer_value(json_object_get(facts, "names_total"));
  ak_page_element(html, request, "dt", "web.certificate.names");
  ak_html_open(html, "dd", NULL);
  for (gsize i = 0; i < json_array_size(names); i++) {
    ak_html_element(html, "code", json_string_value(json_array_get(names, i)), NULL);
    ak_html_text(html, " ");
  }
  if (total == 0)
    ak_html_text(html, ak_text(request->lang, "web.certificate.no-names"));
  if (total > (int)json_array_size(names)) {
    g_autofree char *more =
        ak_text_format(request->lang, "web.and-more", total - (int)json_array_size(names));
    ak_html_text(html, more);
  }
  ak_html_close(html);
}

static void add_key(AkHtml *html, const AkPageRequest *request, const json_t *facts) {
  const char *curve = ak_json_string_or(facts, "curve", NULL);
  const char *key = ak_json_string_or(facts, "key", NULL);
  g_autofree char *text =
      key == NULL ? g_strdup(ak_text(request->lang, "web.certificate.no-key"))
                  : g_strdup_printf("%s, %" G_GINT64_FORMAT " bit%s%s", key,
                                    (gint64)json_integer_value(json_object_get(facts, "key_bits")),
                                    curve != NULL ? ", " : "", curve != NULL ? curve : "");
  ak_page_fact(html, request, "web.certificate.key", text);
}

static void add_extensions(AkHtml *html, const AkPageRequest *request, const json_t *facts) {
  static const char *const heads[] = {"web.certificate.extension", "web.certificate.critical",
                                      "web.value", NULL};
  const json_t *list = json_object_get(facts, "extensions");
  ak_page_element(html, request, "h3", "web.certificate.extensions");
  if (json_array_size(list) == 0) {
    ak_page_element(html, request, "p", "web.certificate.no-extensions");
    return;
  }
  ak_page_table_begin(html, request, "web.certificate.extensions", heads);
  for (gsize i = 0; i < json_array_size(list); i++) {
    const json_t *extension = json_array_get(list, i);
    bool is_critical = json_is_true(json_object_get(extension, "critical"));
    ak_page_row(html);
    ak_page_cell_head(html, request, heads[0]);
    ak_html_text(html, ak_json_string_or(extension, "name", ""));
    ak_html_close(html);
    ak_page_cell_text(html, request, heads[1],
                      ak_text(request->lang, is_critical ? "report.yes" : "report.no"));
    ak_page_cell(html, request, heads[2], NULL);
    ak_html_element(html, "code", ak_json_string_or(extension, "text", ""), NULL);
    ak_html_close(html);
    ak_html_close(html);
  }
  ak_page_table_end(html);
}

static void show(AkHtml *html, const AkPageRequest *request, const AkEvidenceBytes *bytes) {
  g_autoptr(json_t) facts = ak_certificate_describe(bytes->data, bytes->size, NULL);
  g_autofree char *version = g_strdup_printf(
      "%" G_GINT64_FORMAT, (gint64)json_integer_value(json_object_get(facts, "version")));
  if (facts == NULL)
    return;
  ak_html_open(html, "dl", NULL);
  ak_page_fact(html, request, "web.certificate.subject", ak_json_string_or(facts, "subject", ""));
  ak_page_fact(html, request, "web.certificate.issuer", ak_json_string_or(facts, "issuer", ""));
  if (json_is_true(json_object_get(facts, "self_issued")))
    ak_page_fact(html, request, "web.note", ak_text(request->lang, "web.certificate.self-issued"));
  add_names(html, request, facts);
  ak_page_fact(html, request, "web.certificate.from", ak_json_string_or(facts, "not_before", "?"));
  ak_page_fact(html, request, "web.certificate.until", ak_json_string_or(facts, "not_after", "?"));
  add_key(html, request, facts);
  ak_page_fact(html, request, "web.certificate.signature",
               ak_json_string_or(facts, "signature", "?"));
  ak_page_fact(html, request, "web.certificate.version", version);
  add_code(html, request, "web.certificate.serial", ak_json_string_or(facts, "serial", "?"));
  add_code(html, request, "web.certificate.sha256", ak_json_string_or(facts, "sha256", ""));
  add_code(html, request, "web.certificate.sha1", ak_json_string_or(facts, "sha1", ""));
  ak_html_close(html);
  add_extensions(html, request, facts);
}

const AkEvidenceForm ak_evidence_certificate_form = {.name = "certificate",
                                                     .text_id = "web.view.certificate",
                                                     .fits = fits,
                                                     .show = show};
