/* Cases that others wrote, as a corpus of ours. What cannot be taken is recorded, never dropped in
 * silence. Formats and their meaning: docs/formats/corpus-import.md. */
#pragma once

#include "exchange/corpus.h"
#include "util/text.h"

/* Whether a case is an attack, as far as it is known. */
typedef enum { AK_IMPORT_UNLABELLED, AK_IMPORT_HARMLESS, AK_IMPORT_ATTACK } AkImportLabel;

typedef struct {
  char *where;  /* "a/b.yaml:12" */
  char *id;     /* "broken", "duplicate" …: text effect.import.ID */
  char *detail; /* or "" */
} AkImportProblem;

#define AK_IMPORT_PROBLEMS 10000                      /* kept; more are counted */
#define AK_IMPORT_BYTES (G_GUINT64_CONSTANT(1) << 30) /* of all cases: they are held in memory */

typedef struct {
  AkEffectCorpus *corpus; /* not closed before ak_import_finish */
  GPtrArray *problems;    /* of AkImportProblem, in the order of files */
  guint64 problem_count;
  guint64 files, seen; /* files that were read; cases that stood in them */
  guint64 bytes;       /* of the cases */
  bool attack_wins;    /* of the same bytes: what one case calls an attack is no harmless work */
} AkImport;

AkImport *ak_import_new(const char *id, AkEffectKind kind);
void ak_import_free(AkImport *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkImport, ak_import_free)

void ak_import_problem(AkImport *self, const char *where, const char *id, const char *detail);

/* Takes the case, or records why not: an id that is empty, too long or no UTF-8, more than 128 MiB.
 */
void ak_import_add(AkImport *self, AkEffectCase *taken, const char *where);

/* Cases whose id, or whose bytes, came before are left out and recorded; those with the same bytes
 * and different labels all are. Then the corpus is closed. */
bool ak_import_finish(AkImport *self, GError **error);

/* --- labels
 * ---------------------------------------------------------------------------------------- */

/* A table with a header row: file,label and any of category (several with spaces), base, id,
 * source, licence, marker, target. RFC 4180. */
typedef struct {
  char *file;
  AkImportLabel label;
  char *base, *id, *source, *licence, *marker, *target; /* or NULL */
  GStrv category;
  bool used;
} AkLabel;

/* Sorted by file. GPtrArray of AkLabel; the caller's. INVALID_DATA for a table without these
 * columns, for a label that is neither attack nor harmless (or benign), CONFLICT for a file that
 * stands twice.
 */
GPtrArray *ak_labels_parse(const char *data, gsize size, const char *where, GError **error);
AkLabel *ak_labels_find(const GPtrArray *self, const char *file); /* borrowed; or NULL */

/* --- all of it
 * -------------------------------------------------------------------------------------- */

typedef struct {
  const char *from;    /* word of the format */
  const char *path;    /* a folder, walked without following links, or a file */
  const char *labels;  /* path of the table; NULL: labels.csv in the folder, if it is there */
  AkImportLabel label; /* of files that stand in no table */
  const char *id;      /* of the corpus; NULL: the name of the folder */
  const char *source,
      *licence; /* of cases that name none; NULL: the path's last part, "NOASSERTION" */
  const char *const *written_for; /* NULL: what the format says */
} AkImportSpec;

/* Reads it all and finishes. CONFIG for an unknown format; NOT_FOUND, IO, LIMIT (1,000,000 files or
 * cases), INVALID_DATA for the table. Broken files are no error: they are recorded. */
AkImport *ak_corpus_import(const AkImportSpec *spec, GError **error);

#define AK_IMPORT_FORMATS "go-ftw|har|http|pcap|files"

bool ak_exchange_label_table_fuzz(const guint8 *data, gsize size);
