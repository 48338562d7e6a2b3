/* Programs with something behind their last part: self-extracting archives, signed modules. */
#pragma once

#include "firmware/unpack/tree.h"

/* True if bytes that are no padding stand behind the first `end` of them. */
bool ak_program_has_tail(const guint8 *data, gsize size, guint64 end);

/* Emits the program as a region of its own, so that what it holds is searched as before; a file of
 * a filesystem is still looked at as a whole. What is behind `end` is left to the framework. */
bool ak_program_emit(AkFirmwareTree *tree, guint node, gsize end, GError **error);
