/* Signatures of software components: what in a program's bytes names a component and its version.
 *
 * The data (data/signatures/components.json) says for each component which literal bytes stand
 * before its version, or beside which literal the version stands alone. The search is one pass over
 * the bytes; a version is read by a fixed grammar, so no input can make it slow. Pure. */
#pragma once

#include "util/json.h"

typedef struct {
  char *id;               /* "busybox" */
  char *purl, *cpe;       /* templates with {version}; cpe may be NULL */
  GStrv packages;         /* names in package databases that are this component */
  char *sample, *counter; /* bytes that must match and bytes that must not; U+2400 stands for NUL */
  char *expected;         /* the version in `sample` */
  bool is_confirmed;      /* seen in a real program, not only in documentation */
} AkComponent;

typedef struct _AkSignatures AkSignatures;

/* Of the program's data. INVALID_DATA with the component where the data breaks its form. */
AkSignatures *ak_signatures_new(GError **error);
AkSignatures *ak_signatures_read(const char *json, gsize size, GError **error);
void ak_signatures_free(AkSignatures *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkSignatures, ak_signatures_free)

guint ak_signatures_length(const AkSignatures *self);
const AkComponent *ak_signatures_component(const AkSignatures *self, guint index);
/* The component that a package of this name is, or NULL. Borrowed. */
const AkComponent *ak_signatures_of_package(const AkSignatures *self, const char *package);

typedef struct {
  const AkComponent *component; /* borrowed from the signatures */
  char *version;                /* "1.35.0" */
  gsize offset, length;         /* of the matched bytes; length 0: the path named it */
} AkSignatureHit;
void ak_signature_hit_free(AkSignatureHit *self);

/* All components that the bytes, or the path, name: GPtrArray of AkSignatureHit, each component and
 * version once, in the order of their places; at most 64. Plain text (no NUL in its first 4 KiB) is
 * not searched: documentation names versions too. */
GPtrArray *ak_signatures_search(const AkSignatures *self, const char *path, const guint8 *data,
                                gsize size);

/* True where the path itself may name a component, so that what is found is not of the bytes alone. */
bool ak_signatures_ask_path(const AkSignatures *self, const char *path);

/* `template` with {version} replaced (in a CPE with {update}: by the number alone, and that by what
 * follows it: "9.2p1" → 9.2 and p1); what a purl or CPE does not allow in a version is escaped the
 * way each prescribes (percent, backslash). Caller frees. */
char *ak_signature_purl(const char *template, const char *version);
char *ak_signature_cpe(const char *template, const char *version);

bool ak_firmware_signature_fuzz(const guint8 *data, gsize size);
