/* YAML as akashi reads it: people's files, through libfyaml's events, with the place of every node.
 *
 * Aliases, anchors, tags and merge keys are refused (a seven-line alias bomb takes gigabytes in a document
 * builder), size, depth and number of nodes are limited, and how far the library may read ahead; duplicate keys are
 * refused. Scalars stay text: what they mean is for the reader of the file to say. Source: YAML 1.2.2, 3.2 and 7. */
#pragma once

#include "util/error.h"

typedef enum { AK_YAML_SCALAR, AK_YAML_MAP, AK_YAML_LIST } AkYamlType;

typedef struct _AkYaml AkYaml;
struct _AkYaml {
  AkYamlType type;
  bool plain;      /* SCALAR: written without quotes */
  bool is_read;    /* the root of what was read: it owns the memory of all that is below */
  char *text;      /* SCALAR; NUL-free UTF-8 */
  GPtrArray *keys; /* MAP: of char, in the file's order. Of what was read `pdata` and `len` alone may be used */
  GPtrArray *items; /* MAP and LIST: of AkYaml; likewise */
  guint line, column;         /* from 1 */
  guint key_line, key_column; /* member of a map: place of its name */
};

typedef struct {
  gsize size_bytes;
  gsize text_bytes; /* of one scalar */
  guint nodes;
  guint depth;
  guint held_nodes;        /* at a time, where items are handed over; 0: no more than `nodes` */
  const char *remedy;      /* behind "too many values": "; DO THIS"; or NULL */
  bool control_characters; /* allowed in texts: of files that hold attacks */
} AkYamlLimits;
extern const AkYamlLimits ak_yaml_default_limits; /* 4 MiB, 64 KiB, 100,000 nodes, 32 levels */

/* One document. INVALID_DATA or LIMIT "WHERE:LINE:COLUMN: reason". */
AkYaml *ak_yaml_parse(const char *data, gsize size, const char *where,
                      const AkYamlLimits *limits, GError **error);

/* Lists that are handed over item by item and never stand in memory as a whole. `lists`: their names, members of the
 * document's map; ends with NULL. `take` gets an item as soon as it is read (borrowed, gone after the call) and how many
 * nodes it is; false with an error ends the reading. What comes later in the file may still be wrong. */
typedef struct {
  const char *const *lists;
  bool (*take)(const char *list, const AkYaml *item, guint nodes, gpointer data, GError **error);
  gpointer data;
} AkYamlItems;

/* As ak_yaml_parse; such lists are there without items. */
AkYaml *ak_yaml_parse_items(const char *data, gsize size, const char *where, const AkYamlLimits *limits,
                            const AkYamlItems *items, GError **error);

void ak_yaml_free(AkYaml *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkYaml, ak_yaml_free)

/* The member of a map, or NULL. Borrowed. */
const AkYaml *ak_yaml_member(const AkYaml *self, const char *key);
