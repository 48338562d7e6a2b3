/* Documents that are read with outer entities, and a path that is put together from a value. */
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xinclude.h>
#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>
#include <string.h>

#include "effect/target/weakness.h"
#include "util/json.h"

static guint wanted; /* how many outer things the document under way asked for; one thread */

/* Fetches nothing: notes that it was asked to. */
static xmlParserInputPtr note_entity(const char *url, const char *id, xmlParserCtxtPtr context) {
  wanted++;
  return xmlNewStringInputStream(context, BAD_CAST "");
}

static void be_silent(void *data, const char *format, ...) {}

static xmlDocPtr parse(const GString *text, int options) {
  options |= XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING;
  return xmlReadMemory(text->str, (int)text->len, NULL, NULL, options);
}

bool ak_weakness_entity(AkTargetCall *call) {
  if (call->value->len > 1048576)
    return false;
  xmlExternalEntityLoader usual = xmlGetExternalEntityLoader();
  xmlSetGenericErrorFunc(NULL, be_silent);
  wanted = 0;
  xmlSetExternalEntityLoader(note_entity);
  xmlDocPtr document = parse(call->value, XML_PARSE_NOENT | XML_PARSE_DTDLOAD | XML_PARSE_XINCLUDE);
  if (document != NULL)
    xmlXIncludeProcessFlags(document, XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
  xmlSetExternalEntityLoader(usual);
  xmlSetGenericErrorFunc(NULL, NULL);
  xmlFreeDoc(document);
  return wanted > 0;
}

/* How many nodes the expression finds; -1 where it is none. */
static int count_nodes(xmlXPathContextPtr context, const char *expression) {
  xmlXPathObjectPtr found = xmlXPathEvalExpression(BAD_CAST expression, context);
  int count = found == NULL ? -1 : found->nodesetval != NULL ? found->nodesetval->nodeNr : 0;
  xmlXPathFreeObject(found);
  return count;
}

bool ak_weakness_xpath(AkTargetCall *call) {
  const json_t *row = json_object_get(call->data, "xpath");
  const char *text = ak_json_string_or(row, "document", "");
  if (!g_utf8_validate(call->value->str, (gssize)call->value->len, NULL))
    return false;
  g_autoptr(GString) source = g_string_new(text);
  xmlDocPtr document = parse(source, 0);
  xmlXPathContextPtr context = xmlXPathNewContext(document);
  xmlSetGenericErrorFunc(NULL, be_silent);
  context->opLimit = 100000;
  g_auto(GStrv) parts = g_strsplit(ak_json_string_or(row, "pasted", ""), "%s", -1);
  g_autofree char *pasted = g_strjoinv(call->value->str, parts);
  xmlXPathRegisterVariable(context, BAD_CAST "value", xmlXPathNewCString(call->value->str));
  int found = count_nodes(context, pasted);
  int bound = count_nodes(context, ak_json_string_or(row, "bound", ""));
  xmlXPathFreeContext(context);
  xmlFreeDoc(document);
  xmlSetGenericErrorFunc(NULL, NULL);
  return found >= 0 && found != bound;
}
