/* What a YAML file of ours may hold, as data: one row a member. The checker names every problem with
 * its place and the remedy, in one pass, and turns the file into a JSON document without floats. */
#pragma once

#include "exchange/problem.h"
#include "exchange/yaml.h"
#include "util/json.h"

typedef enum {
  AK_FIELD_TEXT,     /* not empty */
  AK_FIELD_INT,      /* min … max */
  AK_FIELD_BOOL,     /* true or false */
  AK_FIELD_DATE,     /* 2026-11-23, or with time and zone */
  AK_FIELD_DAY,      /* 2026-11-23 */
  AK_FIELD_ADDRESS,  /* numeric IPv4 or IPv6 */
  AK_FIELD_PREFIX,   /* numeric address, or ADDRESS/LENGTH of at least /16 (IPv4) or /48 (IPv6) */
  AK_FIELD_URL_PATH, /* "/admin": no host, no fragment */
  AK_FIELD_FILE,     /* path of a file, relative to the YAML file's folder */
  AK_FIELD_DIGEST,   /* 64 lower-case hexadecimal digits */
  AK_FIELD_WORD,     /* one of `words` */
  AK_FIELD_OBJECT,   /* `members` */
  AK_FIELD_OBJECTS,  /* a map of names to objects of `members` */
  AK_FIELD_TABLES,   /* a map of names to lists of free objects: texts, whole numbers, true, false and
                        lists of these */
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
 * `problems` (of AkProblem) gets all of them. With `folder` each FILE must be there; NULL does not
 * look. */
json_t *ak_schema_check(const AkYaml *node, const AkField *fields, const char *folder,
                        GPtrArray *problems);

/* The same for one item of the list that `field` is; what is returned may be worth nothing where there was a problem. */
json_t *ak_schema_check_item(const AkYaml *item, const AkField *field, GPtrArray *problems);
/* The problems alone. */
void ak_schema_look_at_item(const AkYaml *item, const AkField *field, GPtrArray *problems);

/* The same for one text that stands at a place by itself, as a cell of a table; NULL with a problem. */
json_t *ak_schema_check_text(const char *text, guint line, guint column, const AkField *field, GPtrArray *problems);
/* Adds the problem that there is no member `name`, and which one may be meant. */
void ak_schema_check_unknown(const char *name, guint line, guint column, const AkField *fields, GPtrArray *problems);

/* A name and the node that bears it, both borrowed. */
typedef struct {
  const char *name;
  const AkYaml *node;
} AkNamed;

/* Adds a problem for each name of `named` (of AkNamed, which gets sorted) that was there before.
 * Sorting, since names are chosen by whoever wrote the file. */
void ak_schema_check_doubles(GArray *named, const char *member, GPtrArray *problems);

/* Microseconds since 1970 UTC of an AK_FIELD_DATE text; a date alone is its first or, with `end`, its
 * last microsecond in UTC. */
bool ak_schema_date(const char *text, bool end, gint64 *out);
