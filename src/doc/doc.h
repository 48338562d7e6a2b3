/* A document as a tree, without any format. Texts are copied; nodes belong to their document. Not
 * thread-safe. */
#pragma once

#include "util/text.h"

struct _AkFigure; /* doc/figure.h */
struct _AkHtml;   /* doc/html.h */

typedef enum {
  AK_DOC_SECTION,   /* title, then blocks */
  AK_DOC_PARAGRAPH, /* text */
  AK_DOC_NOTICE,    /* text that must not be overlooked */
  AK_DOC_LIST,      /* items */
  AK_DOC_FACTS,     /* pairs of name and value */
  AK_DOC_TABLE,     /* header and rows */
  AK_DOC_HEAT,      /* a table of numbers, the larger the darker; the first column names the rows */
  AK_DOC_FIGURE,    /* a drawing, and a text under it */
} AkDocKind;

typedef struct _AkDocNode {
  AkDocKind kind;
  char *text;          /* title or text, or NULL */
  char *id;            /* of a section, for links; or NULL */
  guint columns;       /* of a table; 2 for facts, 1 for lists */
  guint shaded;        /* of a heat map: columns after the first that are shaded */
  GPtrArray *cells;    /* of char *: a table's header and rows, row by row */
  GPtrArray *links;    /* of char *: where a cell leads in HTML, or NULL; shorter than cells where the rest leads nowhere */
  GPtrArray *children; /* of AkDocNode: a section's blocks */
  struct _AkFigure *figure; /* of a figure (doc/figure.h), or NULL; owned */
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

/* As ak_doc_table; rows are added in the same way. `shaded`: columns after the first that are; those behind
 * them, such as sums, are not. */
AkDocNode *ak_doc_heat(AkDocNode *section, const char *const *header, guint shaded);
#define AK_DOC_HEAT_LEVELS 5
/* How dark the cell is: 0 for nothing, or no number, else 1 … 4 by its share of the largest. */
guint ak_doc_heat_level(const AkDocNode *heat, guint cell);
/* Takes the figure; plain text and Markdown have `caption` alone. */
void ak_doc_figure(AkDocNode *section, struct _AkFigure *taken, const char *caption);

void ak_doc_item(AkDocNode *list, const char *text);
/* NULL as value is left out with its name. */
void ak_doc_fact(AkDocNode *facts, const char *name, const char *value);
/* As many cells as the table has columns, NULL-terminated. */
void ak_doc_row(AkDocNode *table, const char *const *cells);
/* In HTML the cell of the table's last row leads to `href`, a path of the program's own; elsewhere it stays text. Within a row by rising
 * columns. */
void ak_doc_link(AkDocNode *table, guint column, const char *href);

/* Self-contained and printable HTML; `css` is the program's own style sheet. Caller frees. */
char *ak_doc_to_html(const AkDoc *self, const char *css);
/* The blocks of the document within a page that is open; headings begin with h2. */
void ak_doc_add_html(const AkDoc *self, struct _AkHtml *html);
/* Markdown for the project's own pages; caller frees. */
char *ak_doc_to_markdown(const AkDoc *self);
/* Plain text; tables are set in columns, wide characters counted as two. Caller frees. */
char *ak_doc_to_text(const AkDoc *self);
/* The same; a table that is wider than `columns` (0: no limit) becomes a list: the first cell of each row, and
 * below it the others, each behind its column's name. Caller frees. */
char *ak_doc_to_text_within(const AkDoc *self, guint columns);
