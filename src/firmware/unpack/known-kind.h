/* Kinds of files whose bytes look packed by their nature and that are what they seem: pictures, sound, films, fonts,
 * documents, public keys. None is known by its first bytes alone: what is told is how far its own structure reaches, so
 * that something behind it, or in its dress, is not taken for it. Pure. */
#pragma once

#include "util/error.h"

/* How many bytes from the start the structure of such a kind explains: 0 for none, `size` at most. Where a kind does not say
 * how long it is (FLAC, films without a length), all of the bytes. Contents are not decoded: what hides in the pixels of a
 * sound picture is not seen; what is told besides them (comments, tags, chunks of makers) is looked at, and a file is of no kind where that looks
 * packed or encrypted. */
gsize ak_known_kind_size(const guint8 *data, gsize size);

/* The same of such kinds one behind the other. */
gsize ak_known_kinds_size(const guint8 *data, gsize size);

bool ak_firmware_known_kind_fuzz(const guint8 *data, gsize size);
