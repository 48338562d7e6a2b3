/* Signatures: how the answer of a service names its protocol, as data (data/signatures/services.json,
 * "signatures"; format: docs/formats/services.md). Pure. */
#pragma once

#include "net/net.h"

#define AK_SIGNATURE_MAX_BYTES 4096 /* of an answer that are looked at */

typedef struct _AkSignature AkSignature;

/* All of them, in the file's order, read once; borrowed for ever, any thread. INVALID_DATA names what is
 * wrong with the file: it is part of the program, so a test of the data is where that is seen. */
const GPtrArray *ak_signatures(GError **error);
/* The same from a text; GPtrArray of AkSignature, the caller's. */
GPtrArray *ak_signatures_parse(const char *text, gsize size, GError **error);

const char *ak_signature_protocol(const AkSignature *self);
const char *ak_signature_in_tls(const AkSignature *self); /* its name inside TLS ("https"), or NULL */
AkTransport ak_signature_transport(const AkSignature *self);
const char *ak_signature_opener(const AkSignature *self); /* NULL: any; "": nothing was said */

/* Do the bytes, heard after `opener` ("" for none), match? */
bool ak_signature_matches(const AkSignature *self, const char *opener, const void *data, gsize size);

/* What the bytes tell of the software with its version, clean text, or NULL. Caller frees. */
char *ak_signature_software(const AkSignature *self, const void *data, gsize size);

/* The one protocol that the bytes match: its first signature. NULL where none does, or several protocols
 * do: then `contradiction` (the caller's) names them, "http, ssh". */
const AkSignature *ak_signature_find(AkTransport transport, const char *opener, const void *data,
                                     gsize size, char **contradiction);
