/* YAML as akashi reads it: people's files, through libfyaml's events, with the place of every node.
 *
 * Aliases, anchors, tags and merge keys are refused (a seven-line alias bomb takes gigabytes in a document
 * builder), size, depth and number of nodes are limited, duplicate keys are refused. Scalars stay text:
 * what they mean is for the reader of the file to say. Source: YAML 1.2.2, 3.2 and 7. */
#pragma once

#include "util/error.h"

typedef enum { AK_YAML_SCALAR, AK_YAML_MAP, AK_YAML_LIST } AkYamlType;

typedef struct _AkYaml AkYaml;
struct _AkYaml {
  AkYamlType type;
  char *text;      /* SCALAR; NUL-free UTF-8 */
  bool plain;      /* SCALAR: written without quotes */
  GPtrArray *keys; /* MAP: of char, in the file's order */
  GPtrArray *items; /* MAP and LIST: of AkYaml */
  guint line, column;         /* from 1 */
  guint key_line, key_column; /* member of a map: place of its name */
};

typedef struct {
  gsize size_bytes;
  gsize text_bytes; /* of one scalar */
  guint nodes;
  guint depth;
  bool control_characters; /* allowed in texts: of files that hold attacks */
} AkYamlLimits;
extern const AkYamlLimits ak_yaml_default_limits; /* 4 MiB, 64 KiB, 100,000 nodes, 32 levels */

/* One document. INVALID_DATA or LIMIT "WHERE:LINE:COLUMN: reason". */
AkYaml *ak_yaml_parse(const char *data, gsize size, const char *where,
                      const AkYamlLimits *limits, GError **error);
void ak_yaml_free(AkYaml *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkYaml, ak_yaml_free)

/* The member of a map, or NULL. Borrowed. */
const AkYaml *ak_yaml_member(const AkYaml *self, const char *key);
