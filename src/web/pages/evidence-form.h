/* Bytes of evidence in a form that a person reads. */
#pragma once

#include "core/observation.h"
#include "web/page.h"

typedef struct {
  const char *run_id;
  const AkDigest *digest;
  const guint8 *data;
  gsize size;
  const GArray *cited; /* of AkEvidenceRef: the ranges that are marked; may be empty */
} AkEvidenceBytes;

typedef struct {
  const char *name;    /* "hex": the value of ?view= */
  const char *text_id; /* what it is called */
  /* Can the bytes be shown so? */
  bool (*fits)(const AkEvidenceBytes *bytes);
  void (*show)(AkHtml *html, const AkPageRequest *request, const AkEvidenceBytes *bytes);
} AkEvidenceForm;

extern const AkEvidenceForm ak_evidence_certificate_form, ak_evidence_dialogue_form,
    ak_evidence_text_form, ak_evidence_hex_form;

/* Is the byte at `offset` in a cited range? */
bool ak_evidence_is_cited(const AkEvidenceBytes *bytes, gsize offset);
/* Is any of `length` bytes from `offset` on? */
bool ak_evidence_has_cited(const AkEvidenceBytes *bytes, gsize offset, gsize length);

/* The page that is asked for with ?page= (from 0), at most `pages` − 1; where none is asked for, the one that
 * holds the first cited byte, if `unit` bytes are a page; else 0. */
gsize ak_evidence_page(const AkPageRequest *request, const AkEvidenceBytes *bytes, gsize pages,
                       gsize unit);
/* Links to the pages before and after; nothing for one page. */
void ak_evidence_pager(AkHtml *html, const AkPageRequest *request, gsize page, gsize pages);
/* The address of this view with other parameters; `at` and `length` stay. Caller frees. */
char *ak_evidence_view_link(const AkPageRequest *request, const char *view, gsize page);
