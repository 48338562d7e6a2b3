/* What the files of exchange/chain-tables.h share: a table's records, cell by cell. */
#pragma once

#include "core/chain.h"
#include "exchange/csv-scan.h"
#include "exchange/csv.h"
#include "exchange/schema.h"
#include "util/intern.h"

enum { AK_TABLES_ROWS_MAX = 100000000 }; /* of one table */
#define AK_TABLES_NO_KIND ((AkElementKind)AK_CHAIN_ELEMENTS) /* of an element whose kind is none, as was said */

typedef struct {
  AkChain *chain;
  AkIntern *ids;        /* of elements: their numbers */
  AkElement *elements;  /* [rows of the table], those that are there first */
  GPtrArray *problems;  /* of the table that is read, of AkProblem */
  GPtrArray *element_problems; /* of elements.csv: circles are told there, and found later */
  AkCsvScan scan;
  guint line; /* of the record that is read */
  guint32 rows; /* of the table that is read, at most, or items of lists in its cells: so much room is made at once */
} AkTables;

/* What becomes of a cell that is not empty. `row` is the table's own. */
typedef struct {
  const char *name; /* of the column */
  void (*take)(AkTables *self, gpointer row, const AkField *field, const AkCsvCell *cell, guint column);
} AkTablesColumn;

/* A table's members, what is done with each, and with each record: `begin` makes it ready, `end` ends it. */
typedef struct {
  const char *list;              /* in messages: "elements" */
  const AkField *fields;         /* end with a NULL name */
  const char *key;               /* a column that is no field but must be there, or NULL */
  const AkTablesColumn *columns; /* end with a NULL name */
  gpointer row;
  bool (*begin)(AkTables *self, gpointer row, const AkCsvCell *key, guint column); /* false: pass over it */
  bool (*end)(AkTables *self, gpointer row, GError **error);
} AkTablesReader;

/* Reads all records of `data`, which is written to. */
bool ak_tables_read(AkTables *self, const AkTablesReader *reader, char *data, gsize size, const char *where,
                    GError **error);

/* A problem of the record that is read; `column` from 0. */
void ak_tables_complain(AkTables *self, guint column, const char *member, const char *value, const char *id,
                        const char *hint);
/* The number of a word of `field`, or -1 with a problem. */
gint ak_tables_word(AkTables *self, const AkField *field, const AkCsvCell *cell, guint column);
/* The number of the element that a cell names; AK_CHAIN_NO_ELEMENT with a problem. */
guint32 ak_tables_element(AkTables *self, const char *member, const char *id, gsize size, guint column);

bool ak_tables_read_elements(AkTables *self, char *data, gsize size, const char *where, GError **error);
bool ak_tables_read_measures(AkTables *self, char *data, gsize size, const char *where, GError **error);
bool ak_tables_read_relations(AkTables *self, char *data, gsize size, const char *where, GError **error);
