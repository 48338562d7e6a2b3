/* What a YAML file of ours may hold, as data: one row a member. The checker names every problem with
 * its place and the remedy, in one pass, and turns the file into a JSON document without floats. */
#pragma once

#include "exchange/yaml.h"
#include "util/json.h"

typedef enum {
  AK_FIELD_TEXT,
  AK_FIELD_INT,      /* min … max */
  AK_FIELD_BOOL,     /* true or false */
  AK_FIELD_DATE,     /* 2026-11-23, or with time and zone */
  AK_FIELD_ADDRESS,  /* numeric IPv4 or IPv6 */
  AK_FIELD_PREFIX,   /* numeric address, or ADDRESS/LENGTH */
  AK_FIELD_DIGEST,   /* 64 lower-case hexadecimal digits */
  AK_FIELD_WORD,     /* one of `words` */
  AK_FIELD_OBJECT,   /* `members` */
  AK_FIELD_OBJECTS,  /* a map of names to objects of `members` */
  AK_FIELD_TABLES,   /* a map of names to lists of free objects */
  AK_FIELD_FREE,     /* an object of texts, numbers, booleans and lists of them */
} AkFieldType;

typedef struct _AkField {
  const char *name;
  AkFieldType type;
  bool required;
  bool list; /* a list of the type */
  gint64 min, max;
  const char *const *words;        /* WORD */
  const struct _AkField *members;  /* OBJECT, OBJECTS; ends with a NULL name */
  const char *help_en, *help_ja;
} AkField;

/* Checks `node` (a map) against `fields` and returns it as JSON; NULL if there was any problem.
 * `problems` (of char) gets a line for each: "FILE:LINE:COLUMN: member: what is wrong; remedy". */
json_t *ak_schema_check(const AkYaml *node, const AkField *fields, const char *where,
                        GPtrArray *problems);

/* Microseconds since 1970 UTC of an AK_FIELD_DATE text; a date alone is its first or, with `end`, its
 * last microsecond in UTC. */
bool ak_schema_date(const char *text, bool end, gint64 *out);
