/* The content store: bytes under the name of their SHA-256, blobs/ab/cdef…, 62 digits in the folder
 * of the first two. Thread rule: any thread, any process. */
#pragma once

#include "util/digest.h"

typedef struct _AkBlobs AkBlobs;

/* Borrows `dir_fd`; makes the folder `blobs` in it. */
AkBlobs *ak_blobs_open(int dir_fd, GError **error);
void ak_blobs_free(AkBlobs *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AkBlobs, ak_blobs_free)

/* Durable on return: temporary file → fsync → rename → fsync(folder). A damaged copy that is there
 * already is replaced. */
bool ak_blobs_put(AkBlobs *self, const void *bytes, gsize size, AkDigest *out, GError **error);
/* NOT_FOUND; INVALID_DATA where the bytes have another digest; LIMIT above 2 GiB. */
GBytes *ak_blobs_get(AkBlobs *self, const AkDigest *digest, GError **error);
bool ak_blobs_has(AkBlobs *self, const AkDigest *digest);
/* As if it were put again, without its bytes: false where it is not there. What this process put is
 * durable already; of others' blobs it says nothing. */
bool ak_blobs_renew(AkBlobs *self, const AkDigest *digest);
/* Durable on return; a blob that is not there is no error. Leaves one that was put (again) in the
 * last `spare_s` seconds, as a record that cites it may be under way. */
bool ak_blobs_remove(AkBlobs *self, const AkDigest *digest, guint spare_s, GError **error);
