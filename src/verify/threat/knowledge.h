/* What is known of threats: one row a threat, by kind of element and class of STRIDE, each with the
 * test cases that speak to it (data/threat/ID.json; format: docs/formats/threats.md). */
#pragma once

#include "util/error.h"
#include "util/json.h"

/* The classes: "spoofing" … "elevation-of-privilege"; ends with NULL. Kinds of elements and
 * positions of attackers are the product file's (core/product.h). Source: Howard and LeBlanc,
 * Writing Secure Code (2002), chapter 4. */
extern const char *const ak_threat_classes[];

typedef struct {
  char *id;       /* "N-S1" */
  char *stride;   /* one of ak_threat_classes */
  char *of;       /* kind of the element */
  bool unused;    /* threatens an interface that is declared as unused, too */
  bool by_people; /* what tests see over a network or in an image says nothing of it */
  GStrv attacker; /* positions */
  GStrv cases;    /* test cases of any catalogue that speak to it; may be empty */
  GStrv tests;    /* ids of tests that no case asks for but that look at it; may be empty */
  json_t *title;  /* {"en", "ja"} */
} AkThreatRow;

typedef struct {
  char *id, *version;
  GPtrArray *rows;   /* of AkThreatRow */
  GHashTable *empty; /* "kind\nclass" → json_t {"en", "ja"}: why there is no threat */
} AkThreatKnowledge;

/* The program's own. */
AkThreatKnowledge *ak_threat_knowledge_load(GError **error);
/* INVALID_DATA names `where`, the row and the member. Every pair of kind and class has a row or a
 * reason. */
AkThreatKnowledge *ak_threat_knowledge_parse(const char *json, gsize size, const char *where,
                                             GError **error);
void ak_threat_knowledge_free(AkThreatKnowledge *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkThreatKnowledge, ak_threat_knowledge_free)
