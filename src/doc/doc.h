/* A document as a tree, without any format. Texts are copied; nodes belong to their document. Not
 * thread-safe. */
#pragma once

#include "util/text.h"

typedef enum {
  AK_DOC_SECTION,   /* title, then blocks */
  AK_DOC_PARAGRAPH, /* text */
  AK_DOC_NOTICE,    /* text that must not be overlooked */
  AK_DOC_LIST,      /* items */
  AK_DOC_FACTS,     /* pairs of name and value */
  AK_DOC_TABLE,     /* header and rows */
} AkDocKind;

typedef struct _AkDocNode {
  AkDocKind kind;
  char *text;          /* title or text, or NULL */
  char *id;            /* of a section, for links; or NULL */
  guint columns;       /* of a table; 2 for facts, 1 for lists */
  GPtrArray *cells;    /* of char *: a table's header and rows, row by row */
  GPtrArray *children; /* of AkDocNode: a section's blocks */
} AkDocNode;

typedef struct {
  AkLang lang;
  AkDocNode *root; /* a section: the document's title and blocks */
} AkDoc;

AkDoc *ak_doc_new(AkLang lang, const char *title);
void ak_doc_free(AkDoc *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkDoc, ak_doc_free)

/* New blocks at the end of a section; borrowed. `id` may be NULL. */
AkDocNode *ak_doc_section(AkDocNode *section, const char *id, const char *title);
void ak_doc_paragraph(AkDocNode *section, const char *text);
void ak_doc_notice(AkDocNode *section, const char *text);
AkDocNode *ak_doc_list(AkDocNode *section);
AkDocNode *ak_doc_facts(AkDocNode *section);
/* `header` is NULL-terminated and sets the number of columns. */
AkDocNode *ak_doc_table(AkDocNode *section, const char *const *header);

void ak_doc_item(AkDocNode *list, const char *text);
/* NULL as value is left out with its name. */
void ak_doc_fact(AkDocNode *facts, const char *name, const char *value);
/* As many cells as the table has columns, NULL-terminated. */
void ak_doc_row(AkDocNode *table, const char *const *cells);

/* Self-contained and printable HTML; `css` is the program's own style sheet. Caller frees. */
char *ak_doc_to_html(const AkDoc *self, const char *css);
/* Markdown for the project's own pages; caller frees. */
char *ak_doc_to_markdown(const AkDoc *self);
/* Plain text; tables are set in columns, wide characters counted as two. Caller frees. */
char *ak_doc_to_text(const AkDoc *self);
