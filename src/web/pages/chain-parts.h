/* What the pages of a value chain share. */
#pragma once

#include "app/chain-edit.h"
#include "web/page.h"

/* "/chains/NAME/PART"; PART "" for the chain itself. The caller's. */
char *ak_page_chain_path(const char *name, const char *part);

/* Begins a page of a chain: the trail, and links to its other pages. `part` as above. */
AkHtml *ak_page_chain_begin(const AkPageRequest *request, const char *name, const char *part);

/* What is wrong, a line each, as a list that is announced under a text. */
void ak_page_chain_problems(AkHtml *html, const AkPageRequest *request, const char *title_id, const char *message);

/* A hidden field with a number. */
void ak_page_chain_hidden(AkHtml *html, const char *name, gint64 number);

/* The number that a field of the form holds, 0 … 2^32 - 1, or `fallback`. */
gint64 ak_page_chain_number(const AkPageRequest *request, const char *name, gint64 fallback);

/* The number of the newest version, and whether undo leads somewhere (may be NULL); 0 with an error. */
guint32 ak_page_chain_newest(const AkPageRequest *request, const char *name, bool *may_undo, GError **error);

/* A button that undoes the last change, and goes on at that part of the model (or NULL: the chain itself). */
void ak_page_chain_add_undo(AkHtml *html, const AkPageRequest *request, const char *name, guint32 base, const char *part);

/* All that can be saved of a chain, as links (chain-files.c). */
void ak_page_chain_add_files(AkHtml *html, const AkPageRequest *request, const char *name, const AkAppChain *chain);

/* Keeps a text and goes on at `part`, with `query` (or NULL) as of ak_page_link; false with the error. */
bool ak_page_chain_keep(const AkPageRequest *request, AkPageResponse *response, const char *name, guint32 base,
                        char *taken, const char *part, const char *query, GError **error);
